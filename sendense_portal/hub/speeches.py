"""Which dialect a hub speaks: found without side effects, kept, and found anew when the hub was exchanged."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from . import wire
from .dialects import Speech
from .dialects.older import Older
from .dialects.today import Today
from .door import Door
from .errors import Code, HubError, HubNotFound, HubProtocolError
from .records import Dialect

R = TypeVar("R")

# Both answer an empty list without a filter, need no login and change nothing (hub contract, "Two dialects").
_SIGNS = {Dialect.TODAY: "/api/v1/backups", Dialect.OLDER: "/api/v1/backup/list"}


class Speeches:
    """The dialects of one hub, of which it speaks one; thread-safe."""

    def __init__(self, door: Door, dialect: Dialect | None) -> None:
        self._door = door
        self._finding = threading.Lock()
        self.dialect = dialect
        self._speeches: dict[Dialect, Speech] = {Dialect.TODAY: Today(door), Dialect.OLDER: Older(door)}

    def call(self, call: Callable[[Speech], R]) -> R:
        """Do something in the hub's dialect.

        A plain-text 404 says that the hub was exchanged for one of the other dialect, and that nothing was
        done: then it is done once more, in that one.
        """
        speech = self._speeches[self.dialect or self.find(only_if_unknown=True)]
        try:
            return call(speech)
        except HubNotFound as error:
            if error.code is not Code.ROUTE_MISSING:
                raise
            now = self._speeches[self.find()]
            if now is speech:
                raise
            return call(now)

    def find(self, *, only_if_unknown: bool = False) -> Dialect:
        """Ask the hub. `HubProtocolError` not_a_hub if it speaks neither."""
        with self._finding:
            if only_if_unknown and self.dialect is not None:
                return self.dialect  # another thread was first
            trouble: HubError | None = None
            for dialect, path in _SIGNS.items():
                try:
                    self._door.read(path, wire.Jobs)
                except (HubNotFound, HubProtocolError) as error:
                    trouble = error
                else:
                    self.dialect = dialect
                    return dialect
        assert trouble is not None
        raise not_a_hub(trouble) from trouble


def not_a_hub(error: HubError) -> HubProtocolError:
    sentence = "What answers at this address is not a Sendense hub that this portal can talk to."
    return HubProtocolError(Code.NOT_A_HUB, sentence, status=error.status, detail=error.detail)
