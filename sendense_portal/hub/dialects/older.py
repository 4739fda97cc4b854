"""The older dialect: one job per disk. Assembled here into backups of whole VMs, without any memory of
one's own.
"""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime

from .. import wire
from ..door import Door, segment
from ..errors import Code, HubError, HubNotFound, HubOutcomeUnknown, HubPartlyStarted, HubRejected
from ..jobs import list_jobs, mount_record, wrong_answer
from ..records import Backup, BackupStats, Mount
from ..times import hub_clock
from . import Start
from .groups import Group, grouped, record

_ROOT = "/api/v1/backup"
_SPACING = 1.1  # seconds between starts: ids carry the second


class Older:
    """Backups and mounts of a hub of 2025-10-05 to 2025-10-08.

    A backup's id is the id of its first job. It stays the same as long as that job exists, so lists by status
    are completed with all jobs of the VMs in them before they are grouped.
    """

    def __init__(self, door: Door) -> None:
        self._door = door
        self._starting = threading.Lock()
        self._last_start = 0.0

    def running(self) -> list[Backup]:
        found = self._jobs("status", "running") + self._jobs("status", "pending")
        return [backup for backup in self._of_vms_in(found) if backup.status in ("running", "pending")]

    def found_by(self, selector: str, value: str) -> list[Backup]:
        jobs = self._jobs(selector, value)
        if selector == "status":
            return [backup for backup in self._of_vms_in(jobs) if backup.status == value]
        return self._records(grouped(jobs, self._created_at))

    def get(self, backup_id: str) -> Backup:
        return self._record(self._group(backup_id))

    def start(self, start: Start) -> Backup:
        started: list[wire.Job] = []
        with self._starting:
            for disk_id in start.disk_ids or (0,):
                self._keep_distance()
                try:
                    started.append(self._start_disk(start, disk_id))
                except HubError as error:
                    if not started:
                        raise
                    raise HubPartlyStarted(self._record(Group(started)), error) from error
                finally:
                    self._last_start = time.monotonic()
        return self._record(Group(started))

    def delete(self, backup_id: str, disk_job_ids: tuple[str, ...]) -> None:
        try:
            jobs = [job.backup_id for job in self._group(backup_id).jobs]
        except HubNotFound:
            if not disk_job_ids:
                raise
            jobs = []
        # The first job goes last: while it is there, an interrupted delete can be found and repeated by the
        # same id.
        others = sorted({*jobs, *disk_job_ids} - {backup_id}, reverse=True)
        for job_id in others:
            self._delete_job(job_id, may_be_gone=True)
        self._delete_job(backup_id, may_be_gone=not jobs)

    def stats(self, vm_name: str, repository_id: str) -> BackupStats | None:
        return None

    def disk_status(self, job_id: str) -> str:
        return self._job(job_id).status

    def mount(self, backup_id: str, disk_index: int, disk_job_id: str | None) -> Mount:
        job_id = disk_job_id or self._job_of_disk(backup_id, disk_index)
        mount = self._door.write("POST", "/api/v1/restore/mount", wire.Mount, {"backup_id": job_id})
        if mount.backup_id != job_id:
            raise wrong_answer("backup's disk")
        self._door.learn_offset(mount.created_at)
        return mount_record(mount, backup_id=backup_id, disk_index=disk_index)

    def _start_disk(self, start: Start, disk_id: int) -> wire.Job:
        body: dict[str, object] = {
            "vm_name": start.vm_name,
            "disk_id": disk_id,
            "backup_type": start.backup_type,
            "repository_id": start.repository_id,
        }
        if start.policy_id:
            body["policy_id"] = start.policy_id
        if start.tags:
            body["tags"] = start.tags
        job = self._door.write("POST", f"{_ROOT}/start", wire.Job, body)
        if (job.vm_name, job.repository_id, job.disk_id) != (start.vm_name, start.repository_id, disk_id):
            error = wrong_answer("disk")
            raise HubOutcomeUnknown(error.code, error.sentence) from error
        return job

    def _keep_distance(self) -> None:
        wait = self._last_start + _SPACING - time.monotonic()
        if self._last_start and wait > 0:
            time.sleep(wait)

    def _delete_job(self, job_id: str, *, may_be_gone: bool) -> None:
        try:
            answer = self._door.write("DELETE", f"{_ROOT}/{segment(job_id)}", wire.Deleted)
        except HubNotFound as error:
            if error.code is Code.ROUTE_MISSING or not may_be_gone:
                raise
            return
        if answer.backup_id != job_id:
            error_ = wrong_answer("backup")
            raise HubOutcomeUnknown(error_.code, error_.sentence) from error_

    def _job_of_disk(self, backup_id: str, disk_index: int) -> str:
        for job in self._group(backup_id).jobs:
            if job.disk_id == disk_index:
                return job.backup_id
        raise HubRejected(Code.NOT_RESTORABLE_YET, "This disk has no finished backup at this point.")

    def _job(self, job_id: str) -> wire.Job:
        job = self._door.read(f"{_ROOT}/{segment(job_id)}", wire.Job)
        if job.backup_id != job_id:
            raise wrong_answer("backup")
        return job

    def _group(self, backup_id: str) -> Group:
        """The group whose first job has this id; the id of a later disk's job is no backup's id."""
        job = self._job(backup_id)
        for group in grouped(self._jobs("vm_context_id", job.vm_context_id), self._created_at):
            if group.jobs[0].backup_id == backup_id:
                return group
        raise HubNotFound(Code.BACKUP_MISSING, "The hub does not know this backup.")

    def _jobs(self, selector: str, value: str) -> list[wire.Job]:
        return list_jobs(self._door, f"{_ROOT}/list", selector, value)

    def _of_vms_in(self, jobs: list[wire.Job]) -> list[Backup]:
        groups: list[Group] = []
        for context in sorted({job.vm_context_id for job in jobs}):
            groups += grouped(self._jobs("vm_context_id", context), self._created_at)
        return self._records(groups)

    def _created_at(self, job: wire.Job) -> datetime:
        return hub_clock(job.created_at, "created_at", self._door.utc_offset) or datetime.min.replace(
            tzinfo=UTC
        )

    def _records(self, groups: list[Group]) -> list[Backup]:
        newest_first = sorted(groups, key=lambda group: self._created_at(group.jobs[0]), reverse=True)
        return [self._record(group) for group in newest_first]

    def _record(self, group: Group) -> Backup:
        return record(group, self._door.utc_offset)
