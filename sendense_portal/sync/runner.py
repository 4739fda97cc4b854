"""Runs the chores and a follower for every enabled hub, in threads beside the web server's event loop."""

import asyncio
import logging
import uuid
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

from asgiref.sync import sync_to_async

from sendense_portal.live.events import publish
from sendense_portal.sync import leases
from sendense_portal.sync.chores import run_chores
from sendense_portal.sync.follower import HubFollower
from sendense_portal.tenancy.models import HubConnection

log = logging.getLogger(__name__)
LOOK_FOR_HUBS_EVERY = 5.0


async def run_forever() -> None:
    """Follows hubs until cancelled; a hub that is added, removed or disabled is noticed in seconds."""
    holder = str(uuid.uuid4())
    tasks: dict[UUID, asyncio.Task[None]] = {}
    by_itself = asyncio.create_task(run_chores(), name="chores")
    try:
        while True:
            wanted = set(await enabled_hubs())
            for pk in wanted - tasks.keys():
                tasks[pk] = asyncio.create_task(follow(HubFollower(pk, holder)), name=f"sync {pk}")
            for pk in tasks.keys() - wanted:
                tasks.pop(pk).cancel()
            await asyncio.sleep(LOOK_FOR_HUBS_EVERY)
    finally:
        ending = [by_itself, *tasks.values()]
        for task in ending:
            task.cancel()
        await asyncio.gather(*ending, return_exceptions=True)
        await sync_to_async(leases.release)(holder)


async def follow(follower: HubFollower) -> None:
    """Rounds without end. A fault of ours is logged and waited out: sync must outlive it."""
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="sync") as thread:
        one_round = sync_to_async(follower.round, thread_sensitive=False, executor=thread)
        while True:
            try:
                for event in await one_round():
                    await publish(event)
            except Exception:
                log.exception("a sync round failed")
                await asyncio.sleep(5)
            await asyncio.sleep(follower.due_in())


@sync_to_async
def enabled_hubs() -> list[UUID]:
    """Ids of the hubs to follow."""
    return list(HubConnection.objects.filter(enabled=True).values_list("pk", flat=True))
