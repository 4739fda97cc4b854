"""Machines that are being added for a customer of somebody's choice."""

from sendense_portal.tenancy.models import HubConnection
from vms.models import FoundMachine, VirtualMachine


def not_promised(connection: HubConnection, vms: list[VirtualMachine]) -> list[VirtualMachine]:
    """Without those that somebody adds just now for a customer of their choice: rules leave them alone."""
    if not vms:
        return vms
    promised = FoundMachine.objects.filter(
        discovery__hub=connection, state=FoundMachine.State.ADDING, customer__isnull=False
    )
    names = set(promised.values_list("name", flat=True))
    return [vm for vm in vms if vm.name not in names]
