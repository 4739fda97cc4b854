"""A folder of 100,000 entries on a real disk: seen for the first time, and any rows of it again."""

import statistics
import subprocess
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import requests

from tests.bench.pairs import seconds
from tests.bench.products import product_over
from tests.visitor import Visitor

ENTRIES = 100_000
ROUNDS = 9
ROWS = {"HX-Request": "true", "HX-Target": "file-rows"}
AGAIN = {
    "the first rows": "page=1",
    "rows in the middle": "page=500",
    "the last rows": "page=1000",
    "by size, largest first, in the middle": "sort=-size&page=500",
    "by time, in the middle": "sort=modified&page=500",
    "those with 77 in the name": "q=77&page=5",
    "a typed name": "jump=entry-05",
}


def measure() -> Iterator[str]:
    """Seconds of the first look against the hub's own answer; milliseconds of any rows again (goal ≤ 200)."""
    with TemporaryDirectory(prefix="sendense-bench-") as name:
        folder = Path(name)
        long_folder(folder / "vms" / "many01")
        with product_over(folder, "many01") as (hub, _portal, visitor, mount):
            at_hub = f"{hub.url}/api/v1/restore"
            remote = requests.get(f"{at_hub}/mounts", timeout=20).json()["mounts"][0]["mount_id"]
            straight = seconds(
                lambda: requests.get(f"{at_hub}/{remote}/files?path=/partition-1/many", timeout=120)
            )
            first = first_look(visitor, f"/restore/mounts/{mount}/files/?path=/partition-1/many")
            yield f"first seen {first:.1f} s, the hub's own answer {straight:.1f} s: {first / straight:.2f}×"
            address = f"/restore/mounts/{mount}/files/?path=/partition-1/many"
            for what, query in AGAIN.items():
                times = [
                    seconds(partial(visitor.get, f"{address}&{query}", headers=ROWS)) for _ in range(ROUNDS)
                ]
                yield f"again, {what}: {statistics.median(times) * 1000:.0f} ms (goal ≤ 200 ms)"
            whole = [seconds(lambda: visitor.get(address)) for _ in range(ROUNDS)]
            yield f"again, the whole page: {statistics.median(whole) * 1000:.0f} ms (goal ≤ 200 ms)"


def long_folder(vm: Path) -> None:
    """A VM whose only disk is an XFS with one folder: making an ext4 of so many names takes minutes."""
    vm.mkdir(parents=True)
    lines = ["/dev/null", "0 0", "d--755 0 0", "many d--755 0 0"]
    lines += [f"entry-{number:06} ---644 0 0 /dev/null" for number in range(ENTRIES)]
    (vm / "proto").write_text("\n".join([*lines, "$", "$", ""]), encoding="ascii")
    with (vm / "disk0.raw").open("wb") as disk:
        disk.truncate(320 << 20)
    subprocess.run(["mkfs.xfs", "-q", "-f", "-p", str(vm / "proto"), str(vm / "disk0.raw")], check=True)
    (vm / "proto").unlink()


def first_look(visitor: Visitor, address: str) -> float:
    """Seconds until the folder is shown, asking again as its page does."""
    began = time.perf_counter()
    while visitor.get(address).status_code == 202:
        time.sleep(0.1)
    return time.perf_counter() - began
