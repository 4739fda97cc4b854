"""One syncer per hub, however many processes run; when one dies another takes over."""

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from sendense_portal.sync.clock import LEASE_FOR
from sendense_portal.sync.models import SyncLease
from sendense_portal.tenancy.models import HubConnection


def hold(connection: HubConnection, holder: str) -> bool:
    """Takes or prolongs the lease of a hub; False while somebody else holds it."""
    now = timezone.now()
    mine_or_expired = Q(holder=holder) | Q(expires_at__lt=now)
    taken = SyncLease.objects.filter(mine_or_expired, hub=connection).update(
        holder=holder, expires_at=now + LEASE_FOR
    )
    if taken:
        return True
    try:
        with transaction.atomic():
            SyncLease.objects.create(hub=connection, holder=holder, expires_at=now + LEASE_FOR)
    except IntegrityError:
        return False
    return True


def release(holder: str) -> None:
    """Gives back all leases of a process that ends in order, so that the next need not wait."""
    SyncLease.objects.filter(holder=holder).delete()
