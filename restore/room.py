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

from backups.models import Backup
from restore import gates
from restore.models import CataloguePoint, Download, Mount, MountSlots, MountTurn, RestoreProof
from sendense_portal.tenancy.models import User

IDLE_AFTER = timedelta(minutes=3)
"""Without a look into it; a use is noted once a minute at most."""
FORGOTTEN_AFTER = timedelta(seconds=30)
"""A page that waits asks every few seconds; one that no longer does has given up its turn."""
READERS_LOST_AFTER = timedelta(minutes=2)
"""Whoever reads for the portal gives a sign of life every second or two; after this it is no more."""
IDLE_FOR_ALL = timedelta(minutes=10)
"""From then on also for a customer who holds more of the hub already."""


def idle_mount(wanted: Mount) -> Mount | None:
    """The open mount of the same hub that is best given back for ``wanted``, None when all are in use.

    First the portal's own, then of customers who hold the most, and of these the one that was left alone
    longest. A customer pushes others out only up to their own share; what nobody touched for long goes in any
    case.
    """
    if wanted.is_spare:
        return None
    spare = Mount.objects.filter(hub=wanted.hub_id, state=Mount.State.OPEN, is_spare=True)
    if own := spare.select_related("hub").first():
        return own
    held = Counter(live_tenants(wanted.hub_id))
    now = timezone.now()

    def may_go(mount: Mount) -> bool:
        return (
            mount.tenant_id == wanted.tenant_id
            or held[mount.tenant_id] >= held[wanted.tenant_id]
            or mount.last_used_at < now - IDLE_FOR_ALL  # type: ignore[attr-defined]  # annotated
        )

    idle = [mount for mount in resting(wanted.hub_id, now - IDLE_AFTER) if may_go(mount)]
    best = min(idle, key=lambda mount: (-held[mount.tenant_id], mount.last_used_at), default=None)  # type: ignore[attr-defined]
    return best or above_share(wanted, held)


def above_share(wanted: Mount, held: Counter[UUID | None]) -> Mount | None:
    """Where nothing is idle: the mount left alone longest of a customer who holds more than their share, for
    one who holds less. What bytes come out of is left to them."""
    slots = MountSlots.objects.filter(hub=wanted.hub_id).first()
    share = max(1, (slots.maximum if slots else 0) // len({*held, wanted.tenant_id}))
    mine = held[wanted.tenant_id] - (not wanted._state.adding)  # itself, on its way
    if mine >= share:
        return None
    spared = [mount for mount in resting(wanted.hub_id, timezone.now()) if held[mount.tenant_id] > share]
    return min(spared, key=lambda mount: mount.last_used_at, default=None)  # type: ignore[attr-defined]


def live_tenants(hub_id: UUID) -> list[UUID | None]:
    """Whose each mount of a hub is; those that the portal has for itself are as good as free."""
    live = Mount.objects.filter(hub=hub_id, state__in=[Mount.State.OPENING, Mount.State.OPEN], is_spare=False)
    return list(live.values_list("tenant", flat=True))


def resting(hub_id: UUID, since: datetime) -> list[Mount]:
    """Open mounts that nobody looked into since, and that no bytes come out of; with ``last_used_at``."""
    downloads = Download.objects.filter(mount=OuterRef("pk"), state=Download.State.RUNNING)
    rows = Mount.objects.filter(~Exists(downloads), hub=hub_id, state=Mount.State.OPEN)
    seen = Coalesce(Max("uses__last_used_at"), "created_at")
    rested = rows.annotate(last_used_at=Greatest(seen, "created_at")).filter(last_used_at__lt=since)
    return [mount for mount in rested.select_related("hub") if not gates.transfers[mount.remote_id]]


def in_order(hub_id: UUID) -> list[MountTurn]:
    """Those who wait at a hub: customers who hold the least come first, then who came first."""
    MountTurn.objects.filter(seen_at__lt=timezone.now() - FORGOTTEN_AFTER).delete()
    held = Counter(live_tenants(hub_id))
    return sorted(
        MountTurn.objects.filter(hub=hub_id), key=lambda turn: (held[turn.tenant_id], turn.asked_at)
    )


def overtakes(person: User | None, backup: Backup) -> bool:
    """Whether somebody else is to be served before this person gets a mount of this point."""
    first = next(iter(in_order(backup.hub_id)), None)
    return first is not None and (first.person_id, first.backup_id) != (person and person.pk, backup.pk)


def others_wait(mount: Mount) -> bool:
    """Whether people of other customers wait for a place at its hub."""
    waiting = MountTurn.objects.filter(hub=mount.hub_id, seen_at__gt=timezone.now() - FORGOTTEN_AFTER)
    return waiting.exclude(tenant=mount.tenant_id).exists()


def is_sending(mount: Mount) -> bool:
    """Whether bytes come out of it for a person, in whatever process."""
    running = Download.objects.filter(mount=mount.pk, state=Download.State.RUNNING)
    return bool(gates.transfers[mount.remote_id]) or running.exists()


def is_read_by_portal(mount: Mount) -> bool:
    """Whether a walk or a proof of some process reads from it now."""
    alive = {"backup": mount.backup_id, "touched_at__gt": timezone.now() - READERS_LOST_AFTER}
    walks = CataloguePoint.objects.filter(**alive, disk__disk_index=mount.disk_index, state="walking")
    proofs = RestoreProof.objects.filter(**alive, disk_index=mount.disk_index, state="running")
    return walks.exists() or proofs.exists()


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
