"""What somebody has put together from any folder of any restore point they may see."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from backups.models import Backup
from restore.models import BasketItem, FileEntry, Folder
from restore.refusals import Refused
from restore.windows import Window
from sendense_portal.tenancy.access import Access
from sendense_portal.visits.consents import is_missing

MOST_ITEMS = 5_000
TAKEABLE = (FileEntry.Kind.FILE, FileEntry.Kind.DIRECTORY)


class BasketFull(Refused):
    """More than a basket holds."""


def basket_of(access: Access) -> QuerySet[BasketItem]:
    """What is in it of points that this person may still take files from."""
    points = Backup.objects.visible_to(access)
    rows = BasketItem.objects.visible_to(access).filter(backup__in=points, backup__gone_at__isnull=True)
    # A machine may have changed its customer since.
    tenants = access.tenants_with(BasketItem.VIEW_ACTION)
    if tenants is not None:
        rows = rows.filter(backup__tenant__in=tenants)
    if access.is_staff:
        # Names are what consent is about, too.
        held = set(rows.order_by().values_list("backup__tenant", flat=True))
        rows = rows.exclude(backup__tenant__in=[pk for pk in held if is_missing(access, pk)])
    return rows


def put(access: Access, folder: Folder, entries: Sequence[FileEntry]) -> int:
    """Puts entries of one folder in; how many were new. Raises BasketFull."""
    wanted = [entry for entry in entries if entry.kind in TAKEABLE and entry.is_nameable]
    of_disk = partial(item_of, access, folder.backup, folder.disk_index)
    rows = [of_disk(entry.path, entry.kind, entry.size if entry.is_file else None) for entry in wanted]
    return insert(access, rows)


def put_folder(access: Access, folder: Folder) -> int:
    """Puts a folder in as a whole. Raises BasketFull."""
    item = item_of(access, folder.backup, folder.disk_index, folder.path, FileEntry.Kind.DIRECTORY)
    return insert(access, [item])


def item_of(
    access: Access, backup: Backup, disk_index: int, path: str, kind: str, size: int | None = None
) -> BasketItem:
    """Something of a disk, not saved yet."""
    return BasketItem(
        tenant=backup.tenant,
        person=access.user,
        backup=backup,
        disk_index=disk_index,
        path=path,
        path_digest=Folder.digest(path),
        kind=kind,
        size=size,
    )


def put_matching(access: Access, folder: Folder, search: str) -> int:
    """Puts in all of a folder that a filter shows. Raises BasketFull."""
    matching = Window(folder, search).entries.filter(kind__in=TAKEABLE)
    return put(access, folder, list(matching[: MOST_ITEMS + 1]))


def refill(access: Access, items: list[dict[str, Any]]) -> tuple[int, int]:
    """Puts in what an archive was made of; how many were new, and how many are of points that are gone.
    Raises BasketFull."""
    held = Backup.objects.visible_to(access).filter(gone_at__isnull=True)
    points = {str(point.pk): point for point in held.filter(pk__in={item["backup"] for item in items})}
    kinds = {True: FileEntry.Kind.FILE, False: FileEntry.Kind.DIRECTORY}
    rows = [
        item_of(access, points[item["backup"]], item["disk"], item["path"], kinds[item["file"]])
        for item in items
        if item["backup"] in points
    ]
    return insert(access, rows), len(items) - len(rows)


def insert(access: Access, rows: list[BasketItem]) -> int:
    """Those that are not in yet."""
    held = BasketItem.objects.filter(person=access.user)
    before = held.count()
    if before + len(rows) > MOST_ITEMS:
        raise BasketFull(
            _("A basket holds %(count)d files and folders. Take the folder as a whole instead.")
            % {"count": MOST_ITEMS}
        )
    BasketItem.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)
    return held.count() - before
