"""Bytes on their way to a browser: asynchronous, at its pace, recorded as they go.

An asynchronous generator is what Django streams without reading it to its end first, and the server waits
for slow readers (``sendense_portal.serve``). Database work is done in the request's own thread.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Iterator
from contextlib import aclosing
from typing import Protocol

from asgiref.sync import sync_to_async
from django.http import StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from restore.archives import Archive, sentence_of
from restore.downloads import DownloadService, End, event_of, reason_of
from restore.evidence.file_lists import TakenFile
from restore.files import FileService
from restore.models import Download
from restore.names import attachment
from restore.ranges import ByteRange
from restore.spool import SpoolReader
from restore.usage import DayShare
from sendense_portal.hub import Code, HubNotFound
from sendense_portal.live.events import publish

PART = 1 << 20
SMALL_PART = 1 << 18
FEW = 4
"""So many readers at once get large parts, which are faster; more get small ones, so that what all of them
hold in memory stays within bounds (``script/bench memory``)."""
OPAQUE = "application/octet-stream"
REPORT_EVERY = 2.0
SIGN_OF_LIFE_EVERY = 30.0

State = Download.State


class Reader(Protocol):
    """A file that is here, or on its way."""

    @property
    def sha256(self) -> str:
        """Of the whole file, once it is whole."""

    async def part(self, offset: int, count: int) -> bytes:
        """Up to ``count`` bytes from ``offset``, as soon as there are any."""

    def close(self) -> None:
        """May be called more than once."""


class ByteResponse(StreamingHttpResponse):
    """An attachment that no browser opens in the portal's origin, whatever is in it."""

    def __init__(self, parts: AsyncGenerator[bytes], headers: dict[str, str], status: int = 200) -> None:
        super().__init__(parts, status=status, content_type=OPAQUE, headers=headers)
        self.parts = parts

    async def __aiter__(self) -> AsyncIterator[bytes]:
        # Django's own leaves the generator to the garbage collector when a reader goes away; the spool and
        # the trail want its end at once.
        async with aclosing(self.parts):
            async for part in self.parts:
                yield part


def safe_headers(name: str) -> dict[str, str]:
    """Headers of every byte out of a backup."""
    return {
        "Content-Disposition": attachment(name),
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
    }


reading: set["Delivery"] = set()
"""Who takes a file now; of the server's one event loop."""


