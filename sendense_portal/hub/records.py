"""What the hub client hands out: frozen records with the hub's field names and words, in both dialects the
same.

Sizes are bytes, times are aware UTC datetimes or None. What the hub reveals about itself (paths, ports,
devices, process ids, share passwords) has no field here. Status and type are the hub's raw words.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

import msgspec


class Dialect(StrEnum):
    """Which of the two APIs a hub speaks (hub contract, "Two dialects")."""

    TODAY = "today"
    OLDER = "older"


class HubIdentity(msgspec.Struct, frozen=True, kw_only=True):
    """What the connection test found. `clock_skew` is hub minus here, to a second; `utc_offset` None if not
    learned.
    """

    dialect: Dialect
    service: str
    version: str
    latency_ms: float
    hub_time: datetime
    clock_skew: timedelta
    utc_offset: timedelta | None


class VMContext(msgspec.Struct, frozen=True, kw_only=True):
    """A virtual machine that the hub knows. Memory in MiB. Without `credential_id` it cannot be backed up."""

    context_id: str
    vm_name: str
    vm_path: str = ""
    vcenter_host: str = ""
    datacenter: str = ""
    cpu_count: int = 0
    memory_mb: int = 0
    os_type: str = ""
    power_state: str = ""
    vm_tools_version: str = ""
    credential_id: int | None = None
    groups: tuple[str, ...] = ()
    created_at: datetime | None = None
    updated_at: datetime | None = None
    replication_status: str = ""
    """The hub's word of replication and failover; of backups it says nothing (contract, States)."""
    replication_job: str = ""
    replication_runs: int = 0
    replication_failures: int = 0
    replicated_at: datetime | None = None
    replication_target: int | None = None


class Replication(msgspec.Struct, frozen=True, kw_only=True):
    """A replication that runs. The hub's list of them is always empty; it stands with its machine."""

    job_id: str
    operation: str = ""
    percent: float = 0
    transferred_bytes: int = 0
    total_bytes: int = 0
    bytes_per_second: int = 0


class ReplicationRun(msgspec.Struct, frozen=True, kw_only=True):
    """A replication that the hub remembers. `status` is its own word, `error` too, for staff only."""

    job_id: str
    kind: str = ""
    status: str = ""
    transferred_bytes: int = 0
    error: str = ""
    began_at: datetime | None = None
    ended_at: datetime | None = None


class Replications(msgspec.Struct, frozen=True, kw_only=True):
    """What a hub knows of the replications of one machine: what runs, and the last ten."""

    current: Replication | None = None
    runs: tuple[ReplicationRun, ...] = ()


class VMDisk(msgspec.Struct, frozen=True, kw_only=True):
    """A disk of a VM; its place in the list is the `disk_index` of backups. Size in GiB."""

    disk_id: str
    size_gb: int


class Credential(msgspec.Struct, frozen=True, kw_only=True):
    """How a hub comes into a vCenter. Its password is told to no hub client: it has no field here."""

    id: int
    name: str
    vcenter_host: str = ""
    username: str = ""
    datacenter: str = ""
    is_active: bool = True
    is_default: bool = False
    created_at: datetime | None = None
    last_used_at: datetime | None = None


class DiscoveredVM(msgspec.Struct, frozen=True, kw_only=True):
    """A machine that a vCenter has. Memory in MiB, disks in bytes. `is_known`: the hub has one of this name,
    of whatever vCenter.
    """

    name: str
    path: str = ""
    power_state: str = ""
    guest_os: str = ""
    memory_mb: int = 0
    cpu_count: int = 0
    disk_count: int = 0
    disk_bytes: int = 0
    is_known: bool = False


class AddedVM(msgspec.Struct, frozen=True, kw_only=True):
    """What a hub says of a machine that it was to add; `error` is its raw word, "" when it has added it."""

    name: str
    context_id: str = ""
    error: str = ""


