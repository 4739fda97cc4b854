"""What a customer's page says about its machines."""

from typing import Any

from django.db.models import Count, Q, Sum

from sendense_portal.tenancy.access import Access
from sendense_portal.tenancy.models import HubConnection, Tenant
from sendense_portal.tenancy.roles import Action
from vms.customers import has_several
from vms.models import AssignmentRule, VirtualMachine


def machines_of(access: Access, tenant: Tenant) -> dict[str, Any]:
    """Numbers for everybody; which hubs and by which rules for those who assign."""
    vms = VirtualMachine.objects.visible_to(access).filter(tenant=tenant, gone_at__isnull=True)
    numbers = vms.aggregate(
        total=Count("pk"),
        protected=Count("pk", filter=Q(restore_point_count__gt=0)),
        stored_bytes=Sum("stored_bytes", default=0),
    )
    facts: dict[str, Any] = {**numbers, "is_filtered": has_several(access), "hubs": None}
    if access.can(Action.VM_ASSIGN):
        facts["hubs"] = HubConnection.objects.filter(pk__in=vms.order_by().values("hub").distinct())
        facts["rules"] = AssignmentRule.objects.visible_to(access).filter(tenant=tenant).select_related("hub")
    return facts
