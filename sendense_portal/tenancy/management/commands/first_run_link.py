"""``manage.py first_run_link``: prints the path of the link that makes the first administrator."""

from typing import Any

from django.core.management.base import BaseCommand

from sendense_portal.tenancy import first_run


class Command(BaseCommand):
    help = "Prints the one-time link for the first administrator; prints nothing when there is one."

    def handle(self, *args: Any, **options: Any) -> None:
        if first_run.is_needed():
            self.stdout.write(first_run.link_path())
