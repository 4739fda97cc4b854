"""The login of one hub connection: as few as can be, one at a time (hub contract, surprise 7).

A hub keeps its sessions in memory without a lock: a login beside other guarded requests can end its process.
So a login waits for this process's guarded requests to come home, and they wait for it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from .errors import HubLoginFailed

_QUIET_SECONDS = 2.0  # how long a login waits for guarded requests under way
_REFUSAL_SECONDS = 5.0  # how long a refused login is not repeated


class Login:
    """Holds the session; `sign_in` is the call that fetches a new one from the hub. Thread-safe."""

    def __init__(self, sign_in: Callable[[], str] | None) -> None:
        self._sign_in = sign_in
        self._changed = threading.Condition()
        self._session: str | None = None
        self._generation = 0
        self._busy = False
        self._under_way = 0
        self._refusal: tuple[float, HubLoginFailed] | None = None

    @property
    def possible(self) -> bool:
        return self._sign_in is not None

    def enter(self, guarded: bool) -> tuple[int, dict[str, str]]:
        """Before a request: the session's generation and headers. Logs in first if a guarded route needs
        it.
        """
        while True:
            with self._changed:
                while self._busy and guarded:
                    self._changed.wait()
                if self._session is not None or not guarded or self._sign_in is None:
                    self._under_way += guarded
                    headers = {} if self._session is None else {"Authorization": f"Bearer {self._session}"}
                    return self._generation, headers
                self._raise_recent_refusal()
                self._busy = True
            self._renew()

    def leave(self, guarded: bool) -> None:
        """After a request that entered."""
        with self._changed:
            self._under_way -= guarded
            self._changed.notify_all()

    def outdated(self, generation: int) -> None:
        """The hub answered 401 to a request of this generation. Does nothing if another thread has seen to
        it.
        """
        with self._changed:
            if generation == self._generation:
                self._session = None

    def forget_refusal(self) -> None:
        """Let the next login ask the hub again, as a connection test should."""
        with self._changed:
            self._refusal = None

    def _raise_recent_refusal(self) -> None:
        if self._refusal and time.monotonic() - self._refusal[0] < _REFUSAL_SECONDS:
            known = self._refusal[1]
            raise HubLoginFailed(known.code, known.sentence, status=known.status, detail=known.detail)

    def _renew(self) -> None:
        assert self._sign_in is not None
        session: str | None = None
        refusal: HubLoginFailed | None = None
        try:
            with self._changed:
                self._changed.wait_for(lambda: self._under_way == 0, timeout=_QUIET_SECONDS)
            session = self._sign_in()
        except HubLoginFailed as error:
            refusal = error
            raise
        finally:
            with self._changed:
                self._busy = False
                self._session = session
                self._generation += 1
                self._refusal = (time.monotonic(), refusal) if refusal else None
                self._changed.notify_all()
