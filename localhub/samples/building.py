"""Builds the sample VMs: ``python -m localhub sample-vms DIR``."""

import os
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from localhub.processes import ProgramFailed, ProgramMissing
from localhub.samples import trees
from localhub.samples.partition_tables import (
    FAT32_LBA,
    FIRST,
    NAMESPACE,
    SECTOR,
    Extent,
    write_gpt,
    write_mbr,
)

TOOLS = {"mkfs.ext4": "e2fsprogs", "debugfs": "e2fsprogs", "mkfs.vfat": "dosfstools", "mcopy": "mtools"}
MIB = 1 << 20


@dataclass(frozen=True)
class SampleDisk:
    """One disk with one partition. ``megabytes`` is the size the guest sees."""

    name: str
    megabytes: int
    label: str
    filesystem: str
    tree: Callable[[Path], None]


@dataclass(frozen=True)
class SampleVm:
    name: str
    about: str
    disks: list[SampleDisk] = field(default_factory=list)


SAMPLES = [
    SampleVm(
        "web01",
        'cpu = 2\nmemory_mb = 4096\nos = "linux"\npower = "poweredOn"\n',
        [SampleDisk("disk0.raw", 2048, "web data", "ext4", trees.web_tree)],
    ),
    SampleVm(
        "db01",
        'cpu = 4\nmemory_mb = 8192\nos = "linux"\npower = "poweredOn"\n',
        [
            SampleDisk("disk0.raw", 1024, "root", "ext4", trees.database_root_tree),
            SampleDisk("disk1.raw", 1024, "dbdata", "ext4", trees.database_data_tree),
        ],
    ),
    SampleVm(
        "files01",
        'cpu = 1\nmemory_mb = 2048\nos = "other"\npower = "poweredOff"\n',
        [SampleDisk("disk0.raw", 512, "OFFICE", "fat32", trees.office_tree)],
    ),
]


def build_samples(folder: Path) -> list[str]:
    """Makes the VMs that are not there yet; the others stay as they are. Gives the new names."""
    check_tools()
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for vm in SAMPLES:
        if (folder / vm.name / "vm.toml").exists():
            continue
        with tempfile.TemporaryDirectory(dir=folder, prefix=".building-") as draft:
            whole = Path(draft) / vm.name
            whole.mkdir()
            for disk in vm.disks:
                build_disk(whole / disk.name, disk, vm.name)
            (whole / "vm.toml").write_text(vm.about, encoding="utf-8")
            shutil.rmtree(folder / vm.name, ignore_errors=True)
            whole.rename(folder / vm.name)
        made.append(vm.name)
    return made


def check_tools() -> None:
    missing = sorted({package for tool, package in TOOLS.items() if shutil.which(tool) is None})
    if missing:
        raise ProgramMissing(
            f"sample VMs need {', '.join(missing)}; install: apt-get install {' '.join(missing)}"
        )


def build_disk(path: Path, disk: SampleDisk, vm: str) -> None:
    size = disk.megabytes * MIB
    extent = Extent(FIRST, size - 2 * FIRST)
    with path.open("wb") as file:
        file.truncate(size)
    with tempfile.TemporaryDirectory(prefix="localhub-tree-") as folder:
        root = Path(folder)
        disk.tree(root)
        trees.settle_times(root)
        if disk.filesystem == "ext4":
            write_gpt(path, f"{vm}/{disk.name}", [(disk.label, extent)])
            make_ext4(path, extent, disk.label, root)
        else:
            write_mbr(path, [(FAT32_LBA, extent)])
            make_fat32(path, extent, disk.label, root)


def make_ext4(path: Path, extent: Extent, label: str, root: Path) -> None:
    """mkfs fills it from the folder; ids and times are fixed, so the files are the same each time."""
    identity = str(uuid.uuid5(NAMESPACE, f"{path.parent.name}/{path.name}/{label}"))
    extended = (
        f"offset={extent.start},root_owner=0:0,hash_seed={identity},lazy_itable_init=1,lazy_journal_init=1"
    )
    tool(
        "mkfs.ext4", "-q", "-F", "-L", label, "-U", identity, "-m", "1", "-E", extended,
        "-d", str(root), str(path), f"{extent.length // 1024}k",
    )  # fmt: skip


def make_fat32(path: Path, extent: Extent, label: str, root: Path) -> None:
    offset = f"--offset={extent.start // SECTOR}"
    tool(
        "mkfs.vfat", "-F", "32", "-n", label, "-i", "20251101", offset, str(path), str(extent.length // 1024)
    )
    inside = f"{path}@@{extent.start}"
    tool("mcopy", "-Q", "-s", "-m", "-i", inside, *map(str, sorted(root.iterdir())), "::/")


def tool(name: str, *arguments: str, stdin: str = "") -> str:
    """Runs a file system tool; clock, time zone and language fixed. Raises ProgramFailed."""
    fixed = {
        "E2FSPROGS_FAKE_TIME": str(trees.EPOCH), "SOURCE_DATE_EPOCH": str(trees.EPOCH), "TZ": "UTC",
        "LC_ALL": "C.UTF-8", "MTOOLS_SKIP_CHECK": "1",
        "PATH": f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin",
    }  # fmt: skip
    done = subprocess.run(
        [name, *arguments], env=fixed, capture_output=True, text=True, errors="replace", input=stdin
    )
    if done.returncode:
        raise ProgramFailed(f"{name}: {(done.stderr or done.stdout).strip()}")
    return done.stdout + done.stderr
