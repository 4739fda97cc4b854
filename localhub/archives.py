"""A folder of a mount as zip or tar.gz, made while it is sent. Empty folders are left out."""

import gzip
import tarfile
import time
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from io import RawIOBase
from typing import Any

Content = Iterable[bytes | memoryview]


@dataclass(frozen=True)
class Member:
    """A regular file: its name in the archive, size in bytes, permission bits, time in seconds, content."""

    name: str
    size: int
    mode: int
    modified: int
    content: Callable[[], Content]


class Sink(RawIOBase):
    """A file that only collects what is written, until it is taken away."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        piece = bytes(data)
        self.pieces.append(piece)
        return len(piece)

    def taken(self) -> Iterator[bytes]:
        pieces, self.pieces = self.pieces, []
        yield from pieces


def zipped(members: Iterable[Member]) -> Iterator[bytes]:
    sink = Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for member in members:
            about = zipfile.ZipInfo(safe(member.name), zip_time(member.modified))
            about.compress_type = zipfile.ZIP_DEFLATED
            about.external_attr = (0o100000 | member.mode) << 16
            with archive.open(about, "w", force_zip64=member.size >= 1 << 31) as file:
                for piece in member.content():
                    file.write(piece)
                    yield from sink.taken()
    yield from sink.taken()


def tarred(members: Iterable[Member]) -> Iterator[bytes]:
    sink = Sink()
    with gzip.GzipFile(fileobj=sink, mode="wb", compresslevel=1) as packed:
        with tarfile.TarFile(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive:
            for member in members:
                about = tarfile.TarInfo(safe(member.name))
                about.size, about.mode, about.mtime = member.size, member.mode, member.modified
                packed.write(about.tobuf(archive.format, "utf-8", "surrogateescape"))
                written = 0
                for piece in member.content():
                    packed.write(piece)
                    written += len(piece)
                    yield from sink.taken()
                packed.write(bytes(-written % tarfile.BLOCKSIZE))
        packed.write(bytes(2 * tarfile.BLOCKSIZE))
    yield from sink.taken()


def safe(name: str) -> str:
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def zip_time(seconds: int) -> tuple[int, int, int, int, int, int]:
    year, month, day, hour, minute, second = time.gmtime(min(max(seconds, 0), 4_000_000_000))[:6]
    return max(1980, min(year, 2107)), month, day, hour, minute, second
