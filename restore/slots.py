"""How many restore points can still be opened, for the people who want to open one."""

from django.db.models import QuerySet

from restore.models import MountSlots
from sendense_portal.tenancy.access import Access
from vms.models import VirtualMachine


def slots_seen_by(access: Access) -> QuerySet[MountSlots]:
    """The slots of hubs on which this person has virtual machines."""
    hubs = VirtualMachine.objects.visible_to(access).values("hub").distinct()
    return (
        MountSlots.objects.filter(hub__in=hubs, hub__enabled=True).select_related("hub").order_by("hub__name")
    )
