"""Folders of restore points: asked for once, then read from the portal's own tables (points never change)."""

from django.db import IntegrityError, transaction

from restore.guard import Guard, checked
from restore.models import FileEntry, Folder, Mount
from restore.mounts import MountService
from sendense_portal.hub import records

ROWS_PER_INSERT = 2000


class FolderService:
    """The folders of the disk that a mount is of."""

    def __init__(self, mounts: MountService, mount: Mount) -> None:
        self.mounts = mounts
        self.mount = mount
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
        listed = self.mounts.call(self.mount, lambda hub, remote_id: hub.restore.files(remote_id, path))
        return self.remember(path, listed)

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
        entries = [row_of(folder, entry) for entry in listed]
        try:
            with transaction.atomic():
                folder.save(force_insert=True)
                FileEntry.objects.bulk_create(entries, batch_size=ROWS_PER_INSERT)
        except IntegrityError:
            first = self.known(path)
            if first is None:
                raise
            return first
        return folder


def row_of(folder: Folder, entry: records.FileEntry) -> FileEntry:
    """An entry as the hub wrote it. At the root its path, not its name, says what to ask for."""
    name = entry.path.rpartition("/")[2]
    label = entry.name if entry.name != name else ""
    return FileEntry(
        folder=folder,
        name=name,
        label=label,
        sort_name=FileEntry.sortable(label or name),
        kind=entry.kind,
        size=entry.size,
        mode=entry.mode[:8],
        modified_at=entry.modified_at,
    )
