"""Making room at a hub whose mounts are all taken: those that nobody uses are given back.

A hub has eight mounts for everybody. One that was given back costs its people nothing but a moment: listings
stay in the portal, and a reader who goes on gets it opened anew (``MountService.usable``).
"""

from collections import Counter
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Exists, Max, OuterRef
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone

from restore import gates
from restore.models import Download, Mount, MountSlots

IDLE_AFTER = timedelta(minutes=3)
"""Without a look into it; a use is noted once a minute at most."""
IDLE_FOR_ALL = timedelta(minutes=10)
"""From then on also for a customer who holds more of the hub already."""


def idle_mount(wanted: Mount) -> Mount | None:
    """The open mount of the same hub that is best given back for ``wanted``, None when all are in use.

    First of customers who hold the most, and of these the one that was left alone longest. A customer pushes
    others out only up to their own share; what nobody touched for long goes in any case.
    """
    held = Counter(live_tenants(wanted.hub_id))
    now = timezone.now()

    def may_go(mount: Mount) -> bool:
        return (
            mount.tenant_id == wanted.tenant_id
            or held[mount.tenant_id] >= held[wanted.tenant_id]
            or mount.last_used_at < now - IDLE_FOR_ALL  # type: ignore[attr-defined]  # annotated
        )

    idle = [mount for mount in resting(wanted.hub_id, now - IDLE_AFTER) if may_go(mount)]
    return min(idle, key=lambda mount: (-held[mount.tenant_id], mount.last_used_at), default=None)  # type: ignore[attr-defined]


def live_tenants(hub_id: UUID) -> list[UUID | None]:
    """Whose each mount of a hub is."""
    live = Mount.objects.filter(hub=hub_id, state__in=[Mount.State.OPENING, Mount.State.OPEN])
    return list(live.values_list("tenant", flat=True))


def resting(hub_id: UUID, since: datetime) -> list[Mount]:
    """Open mounts that nobody looked into since, and that no bytes come out of; with ``last_used_at``."""
    downloads = Download.objects.filter(mount=OuterRef("pk"), state=Download.State.RUNNING)
    rows = Mount.objects.filter(~Exists(downloads), hub=hub_id, state=Mount.State.OPEN)
    seen = Coalesce(Max("uses__last_used_at"), "created_at")
    rested = rows.annotate(last_used_at=Greatest(seen, "created_at")).filter(last_used_at__lt=since)
    return [mount for mount in rested.select_related("hub") if not gates.transfers[mount.remote_id]]


def has_room(hub_id: UUID) -> bool:
    """Whether a mount more fits, as far as is known: a hub that never said how many it has is asked."""
    slots = MountSlots.objects.filter(hub=hub_id).first()
    if slots is None or not slots.maximum:
        return True
    return len(live_tenants(hub_id)) + slots.outside < slots.maximum


def next_end(hub_id: UUID) -> datetime | None:
    """When a mount will be free at the latest: when one has rested long enough, or its hour is over."""
    rows = Mount.objects.filter(hub=hub_id, state=Mount.State.OPEN).annotate(
        last_used_at=Coalesce(Max("uses__last_used_at"), "created_at")
    )
    ends = [min(row.last_used_at + IDLE_FOR_ALL, row.expires_at or row.created_at) for row in rows]
    return max(min(ends), timezone.now()) if ends else None
