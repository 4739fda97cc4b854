"""Backups of whole VMs, alike in both dialects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from .dialects import Start
from .records import Backup, BackupStats
from .speeches import Speeches

BackupType = Literal["full", "incremental"]


class Backups:
    """`hub.backups`"""

    def __init__(self, speeches: Speeches) -> None:
        self._speeches = speeches

    def running(self) -> list[Backup]:
        """Every backup that is pending or running now, with its telemetry."""
        return self._speeches.call(lambda speech: speech.running())

    def list(
        self,
        *,
        vm_name: str | None = None,
        vm_context_id: str | None = None,
        repository_id: str | None = None,
        status: str | None = None,
    ) -> list[Backup]:
        """Backups by exactly one selector (the hub reads only one), newest first.

        Prefer `vm_context_id`: an unknown VM name makes the hub drop the connection, which comes out as
        `HubNotFound`.
        """
        selectors = {
            "vm_context_id": vm_context_id,
            "vm_name": vm_name,
            "repository_id": repository_id,
            "status": status,
        }
        given = {key: value for key, value in selectors.items() if value}
        if len(given) != 1:
            raise ValueError(
                "exactly one selector, please: the hub reads only one and lists nothing for none"
            )
        ((key, value),) = given.items()
        return self._speeches.call(lambda speech: speech.found_by(key, value))

    def get(self, backup_id: str) -> Backup:
        """One backup; `HubNotFound` if the hub has no such."""
        return self._speeches.call(lambda speech: speech.get(backup_id))

    def start(
        self,
        *,
        vm_name: str,
        backup_type: BackupType,
        repository_id: str,
        disk_ids: Sequence[int],
        policy_id: str | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> Backup:
        """Start a backup of all disks (`disk_ids`: their indexes, used where a hub starts disk by disk).

        Never repeated by itself. `HubUnavailable`: nothing was sent. `HubOutcomeUnknown`: look for the job.
        `HubPartlyStarted`: `.started` has the disks that run.
        """
        start = Start(vm_name, backup_type, repository_id, tuple(disk_ids), policy_id, dict(tags or {}))
        return self._speeches.call(lambda speech: speech.start(start))

    def delete(self, backup_id: str, disk_job_ids: Sequence[str] = ()) -> None:
        """Remove the backup from the hub's list (it frees no room). `disk_job_ids`: its jobs, where the
        caller knows them.
        """
        self._speeches.call(lambda speech: speech.delete(backup_id, tuple(disk_job_ids)))

    def stats(self, vm_name: str, repository_id: str) -> BackupStats | None:
        """Counts of completed backups, or None where the hub has no such call."""
        return self._speeches.call(lambda speech: speech.stats(vm_name, repository_id))

    def disk_status(self, job_id: str) -> str:
        """The status of one disk's own row, hidden from lists, by its `BackupDisk.job_id`."""
        return self._speeches.call(lambda speech: speech.disk_status(job_id))
