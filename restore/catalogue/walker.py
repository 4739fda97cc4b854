"""Walks restore points in the background, the newest first, on mounts that nobody needs.

What it may ask the hub for is what the guard lets people ask for: it goes down from the root of a disk, only
into what a listing calls a real folder, and never through a link.
"""

import time
from datetime import timedelta
from functools import partial

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from backups.models import FINISHING_FOR, Backup, restorable
from restore import room, spare
from restore.catalogue.intervals import fold, forget, forget_disk
from restore.catalogue.sightings import disk_of, mark_listed, record, waiting
from restore.forms import disks_of
from restore.gates import transferring
from restore.guard import checked
from restore.models import CatalogueDisk, CataloguePoint, Mount
from restore.models.catalogue import microseconds
from restore.readability import finding, sentence_of
from restore.refusals import Refused
from sendense_portal.hub import Code, HubError, HubNotFound, HubRejected
from sendense_portal.sync.beside import Beside
from sendense_portal.tenancy.hubs import client_for
from sendense_portal.tenancy.models import HubConnection

State = CataloguePoint.State

LOOKED_AROUND_EVERY = 1.0
"""Seconds between two looks whether people need the mount."""
REST = timedelta(minutes=10)
"""After a failure that may pass."""
MOST_TRIES = 3
MOST_NAMES = 5_000_000
"""Of one disk; more is no file server that anybody searches."""

walks = Beside("catalogue")


class Interrupted(Exception):
    """People need the mount, or somebody closed it; the walk goes on later where it was."""


def tend() -> None:
    """Forgets what is gone, and begins a walk at each hub that has one to do and room for it."""
    forget_gone()
    for hub in HubConnection.objects.filter(enabled=True):
        if hub.is_silent or hub.mounts_poisoned_at or hub.pk in walks.busy:
            continue
        spare.close_lost(hub.pk)
        if spare.is_spare_now(hub.pk) and (waiting_points(hub).exists() or newest_unknown(hub)):
            walks.begin(hub.pk, partial(walk_all, hub))


def walk_all(hub: HubConnection) -> int:
    """Walks point after point while there is room; how many were completed."""
    done = 0
    while spare.is_spare_now(hub.pk) and (point := next_point(hub)):
        done += walk(point)
    return done


def next_point(hub: HubConnection) -> CataloguePoint | None:
    """Claims what is to be walked next: what was begun, else the newest point that nobody has walked. None
    also while another process walks at this hub."""
    if is_walked(hub):
        return None
    if not waiting_points(hub).exists() and (backup := newest_unknown(hub)):
        take_up(backup)
    point = waiting_points(hub).order_by("-position", "disk__disk_index").first()
    if point is None:
        return None
    claimed = CataloguePoint.objects.filter(pk=point.pk, state=point.state, touched_at=point.touched_at)
    return point if claimed.update(state=State.WALKING, touched_at=timezone.now()) else None


def is_walked(hub: HubConnection) -> bool:
    """Whether some process walks at this hub now."""
    recent = timezone.now() - room.READERS_LOST_AFTER
    return of_hub(hub).filter(state=State.WALKING, touched_at__gt=recent).exists()


def of_hub(hub: HubConnection) -> QuerySet[CataloguePoint]:
    """The points of a hub, with all that a walk needs of them."""
    rows = CataloguePoint.objects.filter(backup__hub=hub)
    return rows.select_related("disk__owner", "backup__vm", "backup__hub", "backup__tenant")


def waiting_points(hub: HubConnection) -> QuerySet[CataloguePoint]:
    """Those that wait for their time, and those whose walker has died."""
    now = timezone.now()
    rows = of_hub(hub)
    rows = rows.exclude(backup__tenant__catalogue_off=True)
    lost = rows.filter(state=State.WALKING, touched_at__lt=now - room.READERS_LOST_AFTER)
    return rows.filter(state=State.WAITING, touched_at__lte=now) | lost


def points_of(hub: HubConnection) -> QuerySet[Backup]:
    """The hub's points that have files, of customers who let their names be kept."""
    return Backup.objects.filter(restorable(), hub=hub).exclude(tenant__catalogue_off=True)


