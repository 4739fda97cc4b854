"""A download of 2 GB through the portal: against curl from the hub, and what it costs in memory."""

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import requests

from tests.bench.pairs import seconds
from tests.bench.products import name_of, product
from tests.localhub_process import LocalHub
from tests.portal_process import PortalProcess
from tests.visitor import Visitor

LIMIT = 125_000_000
ROUNDS = 3
READERS = 20
HELD = 10
"""Seconds; the hub ends each answer after 15."""


def measure() -> Iterator[str]:
    """Bytes per second through the portal as a share of curl's from the hub."""
    for rate, goal in ((LIMIT, 0.9), (None, 0.3)):
        with product(download_rate=rate) as (hub, portal, visitor, mount):
            shares = []
            for number in range(ROUNDS):
                straight = curl(hub_link(hub, number))
                through = curl(portal_link(portal, mount, number), cookies(visitor))
                shares.append(through / straight)
                name = "limited to 125 MB/s" if rate else "unlimited"
                yield (
                    f"hub {name}: portal {through / 1e6:.0f} MB/s, "
                    f"curl from the hub {straight / 1e6:.0f} MB/s: {through / straight:.2f}×"
                )
            yield f"median {sorted(shares)[ROUNDS // 2]:.2f}× (goal ≥ {goal}×)"


def measure_many() -> Iterator[str]:
    """Bytes of twenty downloads at once, of three files, in the same seconds: through the portal as a share
    of curl's from the hub."""
    with product() as (hub, portal, visitor, mount):
        shares = []
        for number in range(ROUNDS):
            straight = together([hub_link(hub, one % ROUNDS) for one in range(READERS)])
            through = together(
                [portal_link(portal, mount, one % ROUNDS) for one in range(READERS)], cookies(visitor)
            )
            shares.append(through / straight)
            yield (
                f"round {number + 1}, {READERS} at once: portal {through / 1e6:.0f} MB/s in all, "
                f"curl from the hub {straight / 1e6:.0f} MB/s: {through / straight:.2f}×"
            )
        yield f"median {sorted(shares)[ROUNDS // 2]:.2f}× (goal ≥ 0.3×)"


def together(links: list[str], cookie: str = "") -> float:
    """Bytes per second of all links together, read for HELD seconds."""
    command = [
        "curl",
        "-s",
        "-o",
        "/dev/null",
        "--max-time",
        str(HELD),
        "-b",
        cookie,
        "-w",
        "%{size_download}",
    ]
    running = [subprocess.Popen([*command, link], stdout=subprocess.PIPE, text=True) for link in links]
    sizes = [float(process.communicate()[0]) for process in running]
    assert all(sizes), "a reader got nothing"
    return sum(sizes) / HELD


def measure_memory() -> Iterator[str]:
    """Memory of the server process above idle, with one fast, three slow and twenty readers at once (goal
    ≤ 64 MB), and how long a page takes meanwhile."""
    with product() as (_, portal, visitor, mount):
        server = server_pids(portal)[0]
        cases = (
            ("one fast reader", 1, None),
            ("three readers at 10 MB/s", 3, "10M"),
            ("twenty readers at 10 MB/s", 20, "10M"),
        )
        for number, (name, readers, rate) in enumerate(cases):
            idle = resident(server)
            link = portal_link(portal, mount, number)
            processes = [reader(link, cookies(visitor), rate) for _ in range(readers)]
            highest, slowest = idle, 0.0
            end = time.monotonic() + 20
            while time.monotonic() < end and any(process.poll() is None for process in processes):
                highest = max(highest, resident(server))
                slowest = max(slowest, seconds(lambda: visitor.get("/restore/mounts/")))
                time.sleep(0.05)
            for process in processes:
                process.kill()
                process.wait()
            yield (
                f"{name}: {(highest - idle) / 1e6:.0f} MB above idle of {idle / 1e6:.0f} MB (goal ≤ 64 MB); "
                f"slowest page meanwhile {slowest * 1000:.0f} ms"
            )


def hub_link(hub: LocalHub, number: int) -> str:
    """The file at the hub itself."""
    mount = requests.get(f"{hub.url}/api/v1/restore/mounts", timeout=20).json()["mounts"][0]["mount_id"]
    return f"{hub.url}/api/v1/restore/{mount}/download?path=/partition-1/{name_of(number)}"


def portal_link(portal: PortalProcess, mount: str, number: int) -> str:
    """The same file through the portal."""
    return f"{portal.address}/restore/mounts/{mount}/file/?path=/partition-1/{name_of(number)}"


def cookies(visitor: Visitor) -> str:
    """The visitor's session for curl."""
    return f"sessionid={visitor.session.cookies['sessionid']}"


def curl(link: str, cookie: str = "") -> float:
    """Bytes per second of one whole download, as curl sees it."""
    command = [
        "curl",
        "-s",
        "-f",
        "-o",
        "/dev/null",
        "-b",
        cookie,
        "-w",
        "%{size_download} %{time_total}",
        link,
    ]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    size, seconds = float(printed[0]), float(printed[1])
    assert size > 2e9, f"only {size} bytes came"
    return size / seconds


def reader(link: str, cookie: str, rate: str | None) -> "subprocess.Popen[bytes]":
    """curl in the background, held back to a rate."""
    limit = ["--limit-rate", rate] if rate else []
    return subprocess.Popen(["curl", "-s", "-o", "/dev/null", "-b", cookie, *limit, link])


def server_pids(portal: PortalProcess) -> list[int]:
    """The portal's processes: the children of script/server, the one that serves pages first."""
    assert portal.process is not None
    children = subprocess.run(
        ["pgrep", "-P", str(portal.process.pid), "-f", "manage.py"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [int(pid) for pid in children.stdout.split()]


def resident(pid: int, kind: str = "VmRSS") -> int:
    """Resident memory of a process in bytes; ``RssAnon`` is what is its own alone."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{kind}:"):
            return int(line.split()[1]) * 1024
    raise ProcessLookupError(pid)
