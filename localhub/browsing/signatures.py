"""What a volume holds, by the marks at fixed places (as blkid and file(1) look for them)."""

from localhub.browsing.disks import Readable

SUPPORTED = {"ext", "NTFS", "FAT", "XFS"}
NAMES = {
    "LUKS": "a LUKS-encrypted volume",
    "BitLocker": "a BitLocker-encrypted volume",
    "swap": "swap space",
    "exFAT": "an exFAT file system",
    "ReFS": "a ReFS file system",
    "btrfs": "a btrfs file system",
    "LVM": "an LVM volume that can't be read from this disk alone",
    "RAID": "a member of a software RAID",
    "ZFS": "a member of a ZFS pool",
    None: "an unknown file system",
}
MARKS: list[tuple[int, bytes, str]] = [
    (0, b"LUKS\xba\xbe", "LUKS"),
    (3, b"-FVE-FS-", "BitLocker"),
    (3, b"EXFAT   ", "exFAT"),
    (3, b"NTFS    ", "NTFS"),
    (3, b"ReFS\0\0\0\0", "ReFS"),
    (0, b"XFSB", "XFS"),
    (1080, b"\x53\xef", "ext"),
    (82, b"FAT32   ", "FAT"),
    (54, b"FAT16   ", "FAT"),
    (54, b"FAT12   ", "FAT"),
    (4096, b"\xfc\x4e\x2b\xa9", "RAID"),
    (65600, b"_BHRfS_M", "btrfs"),
]


def recognise(volume: Readable) -> str | None:
    for offset, mark, kind in MARKS:
        if volume.read_at(offset, len(mark)) == mark:
            return kind
    for page in (4096, 8192, 16384, 65536):
        if volume.read_at(page - 10, 10) in (b"SWAPSPACE2", b"SWAP-SPACE"):
            return "swap"
    for sector in range(4):
        label = volume.read_at(sector * 512, 32)
        if label[:8] == b"LABELONE" and label[24:] == b"LVM2 001":
            return "LVM"
    return None
