"""The whole product with one big VM, for measurements of bytes."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.localhub_process import LocalHub
from tests.portal_process import PortalProcess
from tests.visitor import Visitor

LINKS = 6
"""Names of the one big file: the portal spools by name, so that each is fetched from the hub anew."""


def big_vm(folder: Path, gibibytes: int = 2) -> Path:
    """A VM whose only disk is a bare ext4 with one big file under several names; returns the disk."""
    content = folder.parent / "content"
    content.mkdir(parents=True, exist_ok=True)
    (folder / "big01").mkdir(parents=True)
    with (content / "big.bin").open("wb") as file, Path("/dev/urandom").open("rb") as random:
        for _ in range(gibibytes * 64):
            file.write(random.read(2**24))
    for number in range(LINKS):
        (content / name_of(number)).hardlink_to(content / "big.bin")
    disk = folder / "big01" / "disk0.raw"
    size = f"{gibibytes * 1024 + 300}M"
    command = ["mkfs.ext4", "-q", "-F", "-O", "^has_journal", "-m", "0", "-d", str(content), str(disk), size]
    subprocess.run(command, check=True, capture_output=True)
    shutil.rmtree(content)
    return disk


def name_of(number: int) -> str:
    """One of the big file's names."""
    return f"big-{number}.bin"


@contextmanager
def product(*, download_rate: int | None = None) -> Iterator[tuple[LocalHub, PortalProcess, Visitor, str]]:
    """Hub, portal, a signed-in visitor, and the id of an open mount of the big VM's backup."""
    with TemporaryDirectory(prefix="sendense-bench-") as name:
        folder = Path(name)
        big_vm(folder / "vms")
        with product_over(folder, "big01", download_rate=download_rate or 0) as made:
            yield made


@contextmanager
def product_over(
    folder: Path, vm: str, *, download_rate: int = 0
) -> Iterator[tuple[LocalHub, PortalProcess, Visitor, str]]:
    """The same over the VMs that lie in ``folder / "vms"``, with the first disk of one of them open."""
    # The hub's cut after fifteen seconds would end a limited download of 2 GB; not measured here.
    hub = LocalHub(folder / "vms", folder / "state", answer_limit=600, download_rate=download_rate)
    with hub:
        (folder / "token").write_text(hub.token)
        options = ("--hub", hub.url, "--token-file", str(folder / "token"))
        with PortalProcess(folder / "data", *options) as portal:
            visitor = Visitor(portal)
            visitor.first_run()
            backup = visitor.back_up(visitor.wait_for_vms(1)[vm])
            visitor.wait_for_backups(backup)
            yield hub, portal, visitor, visitor.open_point(backup)
