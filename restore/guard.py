"""What may be asked of a hub about a path: the one place that decides.

The hub follows links and ``..`` out of the guest into its own disk, and calls devices and pipes files
(hub/README.md 23). So a path is judged by the listings of the folders above it, from the root of the disk
down, before the hub hears of it: each part must be listed, and be a real folder.
"""

import re
from collections.abc import Callable

from restore.models import FileEntry, Folder
from restore.names import visible
from sendense_portal.hub import Code, Dialect, HubNotFound, UnsafePath, clean_path

_PARTITION = re.compile(r"/partition-[0-9]{1,4}(?:/|\Z)")
ROOT = "/"

Listing = Callable[[str], Folder]


class LinkRefused(UnsafePath):
    """A link on the way, or at its end."""

    def __init__(self, name: str) -> None:
        super().__init__(f"“{visible(name)}” is a link, and links are shown but never followed")


class Guard:
    """Walks paths through ``listing``, which gives a folder already found safe, from memory or the hub."""

    def __init__(self, dialect: str, listing: Listing) -> None:
        self.dialect = dialect
        self.listing = listing

    def folder(self, path: str) -> Folder:
        """The folder at a path. Raises UnsafePath, LinkRefused, HubNotFound, and whatever a listing does."""
        path = checked(path, self.dialect)
        folder = self.listing(ROOT)
        for step in steps(path):
            entry = child(folder, step)
            if not entry.is_directory:
                raise HubNotFound(Code.PATH_MISSING, f"“{visible(entry.name)}” is not a folder.")
            folder = self.listing(step)
        return folder

    def file(self, path: str) -> FileEntry:
        """The file at a path, its folder loaded. Raises as ``folder`` does."""
        path = checked(path, self.dialect)
        parent, _, _ = path.rpartition("/")
        entry = child(self.folder(parent or ROOT), path)
        if not entry.is_file:
            raise HubNotFound(Code.PATH_MISSING, f"“{visible(entry.name)}” is not a file.")
        return entry


def checked(path: str, dialect: str) -> str:
    """The path cleaned, or UnsafePath; today's hubs keep every file below a partition."""
    path = clean_path(path)
    if "\ufffd" in path:
        raise UnsafePath("its name is not valid UTF-8, so the hub cannot be asked for it")
    if dialect != Dialect.OLDER and path != ROOT and not _PARTITION.match(path):
        raise UnsafePath("it is not inside a partition of this disk")
    return path


def steps(path: str) -> list[str]:
    """``/a/b/c`` as ``/a``, ``/a/b``, ``/a/b/c``."""
    parts = path.split("/")[1:] if path != ROOT else []
    return ["/" + "/".join(parts[: count + 1]) for count in range(len(parts))]


def child(folder: Folder, path: str) -> FileEntry:
    """What a folder's listing says of the entry at ``path``. Raises LinkRefused, HubNotFound."""
    entry = folder.entries.filter(name=path.rpartition("/")[2]).first()
    if entry is None:
        raise HubNotFound(Code.PATH_MISSING, "There is no such file or folder in this backup.")
    if entry.kind == FileEntry.Kind.SYMLINK:
        raise LinkRefused(entry.name)
    entry.folder = folder
    return entry
