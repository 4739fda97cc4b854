"""How the older dialect's jobs, one per disk, become backups of whole VMs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from .. import wire
from ..jobs import blanked, percent
from ..records import Backup, BackupDisk
from ..times import hub_clock

GAP = timedelta(seconds=120)  # between the starts of two disks of one backup, at most
_UNFINISHED = frozenset({"pending", "running", "started"})


class Group(NamedTuple):
    """The jobs of one backup, first made first; never empty."""

    jobs: list[wire.Job]


def grouped(jobs: Iterable[wire.Job], created_at: Callable[[wire.Job], datetime]) -> list[Group]:
    """Jobs in order of time join the newest backup of their VM if type and repository are the same, this disk
    is not yet in it, and at most two minutes lie between. A later job never changes an earlier group, so ids
    are steady.
    """
    groups: list[Group] = []
    newest: dict[tuple[str, str, str], Group] = {}
    for job in sorted(jobs, key=lambda one: (created_at(one), one.disk_id, one.backup_id)):
        key = (job.vm_context_id, job.backup_type, job.repository_id)
        group = newest.get(key)
        if (
            group is None
            or any(member.disk_id == job.disk_id for member in group.jobs)
            or created_at(job) - created_at(group.jobs[-1]) > GAP
        ):
            group = newest[key] = Group([])
            groups.append(group)
        group.jobs.append(job)
    return groups


def record(group: Group, utc_offset: timedelta | None) -> Backup:
    """One backup: bytes added up, unfinished while any disk is, failed if any disk failed."""
    jobs = group.jobs
    first = jobs[0]
    transferred = sum(job.bytes_transferred for job in jobs)
    total = sum(job.total_bytes for job in jobs)
    status = _status([job.status for job in jobs])
    starts = [time for job in jobs if (time := hub_clock(job.started_at, "started_at", utc_offset))]
    ends = [time for job in jobs if (time := hub_clock(job.completed_at, "completed_at", utc_offset))]
    return Backup(
        backup_id=first.backup_id,
        vm_context_id=first.vm_context_id,
        vm_name=first.vm_name,
        backup_type=first.backup_type,
        repository_id=first.repository_id,
        status=status,
        bytes_transferred=transferred,
        total_bytes=total,
        progress_percent=percent(100 * transferred / total) if total else 0.0,
        disks_count=len(jobs),
        disks=tuple(_disk(job) for job in sorted(jobs, key=lambda job: job.disk_id)),
        error_message=_errors(jobs),
        created_at=hub_clock(first.created_at, "created_at", utc_offset),
        started_at=min(starts, default=None),
        completed_at=max(ends, default=None) if status not in _UNFINISHED else None,
    )


def _status(statuses: list[str]) -> str:
    kinds = set(statuses)
    if len(kinds) == 1:
        return statuses[0]
    if kinds & _UNFINISHED:
        return "running"
    for status in ("failed", "cancelled"):
        if status in kinds:
            return status
    return statuses[0]


def _errors(jobs: list[wire.Job]) -> str:
    said = [(job.disk_id, blanked(job.error_message)) for job in jobs if job.error_message]
    if len(jobs) == 1:
        return said[0][1] if said else ""
    return "; ".join(f"disk {disk}: {text}" for disk, text in sorted(said))


def _disk(job: wire.Job) -> BackupDisk:
    return BackupDisk(
        disk_index=job.disk_id,
        job_id=job.backup_id,
        status=job.status,
        bytes_transferred=job.bytes_transferred,
        total_bytes=job.total_bytes,
    )
