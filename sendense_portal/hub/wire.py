"""The hub's answers as they come over the wire, read strictly: what is needed and missing, of a wrong type,
or a size below zero or beyond 64 bits, is an error that names the field. Unknown fields are ignored, so
secrets fall away here.

Decided: sizes, counts and speeds below zero are refused and not clamped, because a hub that counts backwards
cannot be believed in its other fields either. Only `progress_percent`, which is decoration, is clamped to
0–100. NaN is not JSON.
"""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

import msgspec

from .errors import Code, HubProtocolError

T = TypeVar("T")

Id = Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
Name = Annotated[str, msgspec.Meta(max_length=1024)]
Text = Annotated[str, msgspec.Meta(max_length=1 << 16)]
Size = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
Count = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]


class Health(msgspec.Struct):
    service: Name
    timestamp: Name
    version: Name = ""


class Login(msgspec.Struct):
    session_token: Annotated[str, msgspec.Meta(min_length=1, max_length=4096, pattern=r"^[\x21-\x7e]+$")]
    expires_at: str | None = None


class VM(msgspec.Struct):
    context_id: Id
    vm_name: Name
    vm_path: Name | None = None
    vcenter_host: Name | None = None
    datacenter: Name | None = None
    cpu_count: Count | None = None
    memory_mb: Count | None = None
    os_type: Name | None = None
    power_state: Name | None = None
    vm_tools_version: Name | None = None
    credential_id: Count | None = None
    groups: list[Any] | None = None
    created_at: str | None = None
    updated_at: str | None = None
    current_status: Name | None = None
    current_job_id: Name | None = None
    total_jobs_run: Count | None = None
    failed_jobs: Count | None = None
    last_job_at: str | None = None
    ossea_config_id: Count | None = None


class VMs(msgspec.Struct):
    vm_contexts: list[VM] | None


class Replication(msgspec.Struct):
    id: Name = ""
    replication_type: Name | None = None
    status: Name | None = None
    current_operation: Name | None = None
    progress_percent: float | None = None
    bytes_transferred: Size | None = None
    total_bytes: Size | None = None
    transfer_speed_bps: Size | None = None
    error_message: Text | None = None
    created_at: str | None = None
    started_at: str | None = None
    completed_at: str | None = None


class VMKey(msgspec.Struct):
    context_id: Id


class VMDetails(msgspec.Struct):
    context: VMKey
    current_job: Replication | None = None
    job_history: list[Replication] | None = None


class StartedReplication(msgspec.Struct):
    job_id: Id


class Disk(msgspec.Struct):
    disk_id: Id
    size_gb: Count = 0


class Disks(msgspec.Struct):
    disks: list[Disk] | None


class Credential(msgspec.Struct):
    id: Count
    credential_name: Name = ""
    vcenter_host: Name = ""
    username: Name = ""
    datacenter: Name = ""
    is_active: bool = True
    is_default: bool = False
    created_at: str | None = None
    last_used: str | None = None


class Credentials(msgspec.Struct):
    credentials: list[Credential] | None


class MadeCredential(msgspec.Struct):
    credential: Credential


class FoundDisk(msgspec.Struct):
    size_gb: Count = 0
    capacity_bytes: Size = 0


class FoundVM(msgspec.Struct):
    name: Name
    path: Name = ""
    power_state: Name = ""
    guest_os: Name = ""
    memory_mb: Count = 0
    num_cpu: Count = 0
    disks: list[FoundDisk] | None = None
    existing: bool = False


class FoundVMs(msgspec.Struct):
    discovered_vms: list[FoundVM] | None = None


class SourceVM(msgspec.Struct):
    """A machine as a vCenter has it; disks and networks go back to the hub as it told them."""

    id: Id
    name: Name
    path: Name
    power_state: Name = ""
    guest_os: Name = ""
    memory_mb: Count = 0
    num_cpu: Count = 0
    disks: list[dict[str, Any]] | None = None
    networks: list[dict[str, Any]] | None = None
    context_id: Name | None = None


class SourceVMs(msgspec.Struct):
    discovered_vms: list[SourceVM] | None = None


class AddedVM(msgspec.Struct):
    vm_name: Name
    success: bool = False
    context_id: Name | None = None
    error: Text | None = None


class AddedVMs(msgspec.Struct):
    success: bool
    processed_vms: list[AddedVM] | None = None


