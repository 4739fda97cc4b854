"""``manage.py assign_vms CUSTOMER VM [VM …]``: gives virtual machines to a customer."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from sendense_portal.audit import log
from sendense_portal.tenancy.models import Tenant
from vms.assignment.services import AssignmentRefused, assign
from vms.models import VirtualMachine


class Command(BaseCommand):
    help = "Gives VMs, with their history, to a customer; “-” as customer takes them back to the provider."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("customer")
        parser.add_argument("vm", nargs="+")

    def handle(self, *args: Any, **options: Any) -> None:
        actor, tenant = log.Actor(None, "manage.py"), None
        if options["customer"] != "-":
            tenant = Tenant.objects.filter(name=options["customer"]).first()
            if tenant is None:
                raise CommandError(f"there is no customer called {options['customer']}")
        for name in options["vm"]:
            vms = list(VirtualMachine.objects.filter(name=name, gone_at__isnull=True))
            if not vms:
                raise CommandError(f"no hub lists a virtual machine called {name}")
            for vm in vms:
                if vm.tenant == tenant:
                    self.stdout.write(f"{vm.name}: {tenant or 'provider'} already")
                    continue
                try:
                    warnings = assign(actor, vm, tenant, may_move=True)
                except AssignmentRefused as refusal:
                    raise CommandError(f"{vm.name}: {refusal}") from None
                for line in (f"{vm.name} → {tenant or 'provider'}", *warnings):
                    self.stdout.write(line)
