"""The two kinds of archive, written so that what is ready can be taken at any moment."""

import io
import pickle
import re
import struct
import tarfile
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from tempfile import SpooledTemporaryFile
from typing import Protocol, cast
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

import zstandard

PACKED_ALREADY = re.compile(
    r"\.(7z|avi|bz2|docx|gif|gz|jar|jpe?g|m4a|mkv|mov|mp[34]|odt|ova|pdf|png|pptx|rar|rpm|deb|tgz|webm|webp|"
    r"xlsx|xz|zip|zst)\Z",
    re.IGNORECASE,
)
OLDEST = datetime(1980, 1, 1, tzinfo=UTC)
"""Before this the zip format knows no time."""
HELD = 4 << 20
"""Bytes in memory; more lies in a temporary file that has no name."""
Write = Callable[[bytes], object]


@dataclass(frozen=True)
class Member:
    """A file to be: its place within the archive, its size in bytes, permissions as ``"0644"``, its time."""

    place: str
    size: int
    mode: str = "0644"
    modified_at: datetime | None = None

    @property
    def permissions(self) -> int:
        """``mode`` as a number, without set-uid bits; what is no mode counts as 0644."""
        try:
            return int(self.mode, 8) & 0o777
        except ValueError:
            return 0o644


class Sink(io.RawIOBase):
    """What a writer has written and nobody has taken yet; on disk when that is much."""

    def __init__(self) -> None:
        super().__init__()
        self.file = SpooledTemporaryFile(HELD)  # noqa: SIM115  # closed by ``close``
        self.taken = 0
        self.size = 0

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        self.file.seek(self.taken + self.size)
        count = self.file.write(cast("bytes", data))  # any buffer, as RawIOBase says
        self.size += count
        return count

    def take(self, most: int) -> bytes:
        """The first of it, up to ``most`` bytes."""
        self.file.seek(self.taken)
        part = self.file.read(most)
        self.taken += len(part)
        self.size -= len(part)
        if not self.size:
            self.file.seek(0)
            self.file.truncate()
            self.taken = 0
        return part

    def close(self) -> None:
        self.file.close()
        super().close()


class Writer(Protocol):
    """An archive on its way into its ``sink``."""

    sink: Sink

    def folder(self, place: str) -> None:
        """Folders are members of their own, so that empty ones are there."""

    @contextmanager
    def member(self, member: Member) -> Iterator[Write]:
        """A file; exactly its size has to be written."""

    def close(self) -> None:
        """Writes its end."""


class Heads:
    """The heads of a zip's members, which its table repeats at the end: kept on disk when they are many."""

    def __init__(self) -> None:
        self.file = SpooledTemporaryFile(HELD)  # noqa: SIM115  # closed by the next line
        weakref.finalize(self, self.file.close)
        self.count = 0

    def append(self, info: ZipInfo) -> None:
        pickle.dump(info, self.file)
        self.count += 1

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[ZipInfo]:
        self.file.seek(0)
        for _ in range(self.count):
            yield pickle.load(self.file)  # noqa: S301  # written by ``append`` alone


class Forgetful(dict[str, ZipInfo]):
    """Holds nothing: which names are in the zip is known to whoever packs."""

    def __setitem__(self, name: str, info: ZipInfo) -> None:
        """Nothing is kept."""


class LongZip(ZipFile):
    """A zip of any number of members. One that was not finished is not by the garbage collector either."""

    def __init__(self, sink: Sink) -> None:
        super().__init__(sink, "w", ZIP_DEFLATED, compresslevel=1)
        self.filelist = cast("list[ZipInfo]", Heads())
        self.NameToInfo = Forgetful()

    def __del__(self) -> None:
        """Nothing is written."""


class ZipWriter:
    """Memory stays constant: what a zip has to remember of its members lies on disk."""

    def __init__(self) -> None:
        self.sink = Sink()
        self.zip = LongZip(self.sink)

    def folder(self, place: str) -> None:
        info = ZipInfo(f"{place}/")
        info.external_attr = (0o40755 << 16) | 0x10
        self.zip.writestr(info, b"")

    @contextmanager
    def member(self, member: Member) -> Iterator[Write]:
        with self.zip.open(zip_info(member), "w") as opened:
            yield opened.write

    def close(self) -> None:
        self.zip.close()


class TarZstWriter:
    """A tar in the POSIX form of 2001, for which no name is too long, within one zstd frame with its sum."""

    def __init__(self) -> None:
        self.sink = Sink()
        self.zstd = zstandard.ZstdCompressor(level=3, write_checksum=True).compressobj()

    def folder(self, place: str) -> None:
        info = tarfile.TarInfo(place)
        info.type, info.mode = tarfile.DIRTYPE, 0o755
        self.write(info.tobuf(tarfile.PAX_FORMAT, "utf-8"))

    @contextmanager
    def member(self, member: Member) -> Iterator[Write]:
        info = tarfile.TarInfo(member.place)
        info.size, info.mode = member.size, member.permissions
        info.mtime = int(member.modified_at.timestamp()) if member.modified_at else 0
        self.write(info.tobuf(tarfile.PAX_FORMAT, "utf-8"))
        yield self.write
        self.write(bytes(-member.size % tarfile.BLOCKSIZE))

    def write(self, data: bytes) -> None:
        """Into the frame."""
        if part := self.zstd.compress(data):
            self.sink.write(part)

    def close(self) -> None:
        self.write(bytes(2 * tarfile.BLOCKSIZE))
        self.sink.write(self.zstd.flush())


WRITERS: dict[str, Callable[[], Writer]] = {"zip": ZipWriter, "tar.zst": TarZstWriter}


def zip_info(member: Member) -> ZipInfo:
    """A member's head: its time (UTC, exact in the extended field) and permissions."""
    modified_at = max(member.modified_at or OLDEST, OLDEST).astimezone(UTC)
    info = ZipInfo(member.place, modified_at.timetuple()[:6])
    info.extra = struct.pack("<HHBL", 0x5455, 5, 1, min(int(modified_at.timestamp()), 2**32 - 1))
    info.external_attr = (0o100000 | member.permissions) << 16
    info.file_size = member.size
    info.compress_type = ZIP_STORED if PACKED_ALREADY.search(member.place) else ZIP_DEFLATED
    return info