class Storage(msgspec.Struct, frozen=True, kw_only=True):
    """Room in a repository. `backup_count` counts hidden per-disk rows too."""

    total_bytes: int
    used_bytes: int
    available_bytes: int
    used_percent: float
    backup_count: int
    last_check_at: datetime | None = None


class Repository(msgspec.Struct, frozen=True, kw_only=True):
    """A place for backups. `is_immutable` and `min_retention_days` are labels that no hub enforces."""

    id: str
    name: str
    type: str
    enabled: bool
    is_immutable: bool = False
    min_retention_days: int = 0
    storage: Storage | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


class BackupDisk(msgspec.Struct, frozen=True, kw_only=True):
    """One disk of a backup. `job_id` names the hub's own row of it, where known; sizes are 0 where the hub
    hides them.
    """

    disk_index: int
    job_id: str | None = None
    status: str | None = None
    bytes_transferred: int = 0
    total_bytes: int = 0


class Backup(msgspec.Struct, frozen=True, kw_only=True):
    """One backup of a whole VM.

    `status` is the hub's word: pending, running, completed, failed, cancelled, or started in the answer to a
    start. Go by it, never by `progress_percent`, which often rests at 90–98 when completed. Speed is bytes
    per second, 0 if unknown. `error_message` has paths and addresses of the hub blanked.
    """

    backup_id: str
    vm_context_id: str
    vm_name: str
    backup_type: str
    repository_id: str
    status: str
    current_phase: str = ""
    bytes_transferred: int = 0
    total_bytes: int = 0
    transfer_speed_bps: int = 0
    progress_percent: float = 0.0
    disks_count: int = 0
    disks: tuple[BackupDisk, ...] = ()
    error_message: str = ""
    created_at: datetime | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None
    last_telemetry_at: datetime | None = None


class BackupStats(msgspec.Struct, frozen=True, kw_only=True):
    """Completed backups of a VM in a repository; `total_size_bytes` adds up transferred bytes, not room on
    disk.
    """

    backup_count: int
    total_size_bytes: int
    last_backup_at: datetime | None = None


class Mount(msgspec.Struct, frozen=True, kw_only=True):
    """A mounted disk. In a list today's dialect leaves `backup_id` "" and `disk_index` 0: keep one's own
    map.
    """

    mount_id: str
    backup_id: str
    disk_index: int
    filesystem_type: str
    status: str
    created_at: datetime
    expires_at: datetime


class MountSlots(msgspec.Struct, frozen=True, kw_only=True):
    """How many mounts there may be. Failed rows that block a device are not counted by the hub."""

    active: int
    maximum: int
    available: int


class FileEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of a folder. Navigate with `path`, show `name`. A link's size is that of its target text.

    `kind` "file" may be a device, pipe or socket too: the hub does not say. `symlink_target` comes with
    `file_info` only.
    """

    name: str
    path: str
    kind: Literal["file", "directory", "symlink"]
    size: int
    mode: str
    modified_at: datetime | None
    symlink_target: str | None = None


class CopyRule(msgspec.Struct, frozen=True, kw_only=True):
    """Where a policy would have a backup copied. `mode` is immediate, scheduled or manual."""

    repository_id: str
    mode: str


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """What the hub keeps and does not execute: it copies nothing and deletes nothing by age."""

    id: str
    name: str
    enabled: bool
    primary_repository_id: str
    retention_days: int = 0
    copies: tuple[CopyRule, ...] = ()


class HubSchedule(msgspec.Struct, frozen=True, kw_only=True):
    """When the hub starts replications. It fires only with six fields, and in the hub's own zone."""

    id: str
    name: str
    cron: str
    zone: str = ""
    enabled: bool = False


class HubFlow(msgspec.Struct, frozen=True, kw_only=True):
    """A flow of the hub, which runs only when somebody has it run there. `target_type` is vm or group."""

    id: str
    name: str
    enabled: bool
    target_type: str
    target_id: str
    repository_id: str = ""
    schedule_name: str = ""
    schedule_cron: str = ""
    last_status: str = ""
    last_run_at: datetime | None = None
