"""The two ways in which hubs speak of backups and mounts, behind one protocol (hub contract, "Two
dialects").
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

from ..records import Backup, BackupStats, Mount


class Start(NamedTuple):
    """What to start."""

    vm_name: str
    backup_type: str
    repository_id: str
    disk_ids: tuple[int, ...]
    policy_id: str | None
    tags: dict[str, str]


class Speech(Protocol):
    """What a dialect must be able to say. Methods as in `Backups` and `Restore`."""

    def running(self) -> list[Backup]: ...
    def get(self, backup_id: str) -> Backup: ...
    def start(self, start: Start) -> Backup: ...
    def delete(self, backup_id: str, disk_job_ids: tuple[str, ...]) -> None: ...
    def stats(self, vm_name: str, repository_id: str) -> BackupStats | None: ...
    def disk_status(self, job_id: str) -> str: ...
    def mount(self, backup_id: str, disk_index: int, disk_job_id: str | None) -> Mount: ...
    def found_by(self, selector: str, value: str) -> list[Backup]: ...
