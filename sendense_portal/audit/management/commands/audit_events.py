"""``manage.py audit_events > docs/events.md``: what can stand in the trail and in syslog."""

from typing import Any

from django.core.management.base import BaseCommand

from sendense_portal.audit.events import page


class Command(BaseCommand):
    help = "Prints docs/events.md: the event ids of the trail and of syslog."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(page(), ending="")
