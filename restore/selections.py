"""Several files and folders at once, of one customer, out of any of its restore points."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from time import monotonic
from typing import Self
from uuid import UUID

from django.db.models import Count, Sum
from django.utils.translation import gettext as _

from backups.models import Backup
from restore.archives import FILE_TROUBLES, Top
from restore.files import FileService
from restore.folders import FolderService
from restore.listings import StillListing
from restore.models import BasketItem, FileEntry, Mount, MountUse
from restore.mounts import MountService
from restore.names import archived, can_be_said
from restore.refusals import Refused
from sendense_portal.hub import Code, HubBusy, UnsafePath
from sendense_portal.tenancy.models import User

MOST_FILES = 10_000
MOST_BYTES = 2 << 30
"""An archive of more is packed in the background."""
SURVEY_SECONDS = 3.0
"""What cannot be counted within them counts as large."""


@dataclass(frozen=True)
class Item:
    """A file or folder with all below it."""

    backup: Backup
    disk_index: int
    path: str
    is_file: bool

    @property
    def as_json(self) -> dict[str, str | int | bool]:
        """As parcels and downloads keep it."""
        return {
            "backup": str(self.backup.pk), "vm": self.backup.vm.name, "disk": self.disk_index,
            "path": self.path, "file": self.is_file,
        }  # fmt: skip

    @property
    def point(self) -> tuple[str, int]:
        """Which disk of which backup it is of."""
        return str(self.backup.pk), self.disk_index

    @property
    def place(self) -> str:
        """Where it lies in an archive: under its point, by its whole path."""
        taken = f"{self.backup.vm.name} {self.backup.created_at:%Y-%m-%d %H%M} disk {self.disk_index}"
        parts = [part for part in self.path.split("/") if part]
        return "/".join(archived(part) for part in [taken.replace("/", "_"), *parts])


class Selection:
    """Items by point, none of them within another."""

    def __init__(self, items: Sequence[Item], name: str = "") -> None:
        self.items = sorted(without_inner(items), key=lambda item: (item.point, item.path))
        self.name = name or name_of(self.items)

    @classmethod
    def of_basket(cls, rows: Sequence[BasketItem]) -> Self:
        """What somebody put together."""
        file = FileEntry.Kind.FILE
        return cls([Item(row.backup, row.disk_index, row.path, row.kind == file) for row in rows])

    @classmethod
    def of_json(cls, items: list[dict[str, str | int | bool]], name: str) -> Self:
        """What a parcel keeps. Raises Refused when a backup is gone."""
        held = Backup.objects.filter(gone_at__isnull=True).select_related("vm", "hub", "tenant")
        backups = {str(row.pk): row for row in held.filter(pk__in={item["backup"] for item in items})}
        try:
            return cls(
                [
                    Item(
                        backups[str(item["backup"])], int(item["disk"]), str(item["path"]), bool(item["file"])
                    )
                    for item in items
                ],
                name,
            )
        except KeyError:
            raise Refused(_("A restore point of it is gone.")) from None

    @property
    def backup(self) -> Backup:
        """The first of its points."""
        return self.items[0].backup

    @property
    def tenant_id(self) -> UUID | None:
        """Whose it all is."""
        return self.backup.tenant_id

    @property
    def as_json(self) -> list[dict[str, str | int | bool]]:
        """Its items, for keeping."""
        return [item.as_json for item in self.items]

    def tops(
        self,
        mounts: MountService,
        reason: str = "",
        patience: float | None = None,
        wait_for_room: Callable[[HubBusy, Backup], None] | None = None,
    ) -> Iterator[Top]:
        """What an archive of it begins at; each point is opened when its turn has come. A hub without a free
        mount is asked again after ``wait_for_room``, which raises when it has had enough. Raises as opening
        one does."""
        used: set[str] = set()
        for _point, items in groupby(self.items, key=lambda item: item.point):
            mount: Mount | None = None
            for item in items:
                mount = mount or opened(mounts, item, reason, wait_for_room)
                folders, files = FolderService(mounts, mount, patience), FileService(mounts, mount)
                place, count = item.place, 1
                while place in used:
                    count += 1
                    place = f"{item.place} ({count})"
                used.add(place)
                yield Top(folders, files, item.path, f"{archived(self.name)}/{place}", item.is_file)


def opened(
    mounts: MountService, item: Item, reason: str, wait_for_room: Callable[[HubBusy, Backup], None] | None
) -> Mount:
    """The point of an item. Raises as opening one does, and what ``wait_for_room`` raises."""
    while True:
        try:
            return mounts.open(backup=item.backup, disk_index=item.disk_index, reason=reason)
        except HubBusy as error:
            if error.code is not Code.MOUNTS_FULL or wait_for_room is None:
                raise
            wait_for_room(error, item.backup)


@dataclass(frozen=True)
class Extent:
    """How much an archive will hold."""

    files: int
    bytes: int


def survey(tops: Iterator[Top], within: float = SURVEY_SECONDS) -> Extent | None:
    """Counts what lies below; None when that is more than passes in one go, or takes too long to say."""
    files, size, until = 0, 0, monotonic() + within
    for top in tops:
        waiting = [top.path]
        while waiting:
            path = waiting.pop()
            try:
                if top.is_file:
                    files, size = files + 1, size + top.folders.file(path).size
                    continue
                top.folders.patience = max(until - monotonic(), 0.01)
                folder = top.folders.folder(path)
            except StillListing:
                return None
            except (*FILE_TROUBLES, UnsafePath):
                # The archive will say so.
                continue
            finally:
                top.folders.patience = None
            found = folder.entries.filter(kind=FileEntry.Kind.FILE).aggregate(Count("pk"), Sum("size"))
            files, size = files + found["pk__count"], size + (found["size__sum"] or 0)
            inner = folder.entries.filter(kind=FileEntry.Kind.DIRECTORY).values_list("name", flat=True)
            waiting += [f"{folder.path.rstrip('/')}/{name}" for name in inner if can_be_said(name)]
            if files > MOST_FILES or size > MOST_BYTES or monotonic() > until:
                return None
    return None if files > MOST_FILES or size > MOST_BYTES else Extent(files, size)


def without_inner(items: Sequence[Item]) -> list[Item]:
    """Leaves away what a chosen folder holds anyway."""
    folders = {(item.point, item.path.rstrip("/")) for item in items if not item.is_file}

    def is_within(item: Item) -> bool:
        parts = item.path.rstrip("/").split("/")
        return any((item.point, "/".join(parts[:count])) in folders for count in range(1, len(parts)))

    return [item for item in dict.fromkeys(items) if not is_within(item)]


def name_of(items: Sequence[Item]) -> str:
    """What an archive of it is called."""
    names = list(dict.fromkeys(item.backup.vm.name for item in items))
    return f"files of {', '.join(names[:3])}{' and more' if len(names) > 3 else ''}"


def reason_given(person: User, selection: Selection) -> str:
    """Why the provider's staff looked into these points, when they last said."""
    said = MountUse.objects.filter(
        person=person, mount__backup__in={item.backup.pk for item in selection.items}
    ).exclude(reason="")
    return said.order_by("-last_used_at").values_list("reason", flat=True).first() or ""
