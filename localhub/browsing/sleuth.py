"""ext2/3/4, NTFS and FAT through The Sleuth Kit."""

import os
from bisect import bisect_right
from collections.abc import Iterator

import pytsk3

from localhub.browsing.disks import Readable
from localhub.browsing.filesystems import BrowseError, Entry, Kind, NotSupported, OpenFile
from localhub.browsing.reparse import Reparse, reparse_point

KINDS: dict[int, Kind] = {
    int(pytsk3.TSK_FS_META_TYPE_DIR): "directory",
    int(pytsk3.TSK_FS_META_TYPE_REG): "file",
    int(pytsk3.TSK_FS_META_TYPE_LNK): "link",
}
ALLOCATED = int(pytsk3.TSK_FS_NAME_FLAG_ALLOC)
NAMES = {
    int(pytsk3.TSK_FS_TYPE_EXT2): "ext2",
    int(pytsk3.TSK_FS_TYPE_EXT3): "ext3",
    int(pytsk3.TSK_FS_TYPE_EXT4): "ext4",
    int(pytsk3.TSK_FS_TYPE_NTFS): "ntfs",
}
NTFS_SYSTEM_FILES = 24
DATA, REPARSE = 128, 192
CONTENT = (0, 1, DATA)
"""Types of the attribute that holds a file's content: default, ext, FAT and NTFS."""
NON_RESIDENT = int(pytsk3.TSK_FS_ATTR_NONRES)
EFS = 0x20
PLAIN, SPARSE = int(pytsk3.TSK_FS_ATTR_RUN_FLAG_NONE), int(pytsk3.TSK_FS_ATTR_RUN_FLAG_SPARSE)
FAT_MODE = 0o755
NTFS_MODE = 0o777
"""What a Linux kernel shows for file systems without owners, and so what the hub shows."""


class VolumeImage(pytsk3.Img_Info):  # type: ignore[misc]  # pytsk3 says no types
    """The volume as the Sleuth Kit wants it."""

    def __init__(self, data: Readable) -> None:
        self.data = data
        super().__init__(url="", type=pytsk3.TSK_IMG_TYPE_EXTERNAL)

    def close(self) -> None:
        """Nothing of its own to close."""

    def read(self, offset: int, size: int) -> bytes:
        return self.data.read_at(offset, size)

    def get_size(self) -> int:
        return self.data.size


class SleuthFile:
    """A file read through the Sleuth Kit, block by block, decompressed where NTFS compresses."""

    def __init__(self, file: pytsk3.File) -> None:
        self.file = file
        self.size = int(file.info.meta.size)

    def read_into(self, offset: int, target: memoryview) -> int:
        length = max(0, min(len(target), self.size - offset))
        try:
            data: bytes = self.file.read_random(offset, length) if length else b""
        except OSError as error:
            raise BrowseError("unreadable", str(error)) from error
        target[: len(data)] = data
        return len(data)


class RunFile:
    """A file of ext or FAT whose place on the disk the Sleuth Kit has told: read from there without copies.

    ``runs``: (offset in the file, offset on the volume or None for a hole, length), in order, without gaps.
    """

    def __init__(self, data: Readable, size: int, runs: list[tuple[int, int | None, int]]) -> None:
        self.data, self.size, self.runs = data, size, runs
        self.starts = [start for start, _, _ in runs]

    def read_into(self, offset: int, target: memoryview) -> int:
        length = max(0, min(len(target), self.size - offset))
        done = 0
        number = bisect_right(self.starts, offset) - 1
        while done < length:
            start, place, run_length = self.runs[number]
            skip = offset + done - start
            part = target[done : done + min(run_length - skip, length - done)]
            if place is None:
                part[:] = bytes(len(part))
            else:
                self.data.read_into(place + skip, part)
            done, number = done + len(part), number + 1
        return length


