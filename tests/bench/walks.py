"""A disk with 200,000 files: walks of three of its points into the catalogue, and a bare listing."""

import resource
import subprocess
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import django
import requests
from django.test.utils import setup_databases, setup_test_environment, teardown_databases
from django.utils import timezone

from sendense_portal.hub import Hub
from tests.bench.pairs import seconds
from tests.localhub_process import LocalHub

VM = "files01"
FOLDERS, FILES = 2_000, 100
"""Folders, and files in each of them."""


def measure() -> Iterator[str]:
    """Seconds of walks and of folding, against the hub's own answers for the same folders."""
    django.setup()
    setup_test_environment()
    databases = setup_databases(verbosity=0, interactive=False)
    try:
        with TemporaryDirectory(prefix="sendense-bench-") as name:
            yield from walks(Path(name))
    finally:
        teardown_databases(databases, verbosity=0)


def walks(folder: Path) -> Iterator[str]:
    """The hub with two points, walked one after the other, the newest first."""
    from restore.models import CatalogueName, NameVersion

    disk = file_server(folder / "vms" / VM)
    with LocalHub(folder / "vms", folder / "state", answer_limit=600) as process:
        hub = Hub(process.url, process.token)
        hub.probe()
        points = [backed_up(hub)]
        time.sleep(1.1)  # the hub takes no two backups within one second
        points.append(backed_up(hub))
        file_server(disk.parent)  # made anew, every file has another time
        time.sleep(1.1)
        points.append(backed_up(hub))
        yield f"{FOLDERS * FILES:,} files in {FOLDERS:,} folders, against the hub's bare answers"
        connection = connected(process)
        kinds = ("the first walk", "of a point like it", "of a point in which every file changed")
        for what, remote_id in zip(kinds, points, strict=True):
            straight = listing(process, hub, remote_id)
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            whole, folding = walked(connection, remote_id)
            more = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) >> 10
            rows = f"{CatalogueName.objects.count():,} names, {NameVersion.objects.count():,} versions"
            yield (
                f"{what}: {whole:.1f} s, bare {straight:.1f} s: {whole / straight:.2f}×; "
                f"fold {folding:.1f} s; {rows}; {more} MiB more memory"
            )


def file_server(vm: Path) -> Path:
    """A VM whose only disk is an XFS full of small folders."""
    vm.mkdir(parents=True, exist_ok=True)
    lines = ["/dev/null", "0 0", "d--755 0 0"]
    for folder in range(FOLDERS):
        lines.append(f"folder-{folder:04} d--755 0 0")
        lines += [f"document-{folder:04}-{number:03} ---644 0 0 /dev/null" for number in range(FILES)]
        lines.append("$")
    (vm / "proto").write_text("\n".join([*lines, "$", ""]), encoding="ascii")
    disk = vm / "disk0.raw"
    disk.unlink(missing_ok=True)
    with disk.open("wb") as file:
        file.truncate(512 << 20)
    subprocess.run(["mkfs.xfs", "-q", "-f", "-p", str(vm / "proto"), str(disk)], check=True)
    (vm / "proto").unlink()
    return disk


def backed_up(hub: Hub) -> str:
    """The id of a new full backup, once all of it is there."""
    repository = hub.repositories.list()[0]
    started = hub.backups.start(vm_name=VM, backup_type="full", repository_id=repository.id, disk_ids=[0])
    jobs = [disk.job_id for disk in started.disks if disk.job_id]
    while not all(hub.backups.disk_status(job) == "completed" for job in jobs):
        time.sleep(0.2)
    return started.backup_id


def listing(process: LocalHub, hub: Hub, backup_id: str) -> float:
    """Seconds in which the hub lists every folder to a client that does nothing with the answers."""
    mount = hub.restore.mount(backup_id=backup_id, disk_index=0, disk_job_id=None)
    address = f"{process.url}/api/v1/restore/{mount.mount_id}/files"
    headers = {"Authorization": f"Bearer {process.token}"}

    def ask_all() -> None:
        with requests.Session() as session:
            waiting = ["/"]
            while waiting:
                answer = session.get(address, params={"path": waiting.pop()}, headers=headers, timeout=600)
                waiting += [one["path"] for one in answer.json()["files"] if one["type"] == "directory"]

    taken = seconds(ask_all)
    hub.restore.unmount(mount.mount_id)
    return taken


def connected(process: LocalHub) -> Any:
    """The portal's row of the hub, with room."""
    from restore.models import MountSlots
    from tests.factories import make_hub

    connection = make_hub(url=process.url)
    connection.token = process.token
    connection.save()
    MountSlots.objects.create(hub=connection, maximum=8)
    return connection


def walked(connection: Any, remote_id: str) -> tuple[float, float]:
    """Seconds of the walk of one more point, and of its folding."""
    from backups.models import Backup
    from restore.catalogue import walker
    from restore.catalogue.intervals import fold
    from tests.factories import make_backup, make_vm
    from vms.models import VirtualMachine

    vm = VirtualMachine.objects.filter(name=VM).first() or make_vm(VM, hub=connection)
    began = timezone.now() - timedelta(days=1) + timedelta(minutes=Backup.objects.count())
    make_backup(vm, remote_id=remote_id, created_at=began, completed_at=began)
    folds: list[float] = []

    def timed(point: Any) -> None:
        folds.append(seconds(lambda: fold(point)))

    with patch.object(walker, "fold", timed):
        whole = seconds(lambda: walker.walk_all(connection))
    return whole, sum(folds)
