"""Reading the disk of a VM once, from front to back, whatever the image's format."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from localhub.exports import export, readable
from localhub.images import Image
from localhub.manifests import BLOCK, block_count
from localhub.nbd import NbdClient

PIECE = 32
"""Blocks read at once: 2 MiB."""
HOLE = 1 << 16
"""Blocks of a hole dealt with at once: 4 GiB."""


class Reader(Protocol):
    """Fills a buffer from an offset of the disk; called from several threads."""

    def read_into(self, offset: int, target: memoryview) -> None: ...


class RawReader:
    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    def read_into(self, offset: int, target: memoryview) -> None:
        done = 0
        while done < len(target):
            got = os.preadv(self.descriptor, [target[done:]], offset + done)
            if not got:  # the file ends inside the last sector
                target[done:] = bytes(len(target) - done)
                return
            done += got


class ExportReader:
    """Formats that qemu reads for us: one connection, so one request at a time."""

    def __init__(self, client: NbdClient) -> None:
        self.client = client
        self.lock = threading.Lock()

    def read_into(self, offset: int, target: memoryview) -> None:
        with self.lock:
            self.client.read_into(offset, target)


@contextmanager
def reader(image: Image) -> Iterator[Reader]:
    if image.format == "raw":
        with image.path.open("rb", buffering=0) as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_SEQUENTIAL)
            yield RawReader(file.fileno())
    else:
        with export(readable(image.path, image.format)) as client:
            yield ExportReader(client)


@dataclass(frozen=True)
class Piece:
    """Neighbouring blocks: ``count`` from ``first``; without ``data`` they are known to be zeroes."""

    first: int
    count: int
    data: bool


def pieces(extents: list[tuple[int, int]], size: int) -> list[Piece]:
    """The whole disk as pieces, in order. A block is read when any byte of it may hold data."""
    cut: list[Piece] = []
    next_block, end = 0, block_count(size)
    for start, length in extents:
        first = max(start // BLOCK, next_block)
        last = min(-(-(start + length) // BLOCK), end)
        cut += split(next_block, first, HOLE, data=False)
        cut += split(first, last, PIECE, data=True)
        next_block = max(next_block, last)
    return cut + split(next_block, end, HOLE, data=False)


def split(first: int, last: int, most: int, *, data: bool) -> list[Piece]:
    return [Piece(begin, min(most, last - begin), data) for begin in range(first, last, most)]
