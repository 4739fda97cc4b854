"""Changes files inside a VM's disks while it is off, so that the next incremental has something to find."""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from localhub.browsing.browser import Browser
from localhub.browsing.filesystems import BrowseError
from localhub.images import open_image
from localhub.processes import ProgramFailed
from localhub.samples.building import tool
from localhub.samples.partition_tables import FIRST
from localhub.vms import Vm


def change_vm(folder: Path) -> list[str]:
    """One sentence for each change. Raises ProgramFailed for disks that are not like the samples'."""
    said = []
    for number, path in enumerate(Vm(folder.name, folder).disks()):
        image = open_image(path)
        if image.format != "raw":
            raise ProgramFailed(f"{path.name} is not a raw disk, as the samples' are")
        said += [f"disk {number}: {line}" for line in change_disk(path)]
    return said


def change_disk(path: Path) -> list[str]:
    browser = Browser(path, "raw")
    try:
        filesystem = browser.volumes[0].name
        names = [entry.name for entry in browser.listing(1, [])]
        notes = sum(name.startswith("changed-") for name in names)
        gone = next((place for place in REMOVABLE if exists(browser, place)), None)
    finally:
        browser.close()
    change = change_ext if filesystem.startswith("ext") else change_fat
    if filesystem != "vfat" and change is change_fat:
        raise ProgramFailed(f"{path.name} holds {filesystem}, which can't be changed from here")
    return change(path, notes + 1, gone)


REMOVABLE = ("var/www/html/page-060.html", "var/www/html/page-059.html", "Invoices/2025/summary.csv")


def exists(browser: Browser, place: str) -> bool:
    try:
        browser.entry(1, place.split("/"))
    except BrowseError:
        return False
    return True


def change_ext(path: Path, number: int, gone: str | None) -> list[str]:
    def run(new: Path, noise: Path) -> None:
        script = [f"rm /{gone}"] if gone else []
        script += ["rm /activity.log", f"write {noise} activity.log", f"write {new} changed-{number}.txt"]
        tool("debugfs", "-w", "-f", "-", f"{path}?offset={FIRST}", stdin="\n".join(script) + "\n")

    return changed(run, number, gone, "activity.log")


def change_fat(path: Path, number: int, gone: str | None) -> list[str]:
    inside = f"{path}@@{FIRST}"

    def run(new: Path, noise: Path) -> None:
        if gone:
            tool("mdel", "-i", inside, f"::/{gone}")
        tool("mcopy", "-o", "-i", inside, str(noise), "::/activity.log")
        tool("mcopy", "-o", "-i", inside, str(new), f"::/changed-{number}.txt")

    return changed(run, number, gone, "activity.log")


def changed(run: Callable[[Path, Path], None], number: int, gone: str | None, noise_name: str) -> list[str]:
    with tempfile.TemporaryDirectory(prefix="localhub-change-") as folder:
        new, noise = Path(folder) / "new", Path(folder) / "noise"
        new.write_text(f"change {number} at {time.strftime('%Y-%m-%d %H:%M:%S', time.gmtime())} UTC\n")
        noise.write_bytes(f"{time.time_ns()}\n".encode() * 20_000)
        run(new, noise)
        size = noise.stat().st_size
    said = [f"wrote /changed-{number}.txt", f"rewrote /{noise_name} ({size} bytes)"]
    return said + ([f"removed /{gone}"] if gone else [])
