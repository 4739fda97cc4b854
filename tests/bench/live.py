"""From the hub's change to a hundred open sockets."""

import asyncio
import json
import re
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import requests
from websockets.asyncio.client import ClientConnection, connect

from tests.localhub_process import LocalHub, sample_vms
from tests.portal_process import PortalProcess
from tests.visitor import Visitor

SOCKETS = 100
GOAL = 2.0


def measure() -> Iterator[str]:
    """Seconds from a change of the hub's own numbers to the message on each socket (goal ≤ 2 s)."""
    with TemporaryDirectory(prefix="sendense-bench-") as name:
        folder = Path(name)
        vms = sample_vms(folder / "vms", "web01")
        with LocalHub(vms, folder / "state", copy_rate=8 * 2**20) as hub:
            (folder / "token").write_text(hub.token)
            options = ("--hub", hub.url, "--token-file", str(folder / "token"))
            with PortalProcess(folder / "data", *options) as portal:
                visitor = Visitor(portal)
                visitor.first_run()
                backup = visitor.back_up(visitor.wait_for_vms(1)["web01"])
                delays = asyncio.run(listen(hub, visitor, backup))
                ordered = sorted(delays)
                yield (
                    f"{SOCKETS} sockets, {len(delays)} messages: median {statistics.median(delays):.2f} s, "
                    f"p95 {ordered[int(len(ordered) * 0.95)]:.2f} s, longest {ordered[-1]:.2f} s "
                    f"(goal ≤ {GOAL} s)"
                )


async def listen(hub: LocalHub, visitor: Visitor, backup: str) -> list[float]:
    """Delays of every percent that the hub showed, on every socket, for ten seconds."""
    seen_at_hub: dict[str, float] = {}
    heard: list[tuple[str, float]] = []
    end = time.monotonic() + 12
    watch = asyncio.create_task(watch_hub(hub, seen_at_hub, end))
    headers = {
        "Cookie": f"sessionid={visitor.session.cookies['sessionid']}",
        "Origin": visitor.portal.address,
    }
    address = visitor.portal.address.replace("http", "ws") + "/live/"
    sockets = [await connect(address, additional_headers=headers) for _ in range(SOCKETS)]
    await asyncio.gather(*(follow(socket, backup, heard, end) for socket in sockets))
    await watch
    return [at - seen_at_hub[percent] for percent, at in heard if percent in seen_at_hub]


async def watch_hub(hub: LocalHub, seen: dict[str, float], end: float) -> None:
    """Notes when each whole percent is first to be read at the hub."""
    while time.monotonic() < end:
        answer = await asyncio.to_thread(requests.get, f"{hub.url}/api/v1/backups?status=running", timeout=5)
        for job in answer.json()["backups"]:
            seen.setdefault(str(int(job["progress_percent"])), time.monotonic())
        await asyncio.sleep(0.02)


async def follow(socket: ClientConnection, backup: str, heard: list[tuple[str, float]], end: float) -> None:
    """Notes when each percent comes."""
    await socket.send(json.dumps({"watch": [f"backup:{backup}:progress:list"]}))
    while (left := end - time.monotonic()) > 0:
        try:
            message = await asyncio.wait_for(socket.recv(), left)
        except TimeoutError:
            break
        if found := re.search(r'max="100" value="(\d+)"', str(message)):
            heard.append((found[1], time.monotonic()))
    await socket.close()