class Delivery:
    """One answer on its way: how much has left, and how it ended."""

    def __init__(self, service: DownloadService, download: Download, share: DayShare) -> None:
        self.service = service
        self.download = download
        self.share = share
        self.sent = 0

    async def file(
        self,
        reader: Reader | None,
        wanted: ByteRange,
        files: Iterable[TakenFile] | None = None,
        note: str = "",
    ) -> AsyncGenerator[bytes]:
        """A range of a file (without a reader: an empty one), then its end in the trail. ``files`` are what
        an archive holds, ``note`` what the portal put in besides."""
        size = self.download.size or 0
        offset = wanted.start
        reporter = asyncio.create_task(self.report())
        reading.add(self)
        try:
            while reader and offset < wanted.stop:
                most = PART if len(reading) <= FEW else SMALL_PART
                part = await reader.part(offset, min(most, wanted.stop - offset))
                yield part
                offset += len(part)
                self.sent += len(part)
        except BaseException as error:
            await self.broke_off(error)
            raise
        else:
            sha256 = reader.sha256 if reader else EMPTY_SHA256
            if wanted.stop == size:
                name = self.download.path.rpartition("/")[2]
                held = files if files is not None else [TakenFile(name, size, sha256)]
                await self.end(State.COMPLETED, sha256=sha256, files=held, note=note)
            else:
                await self.end(State.INCOMPLETE, sha256=sha256, reason=_("Only a part was asked for."))
        finally:
            reading.discard(self)
            reporter.cancel()
            if reader:
                reader.close()

    async def archive(self, archive: Archive) -> AsyncGenerator[bytes]:
        """An archive while it is packed, then its end in the trail."""
        parts = archive.parts()
        step = sync_to_async(next_part)
        reporter = asyncio.create_task(self.report())
        try:
            while part := await step(parts):
                await self.make_room(len(part))
                yield part
                self.sent += len(part)
        except BaseException as error:
            archive.is_abandoned = True
            await self.broke_off(error)
            raise
        else:
            await self.end(
                State.COMPLETED,
                sha256=archive.sha256,
                reason=sentence_of(archive),
                files=archive.taken_files,
                note=archive.note_name,
            )
        finally:
            reporter.cancel()
            await sync_to_async(parts.close)()

    async def make_room(self, more: int) -> None:
        """Before bytes leave that were not taken of the day's yet. Raises QuotaReached."""
        if self.sent + more > self.share.taken:
            await sync_to_async(self.share.make_room)(self.sent + more)

    async def broke_off(self, error: BaseException, state: Download.State = State.INCOMPLETE) -> None:
        """The reader went away, or the bytes did not come."""
        if isinstance(error, asyncio.CancelledError | GeneratorExit):
            await self.end(State.CANCELLED, reason=_("The reader went away."))
        else:
            await self.end(state, reason=reason_of(error))

    async def end(
        self,
        state: Download.State,
        *,
        sha256: str = "",
        reason: str = "",
        files: Iterable[TakenFile] = (),
        note: str = "",
    ) -> None:
        """Writes the end down and tells open pages. A reader who has the last byte may leave before that
        is done; it is done all the same."""
        self.download.sent_bytes = self.sent
        ending = End(state, self.sent, sha256, reason, files, note)
        writing = asyncio.ensure_future(sync_to_async(self.write_end)(ending))
        try:
            await asyncio.shield(writing)
        except asyncio.CancelledError:
            await writing
            raise
        finally:
            await publish(event_of(self.download))

    def write_end(self, ending: End) -> None:
        """The end in the row and the trail; what was not sent is left for other downloads of the day."""
        self.service.end(self.download, ending)
        self.share.settle(self.sent)

    async def report(self) -> None:
        """Keeps the row in step while bytes leave, and alive while a reader pauses."""
        rows = Download.objects.filter(pk=self.download.pk)
        told, told_at = 0, asyncio.get_running_loop().time()
        while True:
            await asyncio.sleep(REPORT_EVERY)
            now = asyncio.get_running_loop().time()
            if self.sent != told or now - told_at > SIGN_OF_LIFE_EVERY:
                told, told_at = self.sent, now
                await sync_to_async(rows.update)(sent_bytes=told, touched_at=timezone.now())
                await publish(event_of(self.download))


async def opened(files: FileService, path: str, size: int) -> SpoolReader:
    """A reader of a file that the hub has begun to send. Raises SpoolFull, MountClosed, HubError."""
    reader = await sync_to_async(files.open)(path, size)
    try:
        await reader.sending()
    except HubNotFound as error:
        reader.close()
        if error.code is not Code.MOUNT_GONE:
            raise
        return await opened_anew(files, path, size)
    except BaseException:
        reader.close()
        raise
    return reader


async def opened_anew(files: FileService, path: str, size: int) -> SpoolReader:
    """The same on a new mount, after the hub forgot the one before (a restart)."""
    reader = await sync_to_async(files.open)(path, size, lost=files.mount.remote_id)
    try:
        await reader.sending()
    except BaseException:
        reader.close()
        raise
    return reader


async def stepwise(parts: Iterator[bytes]) -> AsyncGenerator[bytes]:
    """The same parts, each made in the request's own thread."""
    step = sync_to_async(next_part)
    while part := await step(parts):
        yield part


def next_part(parts: Iterator[bytes]) -> bytes:
    """The next part; empty at the end."""
    return next(parts, b"")


EMPTY_SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
