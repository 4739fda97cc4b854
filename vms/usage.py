"""What customers use of their quotas of virtual machines."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet

from vms.models import VirtualMachine


def count_vms(tenants: Iterable[UUID]) -> QuerySet[Any]:
    """Assigned machines that the hub still lists, by customer."""
    rows = VirtualMachine.objects.filter(tenant__in=tenants, gone_at__isnull=True)
    return rows.order_by().values("tenant").annotate(amount=Count("pk"))
