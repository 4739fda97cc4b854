"""Closing mounts that are better spared: which one gives way, and how its readers leave it first."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic, sleep

from django.utils import timezone

from restore import room
from restore.announcements import tell
from restore.gates import asking_back
from restore.models import Mount
from sendense_portal.audit import log
from sendense_portal.tenancy.hubs import client_for
from sendense_portal.tenancy.roles import Action

LEAVING = 3.0
"""Seconds in which the portal's own readers leave a mount that a person needs."""
LOOKED_EVERY = 0.1


def give_back_idle(wanted: Mount) -> bool:
    """Ends the mount that is best spared for ``wanted``, under the hub's gate; whoever goes on with it gets
    it opened anew. False when all are in use."""
    idle = room.idle_mount(wanted)
    if idle is None:
        return False
    rested = any(mount.pk == idle.pk for mount in room.resting(idle.hub_id, timezone.now() - room.IDLE_AFTER))
    why = "nobody used it" if rested or idle.is_spare else "its customer held more than their share"
    facts = describe(idle) | {"why": f"{why}, and another restore point was wanted"}
    with log.attempt(log.PORTAL, Action.MOUNT_CLOSE, idle, **facts), left(idle, LEAVING):
        client_for(idle.hub).restore.unmount(idle.remote_id)
        idle.state, idle.closed_at = Mount.State.EXPIRED, timezone.now()
        idle.save(update_fields=["state", "closed_at"])
    tell(idle)
    return True


@contextmanager
def left(mount: Mount, seconds: float) -> Iterator[None]:
    """Lets the portal's own readers leave a mount before it is closed, those of other processes too."""
    until = monotonic() + seconds
    row = Mount.objects.filter(pk=mount.pk)
    row.update(asked_back_at=timezone.now())
    try:
        with asking_back(mount.remote_id, seconds):
            while monotonic() < until and room.is_read_by_portal(mount):
                sleep(LOOKED_EVERY)
            yield
    finally:
        row.update(asked_back_at=None)


def describe(mount: Mount) -> dict[str, str | int]:
    """What the trail says of a mount."""
    return {"vm": mount.backup.vm.name, "backup": str(mount.backup), "disk": mount.disk_index}
