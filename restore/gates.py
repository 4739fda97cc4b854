"""One mount at a time and hub, and no renewal under a running transfer."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition, Lock
from uuid import UUID

from django.db import connection

gates: defaultdict[UUID, Lock] = defaultdict(Lock)
transfers: Counter[str] = Counter()
transfers_changed = Condition()


@contextmanager
def one_at_a_time(hub_pk: UUID) -> Iterator[None]:
    """Mounts made at once can pick the same device at the hub and block it (hub/reference.md 8.1).

    A lock of this process; with PostgreSQL, which several processes may share, one of the database too.
    """
    with gates[hub_pk]:
        if connection.vendor != "postgresql":
            yield
            return
        name = f"mounts:{hub_pk}"
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(hashtext(%s))", [name])
        try:
            yield
        finally:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtext(%s))", [name])


@contextmanager
def transferring(remote_id: str) -> Iterator[None]:
    """While bytes come out of a mount."""
    with transfers_changed:
        transfers[remote_id] += 1
    try:
        yield
    finally:
        with transfers_changed:
            transfers[remote_id] -= 1
            if not transfers[remote_id]:
                del transfers[remote_id]
            transfers_changed.notify_all()


asked_back: set[str] = set()
"""Mounts (``remote_id``) that are to be closed as soon as no bytes come out of them."""


def is_asked_back(remote_id: str) -> bool:
    """Whether whoever reads from a mount should stop."""
    return remote_id in asked_back


@contextmanager
def asking_back(remote_id: str, seconds: float) -> Iterator[None]:
    """Lets the portal's own readers leave a mount before it is closed: a hub that closes it under them tells
    nobody and may keep its device busy (hub/reference.md 8.2)."""
    asked_back.add(remote_id)
    try:
        wait_for_transfers(remote_id, seconds)
        yield
    finally:
        asked_back.discard(remote_id)


def wait_for_transfers(remote_id: str, seconds: float) -> None:
    """Until no bytes come out of a mount; not longer than ``seconds``, which the hub's own cut bounds."""
    with transfers_changed:
        transfers_changed.wait_for(lambda: not transfers[remote_id], seconds)