def file_runs(file: pytsk3.File, block: int) -> list[tuple[int, int | None, int]] | None:
    """Where a file's content lies; None when that is not plain blocks in order over its whole length."""
    runs: list[tuple[int, int | None, int]] = []
    end = 0
    for attribute in file:
        if int(attribute.info.type) not in CONTENT or not int(attribute.info.flags) & NON_RESIDENT:
            continue
        for run in attribute:
            flags = int(run.flags)
            if int(run.offset) * block != end or flags not in (PLAIN, SPARSE):
                return None
            place = None if flags == SPARSE else int(run.addr) * block
            runs.append((end, place, int(run.len) * block))
            end += int(run.len) * block
        break
    return runs if runs and end >= int(file.info.meta.size) else None


class Sleuth:
    """One file system that the Sleuth Kit reads."""

    def __init__(self, data: Readable, label: str) -> None:
        self.image = VolumeImage(data)
        try:
            self.fs = pytsk3.FS_Info(self.image)
        except OSError as error:
            raise NotSupported("a damaged file system, or a variant that can't be read") from error
        self.name = NAMES.get(int(self.fs.info.ftype), "vfat")
        self.size = data.size
        self.label = label
        self.root = int(self.fs.info.root_inum)

    def listing(self, inode: int) -> list[Entry]:
        try:
            return list(self.entries(inode))
        except OSError as error:
            raise BrowseError("unreadable", str(error)) from error

    def entries(self, inode: int) -> Iterator[Entry]:
        for file in self.fs.open_dir(inode=inode):
            name, meta = file.info.name, file.info.meta
            if name is None or meta is None or not int(name.flags) & ALLOCATED:
                continue
            if name.name in (b".", b"..") or self.hidden(inode, int(meta.addr), name.name):
                continue
            yield self.entry(file)

    def hidden(self, folder: int, inode: int, name: bytes) -> bool:
        """Names that the parser invents or that a kernel does not show."""
        if folder != self.root:
            return False
        if self.name == "ntfs" and inode < NTFS_SYSTEM_FILES:
            return True
        if self.name == "vfat" and name.endswith(b" (Volume Label Entry)"):
            return True
        return name in (b"$OrphanFiles", b"$MBR", b"$FAT1", b"$FAT2")

    def entry(self, file: pytsk3.File) -> Entry:
        meta = file.info.meta
        kind = KINDS.get(int(meta.type), "other")
        size, target = int(meta.size), None
        if kind == "link":
            target = os.fsdecode(link_target(file))
            size = len(os.fsencode(target))
        elif self.name == "ntfs":
            found = self.reparse(file)
            if found and found.target is not None:
                kind, target = "link", found.target
                size = len(os.fsencode(target))
            elif kind == "directory":
                size = 0
        return Entry(
            name=os.fsdecode(file.info.name.name),
            kind=kind,
            size=0 if kind == "other" else size,
            mode=self.mode(int(meta.mode)),
            modified=int(meta.mtime) * 1_000_000_000 + int(meta.mtime_nano),
            inode=int(meta.addr),
            target=target,
        )

    def mode(self, mode: int) -> int:
        if self.name == "ntfs":
            return NTFS_MODE
        return FAT_MODE if self.name == "vfat" else mode & 0o777

    def reparse(self, file: pytsk3.File) -> Reparse | None:
        for attribute in file:
            if int(attribute.info.type) == REPARSE:
                size = min(int(attribute.info.size), 16 << 10)
                return reparse_point(file.read_random(0, size, attribute.info.type, attribute.info.id))
        return None

    def open(self, inode: int) -> OpenFile:
        file = self.fs.open_meta(inode=inode)
        if self.name == "ntfs":
            found = self.reparse(file)
            if found and found.target is None:
                raise NotSupported(found.about)
            for attribute in file:
                if int(attribute.info.type) == DATA and int(attribute.info.flags) & EFS:
                    raise NotSupported("a file encrypted by Windows (EFS)")
            return SleuthFile(file)  # its end may be uninitialised, which runs don't say
        runs = file_runs(file, int(self.fs.info.block_size))
        return RunFile(self.image.data, int(file.info.meta.size), runs) if runs else SleuthFile(file)


def link_target(file: pytsk3.File) -> bytes:
    """Text of a symbolic link, which ext keeps in the inode when it is short."""
    if file.info.meta.link is not None:
        return bytes(file.info.meta.link)
    try:
        return bytes(file.read_random(0, min(int(file.info.meta.size), 4096)))
    except OSError:
        return b""
