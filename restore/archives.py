"""Files and folders as one archive, written here from single files: the hub's own archives follow links and
hang on pipes (hub/README.md 6, 23). Memory stays constant, however many members there are."""

import hashlib
import math
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from time import monotonic

from restore.evidence.file_lists import FileList, TakenFile
from restore.files import SMALL, FileService
from restore.folders import FolderService
from restore.formats import Member, Writer
from restore.guard import checked
from restore.models import FileEntry, Folder
from restore.names import archived, visible
from restore.spool import SpoolFull
from sendense_portal.hub import Code, HubError, HubFailed, HubNotFound, HubRejected, UnsafePath

PART = 1 << 20
BATCH = 500
LEFT_OUT_NAME = "_not-included.txt"
MOST_LEFT_OUT = 10_000
USE_NOTED_EVERY = 30.0
"""Seconds."""
FILE_TROUBLES = (HubRejected, HubNotFound, HubFailed)
"""The hub's word on one file or folder; anything else (cut, not reachable) ends the archive."""


@dataclass(frozen=True)
class Top:
    """What an archive begins at: a folder with all below it, or one file. ``place`` is where it comes to lie
    within the archive."""

    folders: FolderService
    files: FileService
    path: str
    place: str
    is_file: bool = False


class Archive:
    """One archive in a folder called ``name``. ``sha256`` and ``left_out`` are for afterwards."""

    def __init__(
        self,
        writer: Writer,
        tops: Iterable[Top],
        name: str,
        may_leave: Callable[[str], str | None] = lambda name: None,
        alive: Callable[[], None] = lambda: None,
    ) -> None:
        self.writer = writer
        self.sink = writer.sink
        self.tops = tops
        self.name = archived(name)
        self.may_leave = may_leave
        """Why a file of this name may not be taken out; None when it may."""
        self.alive = alive
        """Called now and then, also while a large file is on its way; what it raises ends the archive."""
        self.hash = hashlib.sha256()
        self.left_out: list[str] = []
        self.left_out_count = 0
        self.note_name = ""
        self.links = 0
        self.taken_files = FileList()
        """What is in it, for its manifest."""
        self.taken_bytes = 0
        self.is_abandoned = False
        """Set from outside when the reader has left."""
        self.top: Top | None = None
        """What is being written now."""
        self.use_noted_at = -math.inf

    @property
    def sha256(self) -> str:
        """Of the archive."""
        return self.hash.hexdigest()

    def parts(self) -> Generator[bytes]:
        """The archive in parts of about 1 MiB. Raises HubError when the hub fails it: it then has no end and
        can't be taken for a whole one."""
        for _ in self.members():
            self.note_use()
            if self.sink.size >= PART:
                yield self.taken()
        self.writer.close()
        while self.sink.size:  # the table of a zip may be long
            yield self.taken()

    def taken(self) -> bytes:
        """What is ready, hashed."""
        part = self.sink.take(2 * PART)
        self.hash.update(part)
        return part

    def members(self) -> Iterator[None]:
        """Writes everything; stops after each piece so that it can be taken."""
        note_name = LEFT_OUT_NAME
        for top in self.tops:
            self.top = top
            if top.is_file:
                yield from self.one(top)
            else:
                yield from self.tree(top)
                if top.place == self.name:
                    note_name = unused(LEFT_OUT_NAME, "", top.folders.folder(top.path), set())
        if self.left_out_count:
            self.note_name = f"{self.name}/{note_name}"
            text = self.what_was_left_out().encode()
            with self.writer.member(Member(self.note_name, len(text))) as write:
                write(text)

    def one(self, top: Top) -> Iterator[None]:
        """A file that was chosen by itself."""
        try:
            entry = top.folders.file(top.path)
        except FILE_TROUBLES as error:
            self.leave_out(top.path, error)
            return
        if self.may_enter(entry, top.path, top.folders):
            yield from self.member(top.files, entry, top.path, top.place)

    def tree(self, top: Top) -> Iterator[None]:
        """A folder and all below it."""
        waiting = [(top.path, top.place)]
        while waiting:
            path, place = waiting.pop()
            try:
                folder = top.folders.folder(path)
            except FILE_TROUBLES as error:
                self.leave_out(path, error)
                continue
            self.writer.folder(place)
            yield
            names: set[str] = set()
            for entry in entries_of(folder):
                path = f"{folder.path.rstrip('/')}/{entry.name}"
                inside = f"{place}/{unused(archived(entry.name), entry.name, folder, names)}"
                if not self.may_enter(entry, path, top.folders):
                    continue
                if entry.is_directory:
                    waiting.append((path, inside))
                else:
                    yield from self.member(top.files, entry, path, inside)

    def may_enter(self, entry: FileEntry, path: str, folders: FolderService) -> bool:
        """Whether an entry can be part of it; notes why not."""
        if entry.kind == FileEntry.Kind.SYMLINK:
            self.links += 1
            self.note(path, "a link; links are not followed")
            return False
        try:
            checked(path, folders.mount.hub.dialect)
        except UnsafePath as error:
            self.leave_out(path, error)
            return False
        if entry.is_file and (reason := self.may_leave(entry.name)):
            self.note(path, reason)
            return False
        return True

    def member(self, files: FileService, entry: FileEntry, path: str, place: str) -> Iterator[None]:
        """Writes one file, every byte of which was there before the first is written."""
        member = Member(place, entry.size, entry.mode, entry.modified_at)
        try:
            if entry.size == 0:
                # Nothing to ask for. The hub lists pipes and devices like this, and hangs on opening them.
                self.whole_member(member, b"")
            elif entry.size <= SMALL:
                self.whole_member(member, files.small(path, entry.size))
            else:
                yield from self.large_member(member, files, path)
        except SpoolFull as error:
            self.note(path, str(error))
        except FILE_TROUBLES as error:
            self.leave_out(path, error)
        yield

    def whole_member(self, member: Member, data: bytes) -> None:
        """A file that is in memory."""
        with self.writer.member(member) as write:
            write(data)
        self.took(member, hashlib.sha256(data).hexdigest())

    def large_member(self, member: Member, files: FileService, path: str) -> Iterator[None]:
        """The same for a file that passes through the spool."""
        reader = files.open(path, member.size)
        try:
            try:
                reader.wait_until_whole(self.given_up)
            except HubNotFound as error:
                if error.code is not Code.MOUNT_GONE:
                    raise
                reader.close()
                reader = files.open(path, member.size, lost=files.mount.remote_id)
                reader.wait_until_whole(self.given_up)
            with self.writer.member(member) as write:
                for offset in range(0, member.size, PART):
                    write(reader.read(offset, min(PART, member.size - offset)))
                    yield
            self.took(member, reader.sha256)
        finally:
            reader.close()

    def took(self, member: Member, sha256: str) -> None:
        """A file is in it."""
        self.taken_files.add(TakenFile(member.place, member.size, sha256))
        self.taken_bytes += member.size

    def given_up(self) -> bool:
        """Whether there is anybody to go on for; asked again and again while the hub sends a large file."""
        self.note_use()
        return self.is_abandoned

    def note_use(self) -> None:
        """Whoever packs looks into the mount, so that no process takes it for an idle one."""
        if self.top and monotonic() - self.use_noted_at > USE_NOTED_EVERY:
            self.use_noted_at = monotonic()
            self.top.folders.mounts.note_use(self.top.folders.mount)
            self.alive()

    def leave_out(self, path: str, error: HubError) -> None:
        """Goes on without what the hub can't give; a mount that is lost for good ends the archive."""
        if error.code is Code.MOUNT_GONE:
            raise error
        self.note(path, error.sentence)

    def note(self, path: str, why: str) -> None:
        """Remembers what is missing, for the list inside the archive."""
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


def sentence_of(archive: Archive) -> str:
    """What a person should know about an archive that ended well; empty if nothing."""
    missing = archive.left_out_count - archive.links
    if missing:
        return f"{missing} could not be included; see {LEFT_OUT_NAME} inside."
    return f"{archive.links} links are not included." if archive.links else ""
