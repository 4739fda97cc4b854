"""Reparse points of NTFS: links, and files that Windows keeps somewhere else (MS-FSCC 2.1.2)."""

import struct
from dataclasses import dataclass

SYMLINK, JUNCTION, LX_SYMLINK = 0xA000000C, 0xA0000003, 0xA000001D
ABOUT = {
    0x80000017: "a file compressed by Windows (CompactOS)",
    0x80000013: "a file deduplicated by Windows Server",
}


@dataclass(frozen=True)
class Reparse:
    """``target`` of a link; None for content kept elsewhere, which ``about`` names."""

    target: str | None
    about: str


def reparse_point(data: bytes) -> Reparse | None:
    if len(data) < 8:
        return None
    (tag,) = struct.unpack_from("<I", data)
    if tag == LX_SYMLINK:
        return Reparse(data[12:].decode("utf-8", "surrogateescape"), "a link")
    if tag in (SYMLINK, JUNCTION) and len(data) >= 16:
        start = 20 if tag == SYMLINK else 16
        _, _, begin, length = struct.unpack_from("<HHHH", data, 8)
        name = data[start + begin : start + begin + length]
        return Reparse(name.decode("utf-16-le", "replace").removeprefix("\\??\\"), "a link")
    return Reparse(None, ABOUT.get(tag, f"a file kept elsewhere by Windows (tag {tag:#x})"))
