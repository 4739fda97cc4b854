"""A VM whose disk holds every trick of a hostile guest, and its backup at a real hub."""

import os
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from sendense_portal.hub import Backup, Hub
from tests.localhub_process import LocalHub

NAMES = [
    "plain.txt",
    "with space.txt",
    "quotes ' and \".txt",
    "semi;colon&amp.txt",
    "-rf",
    "caf\u00e9-nfc.txt",
    "cafe\u0301-nfd.txt",
    "exe\u202egpj.txt",
    "報告書.pdf",
    "back\\slash.txt",
    "per%20cent.txt",
    "plus+sign#hash?.txt",
    "NUL",
    "[brackets] {braces} (round)",
    "n" * 255,
    "é" * 127 + "x",
]
LINKS = {
    "hub-passwd": "/etc/passwd",
    "hub-etc": "/etc",
    "climb": "../../../../../../etc",
    "loop": "loop",
    "self": ".",
    "neighbour": "/mnt/sendense/restore/neighbour",
    "neighbour-file": "/mnt/sendense/restore/neighbour/partition-1/secret.txt",
    "beside": "../../../neighbour/partition-1",
    "all-mounts": "/mnt/sendense/restore",
}
"""The last four lead to another customer's mount, which lies beside this one."""
NODES = {"disk": "b 8 0", "memory": "c 1 1"}
"""Devices: a hub that opened one would read its own disk or memory."""
DISK_BYTES = 64 << 20
VM = "hostile01"


@dataclass(frozen=True)
class HostilePoint:
    """A hub process with one completed backup of the VM, and the files as they were packed into it."""

    process: LocalHub
    hub: Hub
    backup: Backup
    tree: Path


def make_tree(root: Path) -> None:
    """The guest's files; contents are their names."""
    names = root / "names"
    names.mkdir(parents=True)
    for name in NAMES:
        (names / name).write_text(f"content of {name}", encoding="utf-8")
    (root / "broken").mkdir()
    (root / "broken" / os.fsdecode(b"caf\xe9.txt")).write_bytes(b"latin-1")
    (root / "broken" / "line\nbreak.txt").write_bytes(b"two lines")
    (root / "broken" / "tab\tfolder").mkdir()
    (root / "broken" / "tab\tfolder" / "inside").write_bytes(b"out of reach")
    tricks = root / "tricks"
    tricks.mkdir()
    for name, target in LINKS.items():
        (tricks / name).symlink_to(target)
    os.mkfifo(tricks / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        # Unix socket paths are short; the name in the tree is what matters.
        here = Path.cwd()
        os.chdir(tricks)
        try:
            listener.bind("socket")
        finally:
            os.chdir(here)
    (tricks / "honest").write_bytes(b"linked")
    os.link(tricks / "honest", tricks / "hard-link")
    deep = root
    for level in range(40):
        deep = deep / f"d{level}"
    deep.mkdir(parents=True)
    (deep / "bottom").write_bytes(b"deep")
    (root / "empty").mkdir()
    (root / "evil.html").write_bytes(b"<script>document.title='run'</script>")
    (root / "big.bin").write_bytes(os.urandom(5 << 20))


def start_with_backup(folder: Path, *, dialect: str, quirks: tuple[str, ...] = ()) -> HostilePoint:
    """Builds the disk, starts a hub over it, and waits for its first backup."""
    tree, vm = folder / "tree", folder / "vms" / VM
    make_tree(tree)
    vm.mkdir(parents=True)
    with (vm / "disk0.raw").open("wb") as disk:
        disk.truncate(DISK_BYTES)
    subprocess.run(
        ["/sbin/mkfs.ext4", "-q", "-F", "-L", "evil", "-d", str(tree), str(vm / "disk0.raw")], check=True
    )
    nodes = "".join(f"mknod {name} {kind}\n" for name, kind in NODES.items())
    made = subprocess.run(
        ["/sbin/debugfs", "-w", "-f", "-", str(vm / "disk0.raw")],
        input=f"cd /tricks\n{nodes}", text=True, check=True, capture_output=True,
    )  # fmt: skip
    assert "mknod" not in made.stderr, made.stderr
    (vm / "vm.toml").write_text('cpu = 1\nmemory_mb = 512\nos = "linux"\n', encoding="ascii")
    process = LocalHub(folder / "vms", folder / "state", dialect=dialect, quirks=quirks).start()
    hub = Hub(process.url, process.token)
    return HostilePoint(process, hub, backed_up(hub, VM, 1), tree)


def backed_up(hub: Hub, vm: str, disks: int) -> Backup:
    """A new full backup of a VM's first disks, once all of it is there."""
    hub.probe()
    repository = hub.repositories.list()[0]
    started = hub.backups.start(
        vm_name=vm, backup_type="full", repository_id=repository.id, disk_ids=[*range(disks)]
    )
    until = time.monotonic() + 60
    while (backup := hub.backups.get(started.backup_id)).status != "completed" or not finished(hub, started):
        assert time.monotonic() < until
        time.sleep(0.2)
    return backup


def finished(hub: Hub, started: Backup) -> bool:
    """Whether every disk of it is done; the job's own word comes earlier."""
    jobs = [disk.job_id for disk in started.disks if disk.job_id]
    return all(hub.backups.disk_status(job) == "completed" for job in jobs)
