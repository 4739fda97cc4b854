"""Mounts that the portal opens for itself, in the background: only where nobody needs the room."""

import logging
from uuid import UUID

from django.db import IntegrityError
from django.utils import timezone

from backups.models import Backup
from restore.gates import one_at_a_time
from restore.models import Mount, MountSlots, MountTurn
from restore.mounts import MountService, live_mount
from restore.room import FORGOTTEN_AFTER, READERS_LOST_AFTER, is_read_by_portal
from sendense_portal.audit.log import PORTAL
from sendense_portal.hub import HubError

log = logging.getLogger(__name__)
LEFT_FREE = 3
"""Mounts of a hub that stay free beside one of the portal's own."""


class NoRoom(Exception):
    """People need the hub's mounts; try again later."""


def is_spare_now(hub_id: UUID, wanted: int = 1) -> bool:
    """Whether nobody waits at the hub, and enough stays free with ``wanted`` more in use."""
    slots = MountSlots.objects.filter(hub=hub_id).first()
    if slots is None or not slots.maximum:
        return False
    if MountTurn.objects.filter(hub=hub_id, seen_at__gt=timezone.now() - FORGOTTEN_AFTER).exists():
        return False
    live = Mount.objects.filter(hub=hub_id, state__in=[Mount.State.OPENING, Mount.State.OPEN])
    return live.count() + slots.outside + wanted + LEFT_FREE <= slots.maximum


def open_spare(backup: Backup, disk_index: int) -> Mount:
    """A disk opened for the portal, or the mount that people have it open in. Raises NoRoom, Refused,
    HubError."""
    service = MountService(PORTAL)
    with one_at_a_time(backup.hub_id):
        if mount := live_mount(backup, disk_index):
            return mount
        if not is_spare_now(backup.hub_id):
            raise NoRoom
        try:
            mount = Mount.objects.create(
                tenant=backup.tenant,
                hub=backup.hub,
                backup=backup,
                disk_index=disk_index,
                opened_by_name=PORTAL.name,
                is_spare=True,
            )
        except IntegrityError:
            raise NoRoom from None
        service.ask(mount)
    return mount


def is_still_ours(mount: Mount) -> bool:
    """Whether the portal may go on reading from it: nobody took it away, and nobody waits for its place."""
    mount.refresh_from_db()
    if not mount.has_time or mount.asked_back_at:
        return False
    return not mount.is_spare or is_spare_now(mount.hub_id, wanted=0)


def give_back(mount: Mount) -> bool:
    """Gives it back when it is no longer read from, unless somebody has taken it over. False from a hub that
    does not answer now, and gets it later (``close_lost``)."""
    try:
        mount.refresh_from_db()
        if mount.is_spare:
            MountService(PORTAL).close(mount, is_left=True)
    except HubError as error:
        log.info("mount %s is given back later: %s", mount.pk, error)
        return False
    return True


def close_spares_of(backup: Backup) -> None:
    """Before a point is deleted, which the portal's reading must not stand in the way of. Raises HubError."""
    for mount in Mount.objects.filter(backup=backup, state=Mount.State.OPEN, is_spare=True):
        MountService(PORTAL).close(mount)


def close_lost(hub_id: UUID) -> None:
    """Gives back what a killed process had open for itself."""
    old = timezone.now() - READERS_LOST_AFTER
    spare = Mount.objects.filter(hub=hub_id, state=Mount.State.OPEN, is_spare=True, created_at__lt=old)
    for mount in spare:
        if is_read_by_portal(mount):
            continue
        if not give_back(mount):
            return