class Storage(msgspec.Struct):
    total_bytes: Size
    used_bytes: Size
    available_bytes: Size
    repository_id: Name = ""
    used_percent: Annotated[float, msgspec.Meta(ge=0)] = 0.0
    backup_count: Count = 0
    last_check_at: str | None = None


class Repository(msgspec.Struct):
    id: Id
    name: Name
    type: Name
    enabled: bool = True
    is_immutable: bool = False
    min_retention_days: Count = 0
    storage_info: Storage | None = None
    created_at: str | None = None
    updated_at: str | None = None


class Repositories(msgspec.Struct):
    repositories: list[Repository] | None


class MadeRepository(msgspec.Struct):
    """Bare in the older hub, wrapped in today's."""

    repository: Repository | None = None
    id: Name = ""


class RepositoryTest(msgspec.Struct):
    success: bool
    message: Text = ""
    error_details: Text = ""


class CopyRule(msgspec.Struct):
    destination_repository_id: Name = ""
    copy_mode: Name = ""
    enabled: bool = False


class Policy(msgspec.Struct):
    id: Id
    name: Name
    primary_repository_id: Name
    enabled: bool = False
    retention_days: int = 0
    copy_rules: list[CopyRule] | None = None


class Schedule(msgspec.Struct):
    id: Id
    name: Name
    cron_expression: Name
    timezone: Name | None = None
    enabled: bool = False


class Schedules(msgspec.Struct):
    schedules: list[Schedule] | None


class FlowStatus(msgspec.Struct):
    last_execution_status: Name = ""
    last_execution_time: str | None = None


class Flow(msgspec.Struct):
    id: Id
    name: Name
    target_type: Name
    target_id: Name
    enabled: bool = False
    repository_id: Name | None = None
    schedule_name: Name | None = None
    schedule_cron: Name | None = None
    status: FlowStatus | None = None


class Flows(msgspec.Struct):
    flows: list[Flow] | None


class DiskResult(msgspec.Struct):
    disk_id: Count
    status: Name = ""
    qcow2_path: Name = (
        ""  # only its file name is used (it is the disk's job id), and never leaves the dialect
    )


class Job(msgspec.Struct):
    """A backup of today's dialect, or one disk's job of the older one."""

    backup_id: Id
    vm_context_id: Name
    vm_name: Name
    backup_type: Name
    repository_id: Name
    status: Name
    bytes_transferred: Size
    total_bytes: Size
    created_at: str
    disk_id: Count = 0
    disk_results: list[DiskResult] | None = None
    disks_count: Count = 0
    current_phase: Name = ""
    transfer_speed_bps: Size = 0
    progress_percent: float = 0.0
    error_message: Text = ""
    started_at: str | None = None
    completed_at: str | None = None
    last_telemetry_at: str | None = None


class Jobs(msgspec.Struct):
    backups: list[Job] | None


class Deleted(msgspec.Struct):
    backup_id: Id


class Stats(msgspec.Struct):
    backup_count: Count
    total_size_bytes: Size
    last_backup_at: str | None = None


class Mount(msgspec.Struct):
    mount_id: Id
    backup_id: Name
    status: Name
    created_at: str
    disk_index: Count = 0
    filesystem_type: Name = ""
    expires_at: str | None = None


class Mounts(msgspec.Struct):
    mounts: list[Mount] | None


class Unmounted(msgspec.Struct):
    mount_id: Id


class Slots(msgspec.Struct):
    active_mounts: Count
    max_mounts: Count
    available_slots: Count


class File(msgspec.Struct):
    name: str
    path: str
    type: str
    size: Size
    mode: Name = ""
    modified_time: str | None = None
    is_symlink: bool = False
    symlink_target: str | None = None


class Files(msgspec.Struct):
    path: str
    files: list[File] | None
    mount_id: Name = ""


def decode(body: bytes, shape: type[T]) -> T:
    """The body as `shape`; `HubProtocolError` with the name of the offending field otherwise."""
    try:
        return msgspec.json.decode(body, type=shape)
    except msgspec.ValidationError as error:
        reason = str(error)  # names the field and the types, never a value
    except (msgspec.DecodeError, UnicodeDecodeError):
        reason = "it is a web page" if body.lstrip()[:1] == b"<" else "it is not whole, valid JSON"
    except RecursionError:
        reason = "it is nested too deeply"
    detail = body[:500].decode("utf-8", "replace")
    raise HubProtocolError(Code.BAD_ANSWER, f"The hub's answer cannot be read: {reason}.", detail=detail)
