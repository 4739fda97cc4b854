"""Today's dialect: one backup is all disks of a VM; each disk also has a hidden row, known only from the
start's answer.
"""

from __future__ import annotations

import re

from .. import wire
from ..door import Door, segment
from ..errors import HubOutcomeUnknown
from ..jobs import blanked, list_jobs, mount_record, percent, wrong_answer
from ..records import Backup, BackupDisk, BackupStats, Mount
from ..times import hub_clock, true_time
from . import Start

_ROOT = "/api/v1/backups"
_DISK_JOB = re.compile(r"(?P<id>backup-[^/\\]{1,200})\.qcow2")


class Today:
    """Backups and mounts of a hub of 2025-10-10 and later."""

    def __init__(self, door: Door) -> None:
        self._door = door

    def running(self) -> list[Backup]:
        # This hub never stores "pending" for a whole backup (reference 6.3), so one call is all.
        return self.found_by("status", "running")

    def found_by(self, selector: str, value: str) -> list[Backup]:
        return [self._record(job) for job in list_jobs(self._door, _ROOT, selector, value)]

    def get(self, backup_id: str) -> Backup:
        return self._record(self._job(backup_id))

    def start(self, start: Start) -> Backup:
        body: dict[str, object] = {
            "vm_name": start.vm_name,
            "backup_type": start.backup_type,
            "repository_id": start.repository_id,
        }
        if start.policy_id:
            body["policy_id"] = start.policy_id
        if start.tags:
            body["tags"] = start.tags
        job = self._door.write("POST", _ROOT, wire.Job, body)
        if (job.vm_name, job.repository_id) != (start.vm_name, start.repository_id):
            error = wrong_answer("VM or repository")
            raise HubOutcomeUnknown(error.code, error.sentence) from error
        self._door.learn_offset(job.created_at)
        return self._record(job, answer_to_start=True)

    def delete(self, backup_id: str, disk_job_ids: tuple[str, ...]) -> None:
        # The hidden rows are left alone: the hub's own DELETE leaves them too, and its repository counts
        # them.
        answer = self._door.write("DELETE", f"{_ROOT}/{segment(backup_id)}", wire.Deleted)
        if answer.backup_id != backup_id:
            error = wrong_answer("backup")
            raise HubOutcomeUnknown(error.code, error.sentence) from error

    def stats(self, vm_name: str, repository_id: str) -> BackupStats | None:
        params = {"vm_name": vm_name, "repository_id": repository_id}
        answer = self._door.read(f"{_ROOT}/stats", wire.Stats, params)
        return BackupStats(
            backup_count=answer.backup_count,
            total_size_bytes=answer.total_size_bytes,
            last_backup_at=true_time(answer.last_backup_at, "last_backup_at"),
        )

    def disk_status(self, job_id: str) -> str:
        return self._job(job_id).status

    def mount(self, backup_id: str, disk_index: int, disk_job_id: str | None) -> Mount:
        body = {"backup_id": backup_id, "disk_index": disk_index}
        mount = self._door.write("POST", "/api/v1/restore/mount", wire.Mount, body)
        if (mount.backup_id, mount.disk_index) != (backup_id, disk_index):
            raise wrong_answer("backup's disk")
        self._door.learn_offset(mount.created_at)
        return mount_record(mount)

    def _job(self, backup_id: str) -> wire.Job:
        job = self._door.read(f"{_ROOT}/{segment(backup_id)}", wire.Job)
        if job.backup_id != backup_id:
            raise wrong_answer("backup")
        return job

    def _record(self, job: wire.Job, *, answer_to_start: bool = False) -> Backup:
        offset = self._door.utc_offset
        if answer_to_start:  # the one time whose offset is right
            created_at = true_time(job.created_at, "created_at")
        else:
            created_at = hub_clock(job.created_at, "created_at", offset)
        disks = tuple(_disk(result) for result in job.disk_results or ())
        return Backup(
            backup_id=job.backup_id,
            vm_context_id=job.vm_context_id,
            vm_name=job.vm_name,
            backup_type=job.backup_type,
            repository_id=job.repository_id,
            status=job.status,
            current_phase=job.current_phase,
            bytes_transferred=job.bytes_transferred,
            total_bytes=job.total_bytes,
            transfer_speed_bps=job.transfer_speed_bps,
            progress_percent=percent(job.progress_percent),
            disks_count=job.disks_count or len(disks),
            disks=disks,
            error_message=blanked(job.error_message),
            created_at=created_at,
            started_at=hub_clock(job.started_at, "started_at", offset),
            completed_at=hub_clock(job.completed_at, "completed_at", offset),
            last_telemetry_at=hub_clock(job.last_telemetry_at, "last_telemetry_at", offset),
        )


def _disk(result: wire.DiskResult) -> BackupDisk:
    """The disk's job id is the name of its file (hub contract, "Per disk"); the path itself goes no
    further.
    """
    name = _DISK_JOB.fullmatch(result.qcow2_path.rpartition("/")[2])
    return BackupDisk(
        disk_index=result.disk_id, job_id=name["id"] if name else None, status=result.status or None
    )
