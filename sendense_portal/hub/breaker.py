"""A circuit breaker: after a hub has failed, calls fail at once for a while instead of each waiting for its
timeout.
"""

from __future__ import annotations

import threading
import time

FAILURES_TO_OPEN = 3
OPEN_SECONDS = 5.0


class Breaker:
    """Counts consecutive connection failures of one hub; thread-safe.

    Open after `failures` in a row, or at once after a decisive one (a connection that timed out: the next
    would cost as long). While open `allow()` is False; after `seconds` one caller gets True as the trial, the
    others wait for its end.
    """

    def __init__(self, failures: int = FAILURES_TO_OPEN, seconds: float = OPEN_SECONDS) -> None:
        self._lock = threading.Lock()
        self._failures = failures
        self._seconds = seconds
        self._count = 0
        self._open_until: float | None = None
        self._trial_since: float | None = None

    def allow(self) -> bool:
        """Whether a call may go out now."""
        with self._lock:
            if self._open_until is None:
                return True
            now = time.monotonic()
            if now < self._open_until:
                return False
            # A trial whose thread died must not close the door for ever.
            if self._trial_since is not None and now - self._trial_since < 60:
                return False
            self._trial_since = now
            return True

    def succeeded(self) -> None:
        """The hub answered, whatever it said."""
        with self._lock:
            self._count = 0
            self._open_until = self._trial_since = None

    def failed(self, *, decisive: bool = False) -> None:
        """No connection, or no answer in time."""
        with self._lock:
            self._count += 1
            if decisive or self._count >= self._failures or self._trial_since is not None:
                self._open_until = time.monotonic() + self._seconds
            self._trial_since = None
