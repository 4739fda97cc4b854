"""``manage.py mail_trail_heads``: for portals whose sync runs elsewhere, or a timer of the system's own."""

from typing import Any

from django.core.management.base import BaseCommand

from sendense_portal.audit.heads import mail_heads


class Command(BaseCommand):
    help = "Mails the head of each chain of the trail to its address, once a day however often it is run."

    def handle(self, *args: Any, **options: Any) -> None:
        sent = mail_heads()
        for head in sent:
            self.stdout.write(f"{head} to {head.mailed_to}")
        self.stdout.write(f"{len(sent)} mailed")
