"""The VMs of a folder: one sub-folder each, with disk images and an optional ``vm.toml``."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from localhub.clocks import Clock, now
from localhub.database import Database
from localhub.images import Image, ImageRefused, disk_images, open_image

GIB = 1 << 30


@dataclass(frozen=True)
class Vm:
    """A VM as its folder describes it."""

    name: str
    folder: Path
    cpu: int = 1
    memory_mb: int = 1024
    os: str = "linux"
    power: str = "poweredOn"

    def disks(self) -> list[Path]:
        return disk_images(self.folder)

    def images(self) -> list[Image]:
        """All disks, in the order of their index. Raises ImageRefused when one may not be read."""
        return [open_image(path) for path in self.disks()]


class VmFolder:
    """Finds VMs, and remembers in the database each that was ever seen: its backups outlive its folder."""

    def __init__(self, folder: Path, database: Database, clock: Clock, *, adds: bool = True) -> None:
        self.folder, self.database, self.clock, self.adds = folder, database, clock, adds

    def scan(self) -> dict[str, Vm]:
        """What the folder holds; where the hub finds VMs by itself, each becomes known."""
        found = self.listed()
        if self.adds:
            known = self.known()
            for name in found.keys() - known.keys():
                self.add(name)
        return found

    def listed(self) -> dict[str, Vm]:
        return {
            path.name: described(path)
            for path in sorted(self.folder.iterdir())
            if path.is_dir() and not path.name.startswith(".")
        }

    def known(self) -> dict[str, str]:
        """Names and context ids."""
        rows = self.database.rows("SELECT vm_name, context_id FROM vm_contexts")
        return {row["vm_name"]: row["context_id"] for row in rows}

    def add(self, name: str) -> str:
        """Makes a VM known; its context id."""
        moment = now()
        context_id = f"ctx-{name}-{self.clock.stamp(moment)}"
        self.database.change("INSERT OR IGNORE INTO vm_contexts VALUES (?, ?, ?)", context_id, name, moment)
        return context_id

    def context_id(self, name: str) -> str | None:
        """The id of a VM by its exact name; None when there never was one."""
        self.scan()
        row = self.database.row("SELECT context_id FROM vm_contexts WHERE vm_name = ?", name)
        return str(row["context_id"]) if row else None

    def get(self, name: str) -> Vm | None:
        """The VM when its folder is there now."""
        return self.scan().get(name)


def described(folder: Path) -> Vm:
    """Reads ``vm.toml``; what is missing or not understood there keeps its default."""
    try:
        about = tomllib.loads((folder / "vm.toml").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        about = {}
    told = {
        name: about[name]
        for name, kind in (("cpu", int), ("memory_mb", int), ("os", str), ("power", str))
        if isinstance(about.get(name), kind)
    }
    return Vm(folder.name, folder, **told)


def size_gb(path: Path) -> int:
    """Whole GiB, rounded up; 0 when the image can't be read."""
    try:
        return -(-open_image(path).size // GIB)
    except ImageRefused:
        return 0
