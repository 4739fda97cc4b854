"""The spool's folder: what is in it, what is on its way into it, and what has to go."""

import atexit
import fcntl
import itertools
import logging
import shutil
import tempfile
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from threading import BoundedSemaphore, Condition, Thread, Timer

from django.utils.translation import gettext as _

from restore.refusals import Refused
from restore.spool.files import Abandoned, SpooledFile
from restore.spool.fills import drain
from restore.spool.readers import SpoolReader
from sendense_portal.hub import Download, HubCutShort

log = logging.getLogger(__name__)

FILLS_AT_ONCE = 8
KEPT_FOR = 3600.0
"""Seconds that a whole file stays after its last reader, for a resume or a second look."""
DISK_RESERVE = 256 << 20
"""Bytes of the disk that the spool leaves free."""

Source = Callable[[], AbstractContextManager[Download]]
"""Opens a file at the hub."""


class SpoolFull(Refused):
    """No room for another file now, or never for one of this size."""


class Spool:
    """The files of this process, in a folder of its own that a later process removes if this one dies."""

    def __init__(self, root: Path, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self.changed = Condition()
        self.files: OrderedDict[str, SpooledFile] = OrderedDict()
        """By key, the longest unused first."""
        self.numbers = itertools.count(1)
        self.slots = BoundedSemaphore(FILLS_AT_ONCE)
        self.tidier: Timer | None = None
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
        remove_leftovers(root)
        self.folder = Path(tempfile.mkdtemp(dir=root))
        # Held as long as the process lives: tells others that this folder is in use.
        self.lock = (self.folder / "lock").open("w")
        fcntl.flock(self.lock, fcntl.LOCK_EX)
        atexit.register(self.close)

    def open(self, key: str, size: int, source: Source) -> SpoolReader:
        """A reader of the file ``key`` of ``size`` bytes (at least one). ``source`` opens it at the hub
        unless it is here or on its way already. Raises SpoolFull."""
        with self.changed:
            file = self.files.get(key)
            if file is None or not file.path.exists():
                # New, or somebody has tidied up behind our back.
                self.make_room(size)
                # Never the same path twice: a fill that was given up may still be writing to its own.
                file = SpooledFile(self.folder / str(next(self.numbers)), size, self.changed)
                file.path.touch(mode=0o600)
                self.files[key] = file
                Thread(target=self.fill, args=(key, file, source), name="spool", daemon=True).start()
            file.readers += 1
            self.files.move_to_end(key)
            return SpoolReader(file, partial(self.leave, key, file))

    def leave(self, key: str, file: SpooledFile) -> None:
        """A reader goes; a fill without readers stops at its next chunk."""
        with self.changed:
            file.readers -= 1
            file.left_at = time.monotonic()
            if not file.is_whole and not file.readers:
                self.forget(key, file)
            elif key in self.files:
                self.files.move_to_end(key)
                self.tidy_later()

    def make_room(self, size: int) -> None:
        """Removes the longest unused files until there is room for ``size`` bytes."""
        if size > self.max_bytes:
            raise SpoolFull(_("This file is larger than the portal can pass on. Ask your provider for it."))
        used = sum(file.size for file in self.files.values())
        free = shutil.disk_usage(self.folder).free - DISK_RESERVE
        missing = max(used + size - self.max_bytes, size - free)
        for key, file in list(self.files.items()):
            if missing > 0 and not file.readers:
                self.forget(key, file)
                missing -= file.size
        if missing > 0:
            raise SpoolFull(_("Too many large downloads are running. Try again in a few minutes."))

    def tidy_later(self) -> None:
        """Will look for files that nobody came back for."""
        if self.tidier:
            return
        self.tidier = Timer(KEPT_FOR + 1, self.tidy)
        self.tidier.daemon = True
        self.tidier.start()

    def tidy(self) -> None:
        """Removes files whose last reader went long ago."""
        with self.changed:
            self.tidier = None
            for key, file in list(self.files.items()):
                if not file.readers and time.monotonic() - file.left_at > KEPT_FOR:
                    self.forget(key, file)
            if self.files:
                self.tidy_later()

    def forget(self, key: str, file: SpooledFile) -> None:
        """Removes a file; readers that have it open keep their bytes."""
        if self.files.get(key) is file:
            del self.files[key]
            file.path.unlink(missing_ok=True)

    def fill(self, key: str, file: SpooledFile, source: Source) -> None:
        """Drains the hub into a file; a cut one is tried once more while nobody has had a byte of it."""
        with self.slots:
            try:
                try:
                    drain(source, file)
                except HubCutShort:
                    if file.was_read:
                        raise
                    drain(source, file)
            except BaseException as error:
                if not isinstance(error, Abandoned):
                    log.info("a file did not arrive whole: %r", error)
                with self.changed:
                    file.error = error
                    self.forget(key, file)
                    file.tell()

    def close(self) -> None:
        """Removes everything; for the end of the process."""
        atexit.unregister(self.close)
        if self.tidier:
            self.tidier.cancel()
        shutil.rmtree(self.folder, ignore_errors=True)
        self.lock.close()


def remove_leftovers(root: Path) -> None:
    """Removes the folders of processes that are no more."""
    for folder in root.iterdir():
        try:
            with (folder / "lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
        except BlockingIOError:
            continue
        except OSError:
            # Died before it had a lock, or is being made this moment.
            log.info("%s in the spool is nobody's", folder.name)
