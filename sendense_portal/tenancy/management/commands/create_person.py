"""``manage.py create_person EMAIL --tenant NAME --role ROLE``: lets somebody in.

The password is read from standard input, so that it stands in no process list and no shell history.
"""

import getpass
import sys
from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from sendense_portal.audit import log
from sendense_portal.audit.models import Outcome
from sendense_portal.tenancy.models import Membership, Tenant, User
from sendense_portal.tenancy.roles import ProviderRole, TenantRole


class Command(BaseCommand):
    help = "Makes a person with a role in a customer, or with a provider role."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--name", default="")
        parser.add_argument("--tenant", help="the customer's name")
        parser.add_argument("--role", choices=TenantRole.values)
        parser.add_argument("--provider-role", choices=ProviderRole.values, default="")

    def handle(self, *args: Any, **options: Any) -> None:
        if bool(options["tenant"]) != bool(options["role"]):
            raise CommandError("--tenant and --role belong together")
        if not options["tenant"] and not options["provider_role"]:
            raise CommandError("give --tenant and --role, or --provider-role")
        tenant = Tenant.objects.filter(name=options["tenant"]).first()
        if options["tenant"] and tenant is None:
            raise CommandError(f"there is no customer called {options['tenant']}")
        password = read_password()
        try:
            validate_password(password)
            with transaction.atomic():
                person = User.objects.create_user(
                    options["email"], password, name=options["name"], provider_role=options["provider_role"]
                )
                if tenant:
                    Membership.objects.create(user=person, tenant=tenant, role=options["role"])
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        role = options["role"] or options["provider_role"]
        actor = log.Actor(None, "manage.py")
        log.record(actor, "person.create", Outcome.OK, tenant or person, person=person.email, role=role)
        self.stdout.write(f"{person.email}: {role}")


def read_password() -> str:
    """From the terminal without echo, or the first line of a pipe."""
    return getpass.getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
