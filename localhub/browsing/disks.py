"""Random access to a disk behind NBD, with a small cache for what parsers read over and over."""

import os
from collections import OrderedDict
from typing import Protocol

from localhub.nbd import NbdClient

BLOCK = 256 << 10
BLOCKS = 256
"""64 MiB of cache."""


class Readable(Protocol):
    """Bytes by position; reads beyond the end are short."""

    size: int

    def read_at(self, offset: int, length: int) -> bytes: ...

    def read_into(self, offset: int, target: memoryview) -> None:
        """Fills the target without a copy on the way; all of it must lie on the disk."""
        ...


class CachedDisk:
    """The whole disk. Small reads go through a cache (LRU), large ones straight to the server."""

    def __init__(self, client: NbdClient) -> None:
        self.client = client
        self.size = client.size
        self.cache: OrderedDict[int, bytes] = OrderedDict()

    def read_at(self, offset: int, length: int) -> bytes:
        length = max(0, min(length, self.size - offset))
        if length >= BLOCK:
            return bytes(self.client.read(offset, length))
        parts = []
        while length:
            number, within = divmod(offset, BLOCK)
            part = self.block(number)[within : within + length]
            parts.append(part)
            offset, length = offset + len(part), length - len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def read_into(self, offset: int, target: memoryview) -> None:
        self.client.read_into(offset, target)

    def block(self, number: int) -> bytes:
        if number in self.cache:
            self.cache.move_to_end(number)
            return self.cache[number]
        begin = number * BLOCK
        data = bytes(self.client.read(begin, min(BLOCK, self.size - begin)))
        self.cache[number] = data
        if len(self.cache) > BLOCKS:
            self.cache.popitem(last=False)
        return data


class Window:
    """A part of a disk, such as a partition. Also the file object that libfsxfs and libvslvm want."""

    def __init__(self, disk: Readable, start: int, size: int) -> None:
        self.disk, self.start = disk, start
        self.size = max(0, min(size, disk.size - start))
        self.position = 0

    def read_at(self, offset: int, length: int) -> bytes:
        return self.disk.read_at(self.start + offset, max(0, min(length, self.size - offset)))

    def read_into(self, offset: int, target: memoryview) -> None:
        if offset < 0 or offset + len(target) > self.size:
            raise OSError("beyond the end of the volume")
        self.disk.read_into(self.start + offset, target)

    def read(self, length: int = -1) -> bytes:
        data = self.read_at(self.position, self.size if length < 0 else length)
        self.position += len(data)
        return data

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self.position, os.SEEK_END: self.size}[whence]
        self.position = base + offset
        return self.position

    def tell(self) -> int:
        return self.position

    def get_offset(self) -> int:
        return self.position

    def get_size(self) -> int:
        return self.size
