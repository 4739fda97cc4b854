"""How old what a page shows is."""

from datetime import datetime

from django.db.models import Min

from sendense_portal.tenancy.access import Access
from vms.models import VirtualMachine


def as_of(access: Access) -> datetime | None:
    """When the hub that was heard of longest ago, of those whose VMs this person sees, was last heard."""
    vms = VirtualMachine.objects.visible_to(access).filter(hub__enabled=True)
    oldest: datetime | None = vms.aggregate(oldest=Min("hub__last_sync_at"))["oldest"]
    return oldest
