"""What the hub says of its mounts, laid against the portal's own map; and what killed processes left."""

import logging
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from django.utils import timezone

from restore.downloads import settle_lost
from restore.models import Folder, Mount, MountSlots
from restore.mounts import settle_unanswered
from sendense_portal.hub import Hub, HubError, records
from sendense_portal.live.events import Event
from sendense_portal.tenancy.models import HubConnection
from vms.models import VirtualMachine

log = logging.getLogger(__name__)

OPENING_FOR_AT_MOST = timedelta(minutes=1)
SWEPT_WITHIN = timedelta(minutes=15)
"""The hub looks for expired mounts this often (hub/contract.md, States)."""


def refresh_mounts(connection: HubConnection, hub: Hub) -> Iterator[Event]:
    """Two cheap calls: the hub's mounts, and how many it may have."""
    asked_at = timezone.now()
    listed = hub.restore.mounts()
    slots = hub.restore.resources()
    yield from reconcile_mounts(connection, listed, asked_at)
    settle_unanswered_ones(connection, hub, listed)
    remember_slots(connection, listed, slots.maximum)


def reconcile_mounts(
    connection: HubConnection, listed: list[records.Mount], asked_at: datetime
) -> Iterator[Event]:
    """Ends rows whose mount the hub no longer lists; those made after ``asked_at`` can't be judged by it.

    The list does not say which backup a mount is of, so an unknown one can't be adopted: it counts as
    opened outside the portal, and asking for its disk again gives the same mount.
    """
    at_hub = {mount.mount_id: mount for mount in listed}
    for row in Mount.objects.filter(hub=connection, state=Mount.State.OPEN, created_at__lt=asked_at):
        mount = at_hub.get(row.remote_id)
        if mount is None:
            yield from ended(row, Mount.State.EXPIRED)
        elif mount.expires_at != row.expires_at:
            row.expires_at = mount.expires_at
            row.save(update_fields=["expires_at"])


def settle_unanswered_ones(connection: HubConnection, hub: Hub, listed: list[records.Mount]) -> None:
    """If the hub holds mounts that nobody here knows of, some may be the portal's own, of openings that were
    never answered. Without such a mount there is nothing to give back, and the hub is not asked."""
    rows = Mount.objects.filter(hub=connection, is_unsettled=True).exclude(state=Mount.State.OPENING)
    if not rows.exists():
        return
    if unknown_of(connection, listed):
        for row in rows.select_related("backup__vm", "hub"):
            try:
                settle_unanswered(hub, row)
            except HubError as error:
                log.info("mount %s stays unsettled: %s", row.pk, error)
    else:
        rows.filter(closed_at__lt=timezone.now() - OPENING_FOR_AT_MOST).update(is_unsettled=False)


def unknown_of(connection: HubConnection, listed: list[records.Mount]) -> list[records.Mount]:
    """Those of the hub's mounts that the portal has no row of."""
    ours = set(
        Mount.objects.filter(hub=connection, state=Mount.State.OPEN).values_list("remote_id", flat=True)
    )
    return [mount for mount in listed if mount.mount_id not in ours]


def remember_slots(connection: HubConnection, listed: list[records.Mount], maximum: int) -> None:
    """How full the hub is, for pages that can't ask it."""
    MountSlots.objects.update_or_create(
        hub=connection,
        defaults={
            "active": len(listed),
            "maximum": maximum,
            "outside": len(unknown_of(connection, listed)),
            "observed_at": timezone.now(),
        },
    )


def settle_leftovers(connection: HubConnection) -> Iterable[Event]:
    """Needs no hub: mounts that must have ended by now, openings and downloads whose process died."""
    now = timezone.now()
    rows = Mount.objects.filter(hub=connection)
    for row in rows.filter(state=Mount.State.OPEN, expires_at__lt=now - SWEPT_WITHIN):
        yield from ended(row, Mount.State.EXPIRED)
    for row in rows.filter(state=Mount.State.OPENING, created_at__lt=now - OPENING_FOR_AT_MOST):
        yield from ended(row, Mount.State.FAILED)
    yield from settle_lost(connection)


def ended(row: Mount, state: Mount.State) -> Iterator[Event]:
    """Ends a row, unless it was renewed or closed this moment."""
    same = Mount.objects.filter(pk=row.pk, state=row.state, remote_id=row.remote_id)
    if same.update(state=state, closed_at=timezone.now()):
        yield Event("mount", str(row.pk), row.tenant_id, signals=("mounts",))


def follow_assignment(vm: VirtualMachine) -> None:
    """A VM changed its customer: what lies open or listed of it follows; past downloads stay whose they
    were."""
    Mount.objects.filter(backup__vm=vm).update(tenant=vm.tenant)
    Folder.objects.filter(backup__vm=vm).update(tenant=vm.tenant)
