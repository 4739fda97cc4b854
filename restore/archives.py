"""A folder as a zip, written here from single files: the hub's own archives follow links and hang on pipes
(hub/README.md 6, 23). Memory stays constant but for some 500 bytes a member, the zip's own table."""

import hashlib
import io
import re
import struct
from collections.abc import Generator, Iterator
from datetime import UTC, datetime
from pathlib import PurePosixPath
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from restore.evidence.manifests import TakenFile
from restore.files import SMALL, FileService
from restore.folders import FolderService
from restore.guard import checked
from restore.models import FileEntry, Folder
from restore.names import archived, visible
from sendense_portal.hub import Code, HubError, HubFailed, HubNotFound, HubRejected, UnsafePath

PART = 1 << 20
BATCH = 500
LEFT_OUT_NAME = "_not-included.txt"
MOST_LEFT_OUT = 10_000
PACKED_ALREADY = re.compile(
    r"\.(7z|avi|bz2|docx|gif|gz|jar|jpe?g|m4a|mkv|mov|mp[34]|odt|ova|pdf|png|pptx|rar|rpm|deb|tgz|webm|webp|"
    r"xlsx|xz|zip|zst)\Z",
    re.IGNORECASE,
)
FILE_TROUBLES = (HubRejected, HubNotFound, HubFailed)
"""The hub's word on one file or folder; anything else (cut, not reachable) ends the archive."""
OLDEST = datetime(1980, 1, 1, tzinfo=UTC)
"""Before this the zip format knows no time."""


class Sink(io.RawIOBase):
    """What the zip writer has written and nobody has taken yet."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[bytes] = []
        self.size = 0

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        part = bytes(data)  # type: ignore[call-overload]  # any buffer, as RawIOBase says
        self.parts.append(part)
        self.size += len(part)
        return len(part)

    def take(self) -> bytes:
        """All of it, as one part."""
        part = b"".join(self.parts)
        self.parts, self.size = [], 0
        return part


class Archive:
    """One zip of a folder and all below it. ``sha256`` and ``left_out`` are for afterwards."""

    def __init__(self, folders: FolderService, files: FileService, top: str, name: str) -> None:
        self.folders = folders
        self.files = files
        self.top = top
        self.name = archived(name)
        self.sink = Sink()
        self.zip = ZipFile(self.sink, "w", ZIP_DEFLATED, compresslevel=1)
        self.hash = hashlib.sha256()
        self.left_out: list[str] = []
        self.left_out_count = 0
        self.note_name = ""
        self.links = 0
        self.taken_files: list[TakenFile] = []
        """What is in it, for its manifest."""
        self.is_abandoned = False
        """Set from outside when the reader has left."""

    @property
    def sha256(self) -> str:
        """Of the zip."""
        return self.hash.hexdigest()

    def parts(self) -> Generator[bytes]:
        """The zip in parts of about 1 MiB. Raises HubError when the hub fails it: it then has no end and
        can't be taken for a whole one."""
        try:
            for _ in self.members():
                if self.sink.size >= PART:
                    yield self.taken()
            self.zip.close()
            yield self.taken()
        finally:
            # One that was not finished above must not be by the garbage collector.
            self.zip.fp = None

    def taken(self) -> bytes:
        """What is ready, hashed."""
        part = self.sink.take()
        self.hash.update(part)
        return part

    def members(self) -> Iterator[None]:
        """Writes everything; stops after each piece so that it can be taken."""
        waiting = [(self.top, self.name)]
        while waiting:
            path, place = waiting.pop()
            try:
                folder = self.folders.folder(path)
            except FILE_TROUBLES as error:
                self.leave_out(path, error)
                continue
            self.zip.writestr(folder_info(place), b"")
            yield
            names: set[str] = set()
            for entry in entries_of(folder):
                path = f"{folder.path.rstrip('/')}/{entry.name}"
                inside = f"{place}/{unused(archived(entry.name), entry.name, folder, names)}"
                if not self.may_enter(entry, path):
                    continue
                if entry.is_directory:
                    waiting.append((path, inside))
                else:
                    yield from self.member(entry, path, inside)
        if self.left_out_count:
            name = unused(LEFT_OUT_NAME, "", self.folders.folder(self.top), set())
            self.note_name = f"{self.name}/{name}"
            self.zip.writestr(self.note_name, self.what_was_left_out())

    def may_enter(self, entry: FileEntry, path: str) -> bool:
        """Whether an entry can be part of it; notes why not."""
        if entry.kind == FileEntry.Kind.SYMLINK:
            self.links += 1
            self.note(path, "a link; links are not followed")
            return False
        try:
            checked(path, self.folders.mount.hub.dialect)
        except UnsafePath as error:
            self.leave_out(path, error)
            return False
        return True

    def member(self, entry: FileEntry, path: str, inside: str) -> Iterator[None]:
        """Writes one file, every byte of which was there before the first is written."""
        info = file_info(entry, inside)
        try:
            if entry.size == 0:
                # Nothing to ask for. The hub lists pipes and devices like this, and hangs on opening them.
                self.whole_member(info, b"")
            elif entry.size <= SMALL:
                self.whole_member(info, self.files.small(path, entry.size))
            else:
                yield from self.large_member(info, path, entry.size)
        except FILE_TROUBLES as error:
            self.leave_out(path, error)
        yield

    def whole_member(self, info: ZipInfo, data: bytes) -> None:
        """A file that is in memory."""
        self.zip.writestr(info, data)
        self.taken_files.append(TakenFile(info.filename, len(data), hashlib.sha256(data).hexdigest()))

    def large_member(self, info: ZipInfo, path: str, size: int) -> Iterator[None]:
        """The same for a file that passes through the spool."""
        reader = self.files.open(path, size)
        try:
            try:
                reader.wait_until_whole(self.given_up)
            except HubNotFound as error:
                if error.code is not Code.MOUNT_GONE:
                    raise
                reader.close()
                reader = self.files.open(path, size, lost=self.files.mount.remote_id)
                reader.wait_until_whole(self.given_up)
            with self.zip.open(info, "w") as member:
                for offset in range(0, size, PART):
                    member.write(reader.read(offset, min(PART, size - offset)))
                    yield
            self.taken_files.append(TakenFile(info.filename, size, reader.sha256))
        finally:
            reader.close()

    def given_up(self) -> bool:
        """Whether there is anybody to go on for."""
        return self.is_abandoned

    def leave_out(self, path: str, error: HubError) -> None:
        """Goes on without what the hub can't give; a mount that is lost for good ends the archive."""
        if error.code is Code.MOUNT_GONE:
            raise error
        self.note(path, error.sentence)

    def note(self, path: str, why: str) -> None:
        """Remembers what is missing, for the list inside the zip."""
        self.left_out_count += 1
        if self.left_out_count <= MOST_LEFT_OUT:
            self.left_out.append(f"{visible(path)}\t{why}")

    def what_was_left_out(self) -> str:
        """The list as a text file."""
        more = self.left_out_count - len(self.left_out)
        last = [f"… and {more} more"] if more else []
        return "\n".join(["Not included in this archive:", "", *self.left_out, *last, ""])


