"""What is on a disk: partitions of MBR or GPT, LVM logical volumes, or one bare file system.

Layouts: UEFI specification chapter 5 (GPT), and the four-entry MBR with its chain of extended records.
"""

import struct
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

import pyvslvm

from localhub.browsing.disks import Readable, Window
from localhub.browsing.signatures import recognise

SECTOR = 512
EXTENDED = {0x05, 0x0F, 0x85}
MOST = 128


@dataclass(frozen=True)
class Volume:
    """Something that may hold a file system. ``kind`` is what its first bytes say: ``ext``, ``LUKS`` …"""

    data: Readable
    kind: str | None


def find_volumes(disk: Readable) -> list[Volume]:
    """Every volume of a disk in order, with LVM's logical volumes in the place of their physical one."""
    found = []
    for start, size in partitions(disk):
        window = Window(disk, start, size)
        kind = recognise(window)
        if kind == "LVM":
            found += logical_volumes(window)
        else:
            found.append(Volume(window, kind))
    return found


def partitions(disk: Readable) -> list[tuple[int, int]]:
    """(start, length) in bytes; one that covers all when the disk has no partition table."""
    first = disk.read_at(0, SECTOR)
    if recognise(Window(disk, 0, disk.size)) not in (None, "FAT", "NTFS") or first[510:] != b"\x55\xaa":
        return [(0, disk.size)]
    rows = [struct.unpack_from("<B3xB3xII", first, 446 + n * 16) for n in range(4)]
    if not plausible(rows, disk.size):
        return [(0, disk.size)]  # a boot sector of FAT or NTFS ends with the same mark
    if any(kind == 0xEE for _, kind, _, _ in rows):
        for sector in (512, 4096):
            if disk.read_at(sector, 8) == b"EFI PART":
                return list(gpt(disk, sector))
    found = []
    for _, kind, begin, count in rows:
        if kind in EXTENDED:
            found += list(logical(disk, begin))
        elif kind and count:
            found.append((begin * SECTOR, count * SECTOR))
    return found


def plausible(rows: list[tuple[int, ...]], size: int) -> bool:
    """Whether four entries look like a partition table rather than boot code or text."""
    used = [row for row in rows if row[1]]
    return bool(used) and all(
        status in (0, 0x80) and count and begin and begin * SECTOR < size for status, _, begin, count in used
    )


def gpt(disk: Readable, sector: int) -> Iterator[tuple[int, int]]:
    array, count, entry_size = struct.unpack_from("<QII", disk.read_at(sector, 92), 72)
    if not 128 <= entry_size <= 4096:
        return
    for number in range(min(count, MOST)):
        entry = disk.read_at(array * sector + number * entry_size, 128)
        if len(entry) == 128 and uuid.UUID(bytes_le=entry[:16]).int:
            first, last = struct.unpack_from("<QQ", entry, 32)
            if first <= last:
                yield first * sector, (last - first + 1) * sector


def logical(disk: Readable, base: int) -> Iterator[tuple[int, int]]:
    """Partitions inside an extended one; each record names one partition and the next record."""
    record = base
    for _ in range(MOST):  # a damaged chain may be a ring
        sector = disk.read_at(record * SECTOR, SECTOR)
        if sector[510:] != b"\x55\xaa":
            return
        _, kind, begin, count = struct.unpack_from("<B3xB3xII", sector, 446)
        if kind and count:
            yield (record + begin) * SECTOR, count * SECTOR
        _, kind, begin, count = struct.unpack_from("<B3xB3xII", sector, 462)
        if not kind:
            return
        record = base + begin


class LogicalVolume:
    """A logical volume of LVM that lies on one physical volume."""

    def __init__(self, handle: pyvslvm.handle, number: int) -> None:
        self.handle = handle  # kept: the volume reads through it
        self.volume = handle.get_volume_group().get_logical_volume(number)
        self.size: int = self.volume.size

    def read_at(self, offset: int, length: int) -> bytes:
        length = max(0, min(length, self.size - offset))
        data: bytes = self.volume.read_buffer_at_offset(length, offset) if length else b""
        return data

    def read_into(self, offset: int, target: memoryview) -> None:
        target[:] = self.read_at(offset, len(target))


def logical_volumes(window: Window) -> list[Volume]:
    """All that can be read; a group that spans several disks has only some of its volumes here."""
    handle = pyvslvm.handle()
    try:
        handle.open_file_object(window)
        handle.open_physical_volume_files_as_file_objects([window])
        count = handle.get_volume_group().number_of_logical_volumes
    except OSError:
        return [Volume(window, "LVM")]
    found = []
    for number in range(count):
        try:
            volume = LogicalVolume(handle, number)
            found.append(Volume(volume, recognise(volume)))
        except OSError:
            found.append(Volume(window, "LVM"))
    return found
