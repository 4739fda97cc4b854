"""Partition tables written by hand: GPT (UEFI specification, chapter 5) and MBR."""

import binascii
import struct
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

SECTOR = 512
FIRST = 1 << 20
"""Where partitions begin: aligned to 1 MiB, as installers do."""
LINUX_DATA = uuid.UUID("0fc63daf-8483-4772-8e79-3d69d8477de4")
FAT32_LBA, LINUX = 0x0C, 0x83
ENTRIES, ENTRY_SIZE = 128, 128
NAMESPACE = uuid.UUID("b9d2a1de-6c4e-4b58-9d0a-6f9fd6a2a7c1")


@dataclass(frozen=True)
class Extent:
    """A partition: first byte and length in bytes, both whole sectors."""

    start: int
    length: int

    @property
    def sectors(self) -> tuple[int, int]:
        return self.start // SECTOR, (self.start + self.length) // SECTOR - 1


def write_gpt(disk: Path, name: str, partitions: Sequence[tuple[str, Extent]]) -> None:
    """Protective MBR, primary and backup GPT; ids follow from the name and are the same each time."""
    total = disk.stat().st_size // SECTOR
    entries = b"".join(
        LINUX_DATA.bytes_le
        + uuid.uuid5(NAMESPACE, f"{name}/{label}").bytes_le
        + struct.pack("<QQQ", *extent.sectors, 0)
        + label.encode("utf-16-le")[:72].ljust(72, b"\0")
        for label, extent in partitions
    ).ljust(ENTRIES * ENTRY_SIZE, b"\0")
    array_sectors = len(entries) // SECTOR
    disk_id = uuid.uuid5(NAMESPACE, name)

    def header(own: int, other: int, array: int) -> bytes:
        def packed(checksum: int) -> bytes:
            return struct.pack(
                "<8sIIIIQQQQ16sQIII",
                b"EFI PART", 0x10000, 92, checksum, 0, own, other,
                2 + array_sectors, total - array_sectors - 2, disk_id.bytes_le,
                array, ENTRIES, ENTRY_SIZE, binascii.crc32(entries),
            )  # fmt: skip

        return packed(binascii.crc32(packed(0))).ljust(SECTOR, b"\0")

    with disk.open("r+b") as file:
        file.write(boot_record([(0xEE, 1, min(total - 1, 0xFFFFFFFF))]))
        file.write(header(1, total - 1, 2) + entries)
        file.seek((total - 1 - array_sectors) * SECTOR)
        file.write(entries + header(total - 1, 1, total - 1 - array_sectors))


def write_mbr(disk: Path, partitions: Sequence[tuple[int, Extent]]) -> None:
    rows = [(kind, extent.start // SECTOR, extent.length // SECTOR) for kind, extent in partitions]
    with disk.open("r+b") as file:
        file.write(boot_record(rows))


def boot_record(rows: Sequence[tuple[int, int, int]]) -> bytes:
    """An MBR from (type, first sector, sectors); addresses by cylinder say "beyond"."""
    table = b"".join(
        struct.pack("<B3sB3sII", 0, b"\xfe\xff\xff", kind, b"\xfe\xff\xff", first, count)
        for kind, first, count in rows
    )
    return b"\0" * 446 + table.ljust(64, b"\0") + b"\x55\xaa"
