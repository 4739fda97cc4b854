"""``manage.py trim_trail``: lets entries go that are older than AUDIT_KEEP_DAYS."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from sendense_portal.audit import verify
from sendense_portal.audit.trimming import TrimRefused, trim


class Command(BaseCommand):
    help = "Removes the oldest entries of each chain of the trail, as AUDIT_KEEP_DAYS says."

    def add_arguments(self, parser: ArgumentParser) -> None:
        where = parser.add_mutually_exclusive_group(required=True)
        where.add_argument("--to", type=Path, help="folder for files of what is removed")
        where.add_argument("--discard", action="store_true", help="keep nothing of what is removed")

    def handle(self, *args: Any, to: Path | None, discard: bool, **options: Any) -> None:
        if not settings.AUDIT_KEEP_DAYS:
            raise CommandError("AUDIT_KEEP_DAYS is not set: the trail is kept for ever")
        if to and not to.is_dir():
            raise CommandError(f"{to} is no folder")
        refused = 0
        for chain in verify.chains():
            try:
                point = trim(chain, to)
            except (TrimRefused, OSError) as refusal:
                refused += 1
                self.stderr.write(f"{chain}: not trimmed: {refusal}")
                continue
            if point:
                self.stdout.write(f"{chain}: {point.removed_count} entries, up to {point.sequence}")
        if refused:
            raise CommandError(f"{refused} chains were not trimmed")
