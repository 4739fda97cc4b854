"""``manage.py audit_verify``: checks every hash chain of the trail."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from sendense_portal.audit import verify


class Command(BaseCommand):
    help = "Checks the hash chains of the activity trail and names the first bad entry of each."

    def handle(self, *args: Any, **options: Any) -> None:
        faults = [fault for chain in verify.chains() if (fault := verify.verify(chain))]
        for fault in faults:
            self.stderr.write(f"{fault.chain}: entry {fault.sequence} {fault.what}")
        if faults:
            raise CommandError(f"{len(faults)} of {len(verify.chains())} chains are broken")
        self.stdout.write(f"{len(verify.chains())} chains, all sound")
