"""``manage.py create_tenant NAME``: a new customer."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from sendense_portal.audit import log
from sendense_portal.audit.models import Outcome
from sendense_portal.tenancy.models import Tenant


class Command(BaseCommand):
    help = "Makes a customer."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name")

    def handle(self, *args: Any, **options: Any) -> None:
        tenant, created = Tenant.objects.get_or_create(name=options["name"])
        if not created:
            raise CommandError(f"there is a customer called {tenant.name} already")
        log.record(log.Actor(None, "manage.py"), "tenant.create", Outcome.OK, tenant)
        self.stdout.write(f"{tenant.name} ({tenant.pk})")
