"""What an archive costs in memory while it is packed in the background and fetched: one of very many files,
and one of very many bytes."""

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.downloads import cookies, resident, server_pids
from tests.bench.products import product_over
from tests.bench.walks import FILES, FOLDERS, file_server
from tests.portal_process import PortalProcess
from tests.visitor import Visitor

LARGE, EACH = 50, 2 * 10**9
"""Large files, and bytes of each."""


def measure() -> Iterator[str]:
    """Memory of the portal's processes above idle, together (goal ≤ 64 MB)."""
    with TemporaryDirectory(prefix="sendense-bench-") as name:
        folder = Path(name)
        file_server(folder / "vms" / "files01")
        with product_over(folder, "files01") as (_, portal, visitor, mount):
            for archive_format in ("zip", "tar.zst"):
                what = f"{FOLDERS * FILES:,} files as {archive_format}"
                yield from packed(portal, visitor, mount, what, archive_format)
    with TemporaryDirectory(prefix="sendense-bench-") as name:
        folder = Path(name)
        large_files(folder / "vms" / "large01")
        with product_over(folder, "large01") as (_, portal, visitor, mount):
            what = f"{LARGE} files, {LARGE * EACH / 1e9:.0f} GB, as tar.zst"
            yield from packed(portal, visitor, mount, what, "tar.zst")


def large_files(vm: Path) -> None:
    """A VM whose only disk is an ext4 with one file of holes under many names, each of which the portal
    fetches anew."""
    content = vm.parent.parent / "content"
    content.mkdir(parents=True)
    vm.mkdir(parents=True)
    with (content / "large-00").open("wb") as file:
        file.truncate(EACH)
    for number in range(1, LARGE):
        (content / f"large-{number:02}").hardlink_to(content / "large-00")
    command = ["mkfs.ext4", "-q", "-F", "-d", str(content), str(vm / "disk0.raw"), "64M"]
    subprocess.run(command, check=True, capture_output=True)


def packed(
    portal: PortalProcess, visitor: Visitor, mount: str, what: str, archive_format: str
) -> Iterator[str]:
    """One archive, from its order until the last byte was fetched."""
    processes = server_pids(portal)
    visitor.get("/restore/mounts/")
    idle, began = together(processes), time.monotonic()
    answer = visitor.post(
        f"/restore/mounts/{mount}/pack/", {"path": "/partition-1", "format": archive_format}
    )
    key = answer.url.rstrip("/").rpartition("/")[2]
    highest = idle
    page = f"/restore/parcels/{key}/"
    while b"/file/" not in visitor.get(page).content:
        for _ in range(10):
            highest = max(highest, together(processes))
            time.sleep(0.2)
        assert visitor.rows("restore.Parcel", "state")[0]["state"] != "failed"
    took = time.monotonic() - began
    yield f"{what}, packed in {took:.0f} s: {(highest - idle) / 1e6:.0f} MB above idle of {idle / 1e6:.0f} MB"
    manifests = len(visitor.rows("restore.Manifest", "id"))
    fetching = subprocess.Popen(
        ["curl", "-s", "-f", "-o", "/dev/null", "-b", cookies(visitor), f"{portal.address}{page}file/"]
    )
    highest = idle
    while fetching.poll() is None:
        highest = max(highest, together(processes))
        time.sleep(0.05)
    assert fetching.returncode == 0
    until = time.monotonic() + 30  # its manifest is signed when the last byte has left
    while time.monotonic() < until and len(visitor.rows("restore.Manifest", "id")) == manifests:
        highest = max(highest, together(processes))
    yield f"{what}, fetched and signed: {(highest - idle) / 1e6:.0f} MB above idle"


def together(processes: list[int]) -> int:
    """Bytes of all of them. SQLite maps the file of the database, which grows with the names that were
    listed: those pages are the system's, and not counted."""
    return sum(resident(process, "RssAnon") for process in processes)
