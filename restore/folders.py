"""Folders of restore points: asked for once, then read from the portal's own tables (points never change)."""

from collections.abc import Callable
from functools import partial

from django.db import IntegrityError, connection, transaction

from restore import listings
from restore.files import spool_key
from restore.gates import transferring
from restore.guard import Guard, checked
from restore.inserting import insert
from restore.models import FileEntry, Folder, Mount
from restore.mounts import MountService
from sendense_portal.hub import Hub, records


class FolderService:
    """The folders of the disk that a mount is of. ``patience``: seconds that the hub may take for one before
    StillListing is raised; None waits."""

    def __init__(self, mounts: MountService, mount: Mount, patience: float | None = None) -> None:
        self.mounts = mounts
        self.mount = mount
        self.patience = patience
        self.guard = Guard(mount.hub.dialect, self.listing)

    def folder(self, path: str) -> Folder:
        """A folder by its path. Raises UnsafePath, HubNotFound, MountClosed, HubError.

        One that is known was found safe when it was first asked for, and is not walked to again.
        """
        path = checked(path, self.mount.hub.dialect)
        return self.known(path) or self.guard.folder(path)

    def file(self, path: str) -> FileEntry:
        """A file by its path, its folder loaded. Raises as ``folder`` does."""
        return self.guard.file(path)

    def known(self, path: str) -> Folder | None:
        """A folder listed before, by anybody."""
        return Folder.objects.filter(
            backup=self.mount.backup_id,
            disk_index=self.mount.disk_index,
            path_digest=Folder.digest(path),
        ).first()

    def listing(self, path: str) -> Folder:
        """For the guard alone: a folder whose path it has found safe."""
        known = self.known(path)
        if known:
            return known
        return self.remember(path, self.mounts.call(self.mount, partial(self.ask, path)))

    def ask(self, path: str, hub: Hub, remote_id: str) -> list[records.FileEntry]:
        """The hub's answer, or StillListing."""

        def fetch(arrived: Callable[[int], None]) -> list[records.FileEntry]:
            with transferring(remote_id):
                return hub.restore.files(remote_id, path, arrived)

        return listings.listed(spool_key(self.mount, path) + remote_id, path, fetch, self.patience)

    def remember(self, path: str, listed: list[records.FileEntry]) -> Folder:
        """Keeps a listing; of two people who asked at once, the first one's."""
        folder = Folder(
            tenant=self.mount.backup.tenant,
            backup=self.mount.backup,
            disk_index=self.mount.disk_index,
            path=path,
            path_digest=Folder.digest(path),
            entry_count=len(listed),
        )
        try:
            with transaction.atomic():
                folder.save(force_insert=True)
                insert_entries(folder, listed)
        except IntegrityError:
            first = self.known(path)
            if first is None:
                raise
            return first
        return folder


def insert_entries(folder: Folder, listed: list[records.FileEntry]) -> None:
    """Rows of a listing: 100,000 model instances cost four seconds, this less than one."""
    columns = ("folder_id", "name", "label", "sort_name", "kind", "size", "mode", "modified_at")
    adapt = connection.ops.adapt_datetimefield_value
    key = FileEntry._meta.get_field("folder").get_db_prep_save(folder.pk, connection)
    insert(FileEntry, columns, ((key, *values_of(entry), adapt(entry.modified_at)) for entry in listed))


def values_of(entry: records.FileEntry) -> tuple[str | int, ...]:
    """An entry as the hub wrote it. At the root its path, not its name, says what to ask for."""
    name = entry.path.rpartition("/")[2]
    label = entry.name if entry.name != name else ""
    return name, label, FileEntry.sortable(label or name), entry.kind, entry.size, entry.mode[:8]