def newest_unknown(hub: HubConnection) -> Backup | None:
    """The newest point that is in no catalogue, nor waits for it. The hub is left the time to close it."""
    known = CataloguePoint.objects.filter(backup=OuterRef("pk"))
    settled = timezone.now() - FINISHING_FOR
    rows = points_of(hub).filter(~Exists(known), vm__gone_at__isnull=True, completed_at__lt=settled)
    return rows.order_by("-created_at").first()


def take_up(backup: Backup) -> None:
    """A row for each disk of a point, to be walked."""
    for disk in disks_of(backup):
        try:
            with transaction.atomic():
                CataloguePoint.objects.create(
                    disk=disk_of(backup.vm, disk.index),
                    backup=backup,
                    position=microseconds(backup.created_at),
                )
        except IntegrityError:
            continue


def forget_gone() -> None:
    """Takes out the points whose backup was deleted, and all disks of customers who no longer want their
    names kept; what only they held goes with them."""
    for disk in CatalogueDisk.objects.filter(owner__tenant__catalogue_off=True)[:20]:
        forget_disk(disk)
    gone = CataloguePoint.objects.filter(backup__gone_at__isnull=False)
    for point in gone.select_related("disk")[:20]:
        forget(point)


def walk(point: CataloguePoint) -> bool:
    """Walks one claimed point to its end, or until people need the room; whether it is in the catalogue."""
    try:
        known = finding(point.backup, point.disk.disk_index)
        if known and known.is_certain:
            return stopped(point, sentence_of(known), tries=MOST_TRIES)
        mount = spare.open_spare(point.backup, point.disk.disk_index)
    except spare.NoRoom:
        return later(point)
    except Refused as refusal:
        return stopped(point, str(refusal), tries=point.tries + 1)
    except HubError as error:
        return stopped(point, error.sentence, tries=point.tries + 1)
    try:
        walk_mount(point, mount)
        fold(point)
    except Interrupted:
        return later(point)
    except HubError as error:
        return stopped(point, error.sentence, tries=point.tries + 1)
    finally:
        spare.give_back(mount)
    CataloguePoint.objects.filter(pk=point.pk).update(ended_at=timezone.now(), cause="")
    return True


def walk_mount(point: CataloguePoint, mount: Mount) -> None:
    """Lists folder after folder. Raises Interrupted, HubError."""
    looked_at = 0.0
    while paths := waiting(point):
        for path in paths:
            if time.monotonic() - looked_at > LOOKED_AROUND_EVERY:
                looked_at = time.monotonic()
                look_around(point, mount)
            list_folder(point, mount, path)


def look_around(point: CataloguePoint, mount: Mount) -> None:
    """Gives a sign of life. Raises Interrupted when the mount is needed, or the point gone."""
    alive = CataloguePoint.objects.filter(pk=point.pk, state=State.WALKING)
    if not alive.update(touched_at=timezone.now()) or not spare.is_still_ours(mount):
        raise Interrupted
    point.refresh_from_db(fields=["folder_count", "name_count"])
    if point.name_count > MOST_NAMES:
        raise HubRejected(Code.TOO_LARGE, _("There are more files on it than the catalogue takes."))


def list_folder(point: CataloguePoint, mount: Mount, path: str) -> None:
    """Asks the hub for one folder. One that it can't list is left out: its name stays, what is in it is
    unknown."""
    hub = client_for(mount.hub)
    try:
        with transferring(mount.remote_id):
            listed = hub.restore.files(mount.remote_id, checked(path, mount.hub.dialect))
    except HubNotFound as error:
        if error.code is Code.MOUNT_GONE:
            raise Interrupted from error
        mark_listed(point, path)
    else:
        record(point, path, listed)
        point.folder_count += 1


def later(point: CataloguePoint) -> bool:
    """It goes on as soon as there is room again."""
    CataloguePoint.objects.filter(pk=point.pk).update(state=State.WAITING, touched_at=timezone.now())
    return False


def stopped(point: CataloguePoint, cause: str, tries: int) -> bool:
    """It is tried again after a rest, a few times."""
    state = State.FAILED if tries >= MOST_TRIES else State.WAITING
    at = timezone.now()
    CataloguePoint.objects.filter(pk=point.pk).update(
        state=state, cause=cause[:300], tries=tries, touched_at=at + REST, ended_at=at
    )
    if state == State.FAILED:
        point.sightings.all().delete()
    return False
