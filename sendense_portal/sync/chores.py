"""What the portal does by itself every now and then, besides following hubs; registered from ``apps.py``."""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta

from asgiref.sync import sync_to_async
from django.db import close_old_connections

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Chore:
    """``run`` is called in each process that syncs, so it must itself see that work is done once only."""

    name: str
    every: timedelta
    run: Callable[[], object]
    thread: str = "chores"
    """Chores of one name wait for each other; what people count on being in time has a name of its own."""


chores: list[Chore] = []


def register(chore: Chore) -> None:
    """Adds a chore."""
    chores.append(chore)


async def run_chores() -> None:
    """All chores, each in its rhythm, until cancelled; a chore that fails is tried again at its next time."""
    with ExitStack() as stack:
        threads = {
            name: stack.enter_context(ThreadPoolExecutor(max_workers=1, thread_name_prefix=name))
            for name in {chore.thread for chore in chores}
        }
        await asyncio.gather(*(repeat(chore, threads[chore.thread]) for chore in chores))


async def repeat(chore: Chore, thread: ThreadPoolExecutor) -> None:
    """One chore without end."""
    once = sync_to_async(guarded, thread_sensitive=False, executor=thread)
    while True:
        await once(chore)
        await asyncio.sleep(chore.every.total_seconds())


def guarded(chore: Chore) -> None:
    """Runs a chore; what goes wrong is logged and ends nothing else."""
    close_old_connections()
    try:
        chore.run()
    except Exception:
        log.exception("the chore %s failed", chore.name)
    finally:
        close_old_connections()
