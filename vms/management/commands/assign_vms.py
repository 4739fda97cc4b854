"""``manage.py assign_vms CUSTOMER VM [VM …]``: gives virtual machines to a customer."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from sendense_portal.audit import log
from sendense_portal.audit.models import Outcome
from sendense_portal.tenancy.models import Tenant
from vms.mirror import assign
from vms.models import VirtualMachine


class Command(BaseCommand):
    help = "Gives VMs, with their history, to a customer; “-” as customer takes them back to the provider."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("customer")
        parser.add_argument("vm", nargs="+")

    def handle(self, *args: Any, **options: Any) -> None:
        tenant = None
        if options["customer"] != "-":
            tenant = Tenant.objects.filter(name=options["customer"]).first()
            if tenant is None:
                raise CommandError(f"there is no customer called {options['customer']}")
        for name in options["vm"]:
            vms = list(VirtualMachine.objects.filter(name=name, gone_at__isnull=True))
            if not vms:
                raise CommandError(f"no hub lists a virtual machine called {name}")
            for vm in vms:
                assign(vm, tenant)
                log.record(
                    log.Actor(None, "manage.py"),
                    "vm.assign",
                    Outcome.OK,
                    vm,
                    customer=str(tenant or "provider"),
                )
                self.stdout.write(f"{vm.name} → {tenant or 'provider'}")
