"""``manage.py create_tenant NAME``: a new customer."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from sendense_portal.audit import log
from sendense_portal.tenancy.customers import CustomerRefused, create_customer


class Command(BaseCommand):
    help = "Makes a customer."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            tenant = create_customer(log.Actor(None, "manage.py"), options["name"])
        except CustomerRefused as refusal:
            raise CommandError(str(refusal)) from None
        self.stdout.write(f"{tenant.name} ({tenant.pk})")
