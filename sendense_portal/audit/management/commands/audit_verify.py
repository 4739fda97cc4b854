"""``manage.py audit_verify``: checks every hash chain of the trail."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from sendense_portal.audit import verify
from sendense_portal.audit.standalone.verify_trail import head_from


class Command(BaseCommand):
    help = "Checks the hash chains of the activity trail and names the first bad entry of each."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--head",
            action="append",
            default=[],
            type=head_from,
            metavar="CHAIN:SEQUENCE:HASH",
            help="a head that was kept outside the portal; may be given several times",
        )

    def handle(self, *args: Any, head: list[tuple[str, int, str]], **options: Any) -> None:
        names = sorted({*verify.chains(), *(chain for chain, _, _ in head if chain)})
        broken = 0
        for name in names:
            heads = {sequence: digest for chain, sequence, digest in head if chain == name}
            report = verify.check(name, heads)
            for warning in report.warnings:
                self.stdout.write(f"{name}: entry {warning.sequence} {warning.what} (a warning)")
            if report.fault:
                broken += 1
                self.stderr.write(f"{name}: entry {report.fault.sequence} {report.fault.what}")
        if broken:
            raise CommandError(f"{broken} of {len(names)} chains are broken")
        self.stdout.write(f"{len(names)} chains, all sound")
