"""Starting backups: the hub's checks in the hub's order (contract, 6.2), then the rows, then the copying."""

import secrets
import sqlite3
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localhub.clocks import Clock, now
from localhub.copying import Copying
from localhub.credentials import Credentials
from localhub.database import Database
from localhub.images import Image, ImageRefused
from localhub.options import Quirk
from localhub.refusals import Panic, Refused
from localhub.repositories import Repositories
from localhub.vms import Vm, VmFolder

PARENT_PATH = "/multi-disk-parent"
FIRST_NBD_PORT = 10100
NO_CREDENTIAL = Refused(400, "failed to start backup", "VM context has no credential_id")
NO_PREVIOUS = Refused(400, "no previous backup found", "full backup required before incremental")
NO_DISKS = Refused(
    404, "No disks found for VM", "VM has no disks in database - ensure VM discovery completed"
)
UNKNOWN_REPOSITORY = Refused(
    500,
    "failed to create backup context",
    "Error 1452 (23000): Cannot add or update a child row: a foreign key constraint fails "
    "(`migratekit_oma`.`vm_backup_contexts`, CONSTRAINT `fk_backup_context_repository` "
    "FOREIGN KEY (`repository_id`) REFERENCES `backup_repositories` (`id`))",
)
NO_CHAIN = Refused(
    500, "failed to prepare backup disk", "failed to get backup chain for incremental: backup chain not found"
)


@dataclass(frozen=True)
class Wanted:
    """A checked request to start. ``disk``: only this one (older dialect)."""

    vm_name: str
    backup_type: str
    repository_id: str
    disk: int | None = None
    policy_id: str | None = None


@dataclass(frozen=True)
class DiskPlan:
    index: int
    image: Image
    parent_id: int | None


class Starts:
    def __init__(
        self,
        database: Database,
        clock: Clock,
        vms: VmFolder,
        repositories: Repositories,
        copying: Copying,
        credentials: Credentials,
    ) -> None:
        self.database, self.clock, self.vms, self.repositories = database, clock, vms, repositories
        self.copying, self.jobs, self.credentials = copying, copying.jobs, credentials
        self.options = self.jobs.options
        self.lock = threading.Lock()

    def start(self, wanted: Wanted) -> sqlite3.Row:
        """Starts a job and gives its row. Raises Refused, or Panic for an unknown VM."""
        context = self.vms.context_id(wanted.vm_name)
        if context is None:
            raise Panic
        vm = self.vms.get(wanted.vm_name)
        if vm is None or not vm.disks():
            raise NO_DISKS
        repository = self.repositories.get(wanted.repository_id)
        if repository is None:
            raise UNKNOWN_REPOSITORY
        if self.repositories.share(repository["id"]):
            raise Refused(500, "failed to prepare backup disk", "mount failed: host is down")
        with self.lock:
            plans = self.plans(vm, wanted)
            if self.options.has(Quirk.NODE_REFUSES):
                raise Refused(500, "SNA API error", "status: 500")
            job = self.insert(wanted, context, repository, plans)
            if self.credentials.of(context) is None:
                raise NO_CREDENTIAL  # and the job stays, running for ever
            self.copying.begin(job, [plan.image for plan in plans])
        if self.options.has(Quirk.SLOW_START):
            time.sleep(self.options.answer_limit + 0.5)
        return job

    def plans(self, vm: Vm, wanted: Wanted) -> list[DiskPlan]:
        """The disks to copy with what each stands on. Raises Refused."""
        try:
            images = dict(enumerate(vm.images()))
        except ImageRefused as error:
            raise Refused(500, "failed to prepare backup disk", str(error)) from error
        if wanted.disk is not None:
            images = {index: image for index, image in images.items() if index == wanted.disk}
        if not images:
            raise NO_DISKS
        if wanted.backup_type == "full":
            return [DiskPlan(index, image, None) for index, image in images.items()]
        if any(self.jobs.points.newest(vm.name, index) is None for index in images):
            raise NO_PREVIOUS
        parents = {index: self.jobs.points.newest(vm.name, index, wanted.repository_id) for index in images}
        if self.options.has(Quirk.INCREMENTALS_FAIL) or None in parents.values():
            raise NO_CHAIN
        return [DiskPlan(i, image, parent["id"]) for i, image in images.items() if (parent := parents[i])]

    def insert(
        self, wanted: Wanted, context: str, repository: sqlite3.Row, plans: list[DiskPlan]
    ) -> sqlite3.Row:
        """The job's row, its hidden rows per disk, and its points. Raises Refused on an id that is taken."""
        moment = now()
        stamp = self.clock.stamp(moment)
        one_disk = wanted.disk is not None
        job_id = (
            f"backup-{wanted.vm_name}-disk{wanted.disk}-{stamp}"
            if one_disk
            else f"backup-{wanted.vm_name}-{int(moment)}"
        )
        shared: dict[str, Any] = {
            "vm_context_id": context, "vm_name": wanted.vm_name, "backup_type": wanted.backup_type,
            "repository_id": wanted.repository_id, "created_at": moment, "started_at": moment,
        }  # fmt: skip
        try:
            with self.database.transaction():
                if not one_disk:
                    self.database.insert("jobs", id=job_id, status="running", file_path=PARENT_PATH, **shared)
                for plan in plans:
                    self.insert_disk(job_id, stamp, plan, shared, Path(repository["path"]), wanted)
        except sqlite3.IntegrityError:
            raise Refused(
                500,
                "failed to start backup" if one_disk else "failed to create parent backup job",
                f"Error 1062 (23000): Duplicate entry '{job_id}' for key 'PRIMARY'",
            ) from None
        return self.jobs.get(job_id)

    def insert_disk(
        self, job_id: str, stamp: str, plan: DiskPlan, shared: dict[str, Any], folder: Path, wanted: Wanted
    ) -> None:
        disk_job = f"backup-{wanted.vm_name}-disk{plan.index}-{stamp}"
        path = folder / shared["vm_context_id"] / f"disk-{plan.index}" / f"{disk_job}.qcow2"
        one_disk = disk_job == job_id
        self.database.insert(
            "jobs", id=disk_job, disk_id=plan.index, parent_job=None if one_disk else job_id,
            status="running" if one_disk else "pending", file_path=str(path), policy_id=wanted.policy_id,
            total_bytes=0 if one_disk else plan.image.size, **shared,
        )  # fmt: skip
        self.database.insert(
            "points", job_id=job_id, disk_job_id=disk_job, vm_name=wanted.vm_name, disk_index=plan.index,
            repository_id=wanted.repository_id, status="pending", path=str(path), parent_id=plan.parent_id,
            change_id=change_id(), size=plan.image.size,
        )  # fmt: skip


def change_id() -> str:
    """Looks like VMware's: sixteen bytes and a counter."""
    return secrets.token_hex(8).upper() + "/" + str(secrets.randbelow(1000))
