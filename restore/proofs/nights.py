"""When it is night for a customer."""

from collections import defaultdict
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings

from sendense_portal.tenancy.models import Tenant


def nobody() -> Tenant:
    """Machines without a customer have the night of the portal itself."""
    begins, ends = settings.PROOF_HOURS
    return Tenant(time_zone=settings.TIME_ZONE, night_begins=begins % 24, night_ends=ends % 24)


def night_of(tenant: Tenant, now: datetime) -> datetime | None:
    """When the customer's night began, None by day. A night of no length is the whole day."""
    zone = ZoneInfo(tenant.time_zone)
    there = now.astimezone(zone)
    hours = (tenant.night_ends - tenant.night_begins) % 24 or 24
    for days in (0, 1):
        day = (there - timedelta(days=days)).date()
        began = datetime(day.year, day.month, day.day, tenant.night_begins, tzinfo=zone)
        if began <= there < began + timedelta(hours=hours):
            return began
    return None


def nights(now: datetime) -> dict[datetime, list[UUID | None]]:
    """Who has night now and wants proofs, by when the nights began; None stands for nobody's machines."""
    found: defaultdict[datetime, list[UUID | None]] = defaultdict(list)
    if began := night_of(nobody(), now):
        found[began].append(None)
    for tenant in Tenant.objects.filter(proofs_off=False, catalogue_off=False).exclude(
        state=Tenant.State.CLOSED
    ):
        if began := night_of(tenant, now):
            found[began].append(tenant.pk)
    return dict(found)
