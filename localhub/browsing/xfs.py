"""XFS through libfsxfs."""

import stat

import pyfsxfs

from localhub.browsing.disks import Readable, Window
from localhub.browsing.filesystems import BrowseError, Entry, Kind, NotSupported, OpenFile

KINDS: dict[int, Kind] = {stat.S_IFDIR: "directory", stat.S_IFREG: "file", stat.S_IFLNK: "link"}


class XfsFile:
    def __init__(self, entry: pyfsxfs.file_entry) -> None:
        self.entry = entry
        self.size = int(entry.size or 0)

    def read_into(self, offset: int, target: memoryview) -> int:
        try:
            data: bytes = self.entry.read_buffer_at_offset(len(target), offset)
        except OSError as error:
            raise BrowseError("unreadable", str(error).splitlines()[0]) from error
        target[: len(data)] = data
        return len(data)


class Xfs:
    name = "xfs"

    def __init__(self, data: Readable) -> None:
        self.volume = pyfsxfs.volume()
        try:
            self.volume.open_file_object(Window(data, 0, data.size))
            root = self.volume.get_root_directory()
        except OSError as error:
            raise NotSupported("a damaged or unknown variant of XFS") from error
        self.size = data.size
        self.label = str(self.volume.label or "")
        self.root = int(root.inode_number)

    def listing(self, inode: int) -> list[Entry]:
        try:
            folder = self.volume.get_file_entry_by_inode(inode)
            return [entry(child) for child in folder.sub_file_entries]
        except OSError as error:
            raise BrowseError("unreadable", str(error).splitlines()[0]) from error

    def open(self, inode: int) -> OpenFile:
        return XfsFile(self.volume.get_file_entry_by_inode(inode))


def entry(found: pyfsxfs.file_entry) -> Entry:
    mode = int(found.file_mode)
    kind = KINDS.get(stat.S_IFMT(mode), "other")
    target = found.get_symbolic_link_target() if kind == "link" else None
    return Entry(
        name=str(found.name),
        kind=kind,
        size=0 if kind == "other" else int(found.size or 0),
        mode=stat.S_IMODE(mode) & 0o777,
        modified=int(found.get_modification_time_as_integer()),
        inode=int(found.inode_number),
        target=target,
    )
