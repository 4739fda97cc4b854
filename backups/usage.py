"""What customers use of their quotas of restore points and stored data."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet, Sum

from backups.models import OPEN_STATES, Backup, BackupState

COUNTED_STATES = (BackupState.COMPLETED, *OPEN_STATES)
"""A backup on its way counts from its first moment: otherwise many at once would slip under a limit."""


def count_points(tenants: Iterable[UUID]) -> QuerySet[Any]:
    """Restore points at the hub and those on their way, by customer; what is in the bin still takes room."""
    rows = Backup.objects.filter(tenant__in=tenants, gone_at__isnull=True, state__in=COUNTED_STATES)
    return rows.order_by().values("tenant").annotate(amount=Count("pk"))


def sum_bytes(tenants: Iterable[UUID]) -> QuerySet[Any]:
    """Bytes copied into these, by customer; running ones with what they have so far."""
    rows = Backup.objects.filter(tenant__in=tenants, gone_at__isnull=True, state__in=COUNTED_STATES)
    return rows.order_by().values("tenant").annotate(amount=Sum("transferred_bytes"))
