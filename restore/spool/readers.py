"""Reading a spooled file at one's own pace."""

import asyncio
import os
from collections.abc import Callable

from restore.spool.files import Abandoned, SpooledFile


class SpoolReader:
    """One reader of a file, anywhere in it; close it. Coroutines wait without a thread."""

    def __init__(self, file: SpooledFile, leave: Callable[[], None]) -> None:
        self.file = file
        self.leave = leave
        self.handle = os.open(file.path, os.O_RDONLY)
        self.is_closed = False

    @property
    def sha256(self) -> str:
        """Of the whole file, once it is whole."""
        return self.file.sha256

    async def sending(self) -> None:
        """Until the hub has begun to send. Raises what the fill met."""
        await self.until(lambda: self.file.is_sending)

    async def part(self, offset: int, count: int) -> bytes:
        """Up to ``count`` bytes from ``offset``, as soon as there are any. Raises what the fill met."""
        await self.until(lambda: self.take(offset))
        count = min(count, self.file.readable - offset)
        return await asyncio.to_thread(os.pread, self.handle, count, offset)

    def take(self, offset: int) -> bool:
        """Whether there is a byte at ``offset``; from then on the fill may not begin anew."""
        if self.file.readable <= offset:
            return False
        self.file.was_read = True
        return True

    async def until(self, ready: Callable[[], bool]) -> None:
        """Waits for ``ready`` (asked with the file's lock held), or raises the error that ended the fill."""
        loop = asyncio.get_running_loop()
        news = asyncio.Event()

        def listener() -> None:
            loop.call_soon_threadsafe(news.set)

        file = self.file
        with file.changed:
            file.listeners.add(listener)
        try:
            while True:
                with file.changed:
                    if ready():
                        return
                    if file.error:
                        raise file.error
                await news.wait()
                news.clear()
        finally:
            with file.changed:
                file.listeners.discard(listener)

    def wait_until_whole(self, given_up: Callable[[], bool] = lambda: False) -> None:
        """Blocks until every byte is there and checked. Raises what the fill met, and Abandoned when
        ``given_up``, which is asked every second."""
        with self.file.changed:
            while not self.file.is_whole:
                if self.file.error:
                    raise self.file.error
                if given_up():
                    raise Abandoned
                self.file.changed.wait(1)

    def read(self, offset: int, count: int) -> bytes:
        """Bytes of a whole file."""
        return os.pread(self.handle, count, offset)

    def close(self) -> None:
        """May be called more than once."""
        if not self.is_closed:
            self.is_closed = True
            os.close(self.handle)
            self.leave()
