"""Folders on their way from a hub: each asked for once, by a thread of its own, however long it takes.

A page waits for it a moment and then says how far it is; whoever asks again finds it where it is. Nothing
here knows the database: who finds a listing done writes it down (``FolderService``).
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import BoundedSemaphore, Event, Lock, Thread

from sendense_portal.hub import records

AT_ONCE = 8
KEPT_FOR = 120.0
"""Seconds that an answer waits for somebody to ask for it again."""

Listed = list[records.FileEntry]
Fetch = Callable[[Callable[[int], None]], Listed]
"""Asks the hub; tells the function it is given how many bytes have arrived."""


class StillListing(Exception):
    """The hub is not done; ask again. ``seconds`` it takes so far, ``arrived`` bytes of the answer."""

    def __init__(self, path: str, seconds: float, arrived: int) -> None:
        self.path = path
        self.seconds = seconds
        self.arrived = arrived
        super().__init__("the hub is still listing")


@dataclass
class Listing:
    """One folder that is asked for."""

    path: str
    began: float = field(default_factory=time.monotonic)
    arrived: int = 0
    done: Event = field(default_factory=Event)
    listed: Listed | None = None
    error: BaseException | None = None

    def note(self, size: int) -> None:
        """So many bytes have arrived."""
        self.arrived = size

    def run(self, fetch: Fetch) -> None:
        """Asks the hub, when its turn has come."""
        try:
            with slots:
                self.listed = fetch(self.note)
        except BaseException as error:
            self.error = error
        finally:
            self.began, self.arrived = time.monotonic(), 0
            self.done.set()

    def result(self) -> Listed:
        """What came of it."""
        if self.error:
            raise self.error
        return self.listed or []


running: dict[str, Listing] = {}
lock = Lock()
slots = BoundedSemaphore(AT_ONCE)


def listed(key: str, path: str, fetch: Fetch, patience: float | None) -> Listed:
    """The entries of the folder that ``key`` names in all the world, asked for unless that is under way.

    Waits for ``patience`` seconds (None: to the end), then raises StillListing; raises what ``fetch`` does.
    """
    with lock:
        for other in [name for name, listing in running.items() if is_forgotten(listing)]:
            del running[other]
        listing = running.get(key)
        if listing is None:
            listing = running[key] = Listing(path)
            Thread(target=listing.run, args=(fetch,), name="listing", daemon=True).start()
    if not listing.done.wait(patience):
        raise StillListing(path, time.monotonic() - listing.began, listing.arrived)
    with lock:
        if running.get(key) is listing:
            del running[key]
    return listing.result()


def is_forgotten(listing: Listing) -> bool:
    """Whether it was done long ago and nobody came for it."""
    return listing.done.is_set() and time.monotonic() - listing.began > KEPT_FOR
