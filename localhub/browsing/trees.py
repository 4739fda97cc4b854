"""Paths inside the file systems of one disk; links are shown and never followed here."""

from collections import OrderedDict

from localhub.browsing.filesystems import BrowseError, Entry, FileSystem, OpenFile

FOLDERS = 32
NAMES = 200_000
"""How many folders, and names in them, are remembered."""


class Tree:
    """The folders of one file system, with the listings last read."""

    def __init__(self, filesystem: FileSystem) -> None:
        self.filesystem = filesystem
        self.folders: OrderedDict[int, dict[str, Entry]] = OrderedDict()
        self.last: tuple[list[str], OpenFile] | None = None

    def listing(self, path: list[str]) -> list[Entry]:
        """Entries of a folder, by name. Raises BrowseError."""
        return sorted(self.names(self.folder(path)).values(), key=lambda entry: entry.name)

    def entry(self, path: list[str]) -> Entry:
        """What is at a path, a link itself. Raises BrowseError (not found, link, not a directory)."""
        found = self.names(self.folder(path[:-1])).get(path[-1])
        if found is None:
            raise BrowseError("not found")
        return found

    def read_into(self, path: list[str], offset: int, target: memoryview) -> int:
        """Fills the target from a regular file, short at its end; the file read last stays open."""
        if self.last is None or self.last[0] != path:
            entry = self.entry(path)
            if entry.kind == "link":
                raise BrowseError("link")
            if entry.kind != "file":
                raise BrowseError("directory" if entry.kind == "directory" else "not regular")
            self.last = path, self.filesystem.open(entry.inode)
        return self.last[1].read_into(offset, target)

    def folder(self, path: list[str]) -> int:
        inode = self.filesystem.root
        for name in path:
            found = self.names(inode).get(name)
            if found is None:
                raise BrowseError("not found")
            if found.kind == "link":
                raise BrowseError("link")
            if found.kind != "directory":
                raise BrowseError("not a directory")
            inode = found.inode
        return inode

    def names(self, inode: int) -> dict[str, Entry]:
        if inode in self.folders:
            self.folders.move_to_end(inode)
            return self.folders[inode]
        listed = {entry.name: entry for entry in self.filesystem.listing(inode)}
        self.folders[inode] = listed
        while len(self.folders) > 1 and (
            len(self.folders) > FOLDERS or sum(map(len, self.folders.values())) > NAMES
        ):
            self.folders.popitem(last=False)
        return listed
