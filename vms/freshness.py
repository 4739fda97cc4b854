"""How old what a page shows is."""

from datetime import datetime

from django.db.models import Exists, Min, OuterRef, QuerySet

from sendense_portal.tenancy.access import Access
from sendense_portal.tenancy.models import HubConnection
from vms.models import VirtualMachine


def as_of(access: Access) -> datetime | None:
    """When the hub that was heard of longest ago, of those whose VMs this person sees, was last heard."""
    vms = VirtualMachine.objects.visible_to(access).filter(hub=OuterRef("pk"))
    hubs = HubConnection.objects.filter(Exists(vms), enabled=True)
    oldest: datetime | None = hubs.aggregate(oldest=Min("last_sync_at"))["oldest"]
    return oldest


def hubs_seen_by(access: Access) -> QuerySet[HubConnection]:
    """The hubs that this person's VMs are on, for the banner that says when one does not answer."""
    hubs = VirtualMachine.objects.visible_to(access).values("hub").distinct()
    return HubConnection.objects.filter(pk__in=hubs)
