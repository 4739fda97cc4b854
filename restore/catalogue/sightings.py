"""What a walk finds, written down folder by folder, so that it can go on where it was."""

from collections.abc import Iterable, Sequence

from django.db import transaction
from django.db.models import F

from restore.guard import ROOT
from restore.inserting import Row, insert
from restore.models import FileEntry
from restore.models.catalogue import (
    UNKNOWN,
    CatalogueDisk,
    CatalogueFolder,
    CatalogueName,
    CatalogueOwner,
    CataloguePoint,
    Kind,
    Sighting,
    microseconds,
)
from restore.models.folders import Folder
from restore.names import can_be_said
from sendense_portal.hub import records
from vms.models import VirtualMachine

KINDS = {"directory": Kind.FOLDER, "file": Kind.FILE, "symlink": Kind.LINK}
SEEN = ("point_id", "name_id", "kind", "size", "modified", "is_listed")
NAMED = ("folder_id", "disk_id", "owner_id", "name", "sort_name")


def owner_of(vm: VirtualMachine) -> CatalogueOwner:
    """Whose names the machine's are."""
    key = str(vm.tenant_id or "provider")
    return CatalogueOwner.objects.get_or_create(key=key, defaults={"tenant": vm.tenant})[0]


def disk_of(vm: VirtualMachine, disk_index: int) -> CatalogueDisk:
    """The row of a disk."""
    return CatalogueDisk.objects.get_or_create(
        vm=vm, disk_index=disk_index, defaults={"owner": owner_of(vm)}
    )[0]


def follow_assignment(vm: VirtualMachine) -> None:
    """A machine changed its customer: what is known of its disks follows."""
    owner = owner_of(vm)
    disks = CatalogueDisk.objects.filter(vm=vm)
    CatalogueName.objects.filter(disk__in=disks).update(owner=owner)
    disks.update(owner=owner)


def record(point: CataloguePoint, path: str, listed: Sequence[records.FileEntry]) -> None:
    """The entries of one folder, whose own sighting is then listed."""
    found = {entry.path.rpartition("/")[2]: entry for entry in listed}
    with transaction.atomic():
        folder = folder_of(point.disk, path)
        keys = names_in(folder, point.disk, found)
        insert(Sighting, SEEN, [sighting(point.pk, keys[name], entry) for name, entry in found.items()])
        mark_listed(point, path)
        CataloguePoint.objects.filter(pk=point.pk).update(
            folder_count=F("folder_count") + 1, name_count=F("name_count") + len(found)
        )


def folder_of(disk: CatalogueDisk, path: str) -> CatalogueFolder:
    """The row of a folder."""
    return CatalogueFolder.objects.get_or_create(
        disk=disk, path_digest=Folder.digest(path), defaults={"path": path}
    )[0]


def names_in(folder: CatalogueFolder, disk: CatalogueDisk, wanted: Iterable[str]) -> dict[str, int]:
    """The keys of names in a folder; those that were never seen before are added."""
    rows = CatalogueName.objects.filter(folder=folder)
    known = dict(rows.values_list("name", "pk"))
    new = [name for name in wanted if name not in known]
    if new:
        of_all = (folder.pk, disk.pk, disk.owner_id)
        insert(CatalogueName, NAMED, [(*of_all, name, FileEntry.sortable(name)) for name in new])
        known = dict(rows.values_list("name", "pk"))
    return known


def sighting(point: int, key: int, entry: records.FileEntry) -> Row:
    """An entry as the walk keeps it. Of folders only that they are there: their times change with whatever
    is in them, and their sizes say nothing. What can't be said back to the hub is not walked into."""
    if entry.kind == "directory":
        return point, key, Kind.FOLDER.value, 0, UNKNOWN, not can_be_said(entry.path)
    kind = KINDS[entry.kind].value
    return point, key, kind, entry.size, microseconds(entry.modified_at), False


def mark_listed(point: CataloguePoint, path: str) -> None:
    """That what is in a folder was found."""
    if path == ROOT:
        return
    parent, _slash, name = path.rpartition("/")
    Sighting.objects.filter(
        point=point,
        name__name=name,
        name__folder__disk=point.disk_id,
        name__folder__path_digest=Folder.digest(parent or ROOT),
    ).update(is_listed=True)


def waiting(point: CataloguePoint, most: int = 100) -> list[str]:
    """Paths of folders that were seen and not yet listed; the root first of all."""
    if not point.folder_count and not Sighting.objects.filter(point=point).exists():
        return [ROOT]
    rows = Sighting.objects.filter(point=point, kind=Kind.FOLDER, is_listed=False).order_by("pk")
    return [row.name.path for row in rows.select_related("name__folder")[:most]]
