"""A disk with LVM, its metadata written by hand: the device mapper that lvcreate needs is not to be had.

Layout: a label in the second sector, metadata text in a ring after 4 KiB, extents from 1 MiB on
(lvm2's source, lib/format_text/layout.h).
"""

import struct
from pathlib import Path

from localhub.samples.partition_tables import Extent
from tests.localhub.disks import MIB, blank, place, tool

EXTENT = 4 * MIB
DATA = 1 * MIB
AREA, AREA_SIZE = 4096, DATA - 4096
PV_ID = "0123456789abcdefghijklmnopqrstuv"
SECTOR = 512
INITIAL = 0xF597A6CF


def lvm_crc(data: bytes) -> int:
    """lvm2's CRC-32: reflected 0xEDB88320 with its own start value and no inversion at the end."""
    crc = INITIAL
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0xEDB88320 if crc & 1 else 0)
    return crc


def lvm_disk(path: Path, trees: dict[str, Path], extents: int = 8) -> Path:
    """A bare physical volume with one linear logical volume per tree, each of so many 4 MiB extents."""
    size = (len(trees) * extents + 1) * EXTENT + DATA
    blank(path, size // MIB)
    text = metadata(list(trees), extents, size).encode() + b"\0"
    with path.open("r+b") as file:
        file.seek(SECTOR)
        file.write(label(size))
        file.seek(AREA)
        file.write(area_header(text))
        file.seek(AREA + SECTOR)
        file.write(text)
    for number, (name, tree) in enumerate(trees.items()):
        volume = blank(path.with_name(f"{name}.lv"), extents * EXTENT // MIB)
        tool("mke2fs", "-q", "-F", "-t", "ext4", "-d", tree, volume)
        place(volume, path, Extent(DATA + number * extents * EXTENT, extents * EXTENT))
    return path


def label(size: int) -> bytes:
    header = PV_ID.encode() + struct.pack("<Q", size)
    header += struct.pack("<QQ", DATA, 0) + bytes(16)  # where data is, end of the list
    header += struct.pack("<QQ", AREA, AREA_SIZE) + bytes(16)  # where metadata is, end of the list
    tail = struct.pack("<I8s", 32, b"LVM2 001") + header
    tail = tail.ljust(SECTOR - 20, b"\0")
    return b"LABELONE" + struct.pack("<QI", 1, lvm_crc(tail)) + tail


def area_header(text: bytes) -> bytes:
    location = struct.pack("<QQII", SECTOR, len(text), lvm_crc(text), 0)
    body = b" LVM2 x[5A%r0N*>" + struct.pack("<IQQ", 1, AREA, AREA_SIZE) + location
    body = body.ljust(SECTOR - 4, b"\0")
    return struct.pack("<I", lvm_crc(body)) + body


def metadata(names: list[str], extents: int, size: int) -> str:
    volumes = "".join(
        f'{name} {{\nid = "{dashed(chr(65 + number) * 32)}"\nstatus = ["READ", "WRITE", "VISIBLE"]\n'
        "flags = []\nsegment_count = 1\nsegment1 {\nstart_extent = 0\n"
        f"extent_count = {extents}\n"
        'type = "striped"\nstripe_count = 1\n'
        f'stripes = [\n"pv0", {number * extents}\n]\n}}\n}}\n'
        for number, name in enumerate(names)
    )
    return (
        f'vg0 {{\nid = "{dashed("z" * 32)}"\nseqno = 1\nformat = "lvm2"\n'
        'status = ["RESIZEABLE", "READ", "WRITE"]\nflags = []\n'
        f"extent_size = {EXTENT // SECTOR}\nmax_lv = 0\nmax_pv = 0\nmetadata_copies = 0\n"
        f'physical_volumes {{\npv0 {{\nid = "{dashed(PV_ID)}"\ndevice = "/dev/sda"\n'
        f'status = ["ALLOCATABLE"]\nflags = []\ndev_size = {size // SECTOR}\npe_start = {DATA // SECTOR}\n'
        f"pe_count = {(size - DATA) // EXTENT}\n}}\n}}\n"
        f"logical_volumes {{\n{volumes}}}\n}}\n"
        'contents = "Text Format Volume Group"\nversion = 1\n\ndescription = ""\n'
    )


def dashed(text: str) -> str:
    parts, at = [], 0
    for length in (6, 4, 4, 4, 4, 4, 6):
        parts.append(text[at : at + length])
        at += length
    return "-".join(parts)