def entries_of(folder: Folder) -> Iterator[FileEntry]:
    """All entries, a few at a time: no cursor stays open while a slow reader takes what came before."""
    last = 0
    while batch := list(folder.entries.filter(pk__gt=last).order_by("pk")[:BATCH]):
        yield from batch
        last = batch[-1].pk


def unused(name: str, original: str, folder: Folder, given: set[str]) -> str:
    """A member's name; one that had to be changed must not meet another of its folder."""
    if name == original:
        return name
    path, count = PurePosixPath(name), 1
    while name in given or folder.entries.filter(name=name).exists():
        count += 1
        name = f"{path.stem} ({count}){path.suffix}"
    given.add(name)
    return name


def folder_info(place: str) -> ZipInfo:
    """Folders are members of their own, so that empty ones are there."""
    info = ZipInfo(f"{place}/")
    info.external_attr = (0o40755 << 16) | 0x10
    return info


def file_info(entry: FileEntry, place: str) -> ZipInfo:
    """A file's member: its time (UTC, exact in the extended field) and permissions without set-uid bits."""
    modified_at = max(entry.modified_at or OLDEST, OLDEST).astimezone(UTC)
    info = ZipInfo(place, modified_at.timetuple()[:6])
    info.extra = struct.pack("<HHBL", 0x5455, 5, 1, min(int(modified_at.timestamp()), 2**32 - 1))
    info.external_attr = (0o100000 | permissions(entry.mode)) << 16
    info.file_size = entry.size
    info.compress_type = ZIP_STORED if PACKED_ALREADY.search(entry.name) else ZIP_DEFLATED
    return info


def permissions(mode: str) -> int:
    """``"0644"`` as a number; what is no mode counts as that."""
    try:
        return int(mode, 8) & 0o777
    except ValueError:
        return 0o644


def sentence_of(archive: Archive) -> str:
    """What a person should know about a zip that ended well; empty if nothing."""
    missing = archive.left_out_count - archive.links
    if missing:
        return f"{missing} could not be included; see {LEFT_OUT_NAME} inside."
    return f"{archive.links} links are not included." if archive.links else ""
