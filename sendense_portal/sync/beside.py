"""Work that a chore begins and does not wait for, each piece once a process."""

import logging
from collections.abc import Callable
from threading import Lock, Thread
from uuid import UUID

from django.db import connection

log = logging.getLogger(__name__)


class Beside:
    """Threads by what they work on; no more than ``most`` at a time, where that is given."""

    def __init__(self, name: str, most: int | None = None) -> None:
        self.name, self.most = name, most
        self.busy: set[UUID] = set()
        self.lock = Lock()

    def begin(self, key: UUID, work: Callable[[], object]) -> None:
        """Does it in a thread of its own, unless it is under way or there are enough."""
        with self.lock:
            if key in self.busy or (self.most is not None and len(self.busy) >= self.most):
                return
            self.busy.add(key)
        Thread(target=self.run, args=(key, work), name=self.name, daemon=True).start()

    def run(self, key: UUID, work: Callable[[], object]) -> None:
        """The work, whose faults are logged and end nothing else."""
        try:
            work()
        except Exception:
            log.exception("%s of %s stopped", self.name, key)
        finally:
            self.busy.discard(key)
            connection.close()
