"""What customers use of their quotas of virtual machines."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Count

from vms.models import VirtualMachine


def count_vms(tenants: Iterable[UUID]) -> dict[UUID, int]:
    """Assigned machines that the hub still lists, by customer."""
    rows = VirtualMachine.objects.filter(tenant__in=tenants, gone_at__isnull=True)
    return dict(rows.order_by().values_list("tenant").annotate(Count("pk")))
