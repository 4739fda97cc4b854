"""One file in the spool, while it fills and after."""

from collections.abc import Callable
from pathlib import Path
from threading import Condition


class Abandoned(Exception):
    """Whoever wanted the file left before it was whole."""


class SpooledFile:
    """How much of a file is there, and who waits for more. Change it with ``changed`` held."""

    def __init__(self, path: Path, size: int, changed: Condition) -> None:
        self.path = path
        self.size = size
        self.changed = changed
        self.filled = 0
        self.is_sending = False
        """The hub has begun to send."""
        self.is_whole = False
        self.was_read = False
        self.error: BaseException | None = None
        self.sha256 = ""
        self.readers = 0
        self.left_at = 0.0
        """When its last reader went (``time.monotonic``)."""
        self.listeners: set[Callable[[], None]] = set()

    @property
    def readable(self) -> int:
        """Bytes that may be handed out. The last one only when the whole file is known to be there: nobody
        takes a cut file for a whole one."""
        return self.size if self.is_whole else min(self.filled, self.size - 1)

    def tell(self) -> None:
        """Wakes whoever waits."""
        self.changed.notify_all()
        for listener in self.listeners:
            listener()
