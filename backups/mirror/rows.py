"""One backup of the hub as a row: whose it is, what its words mean, what has changed."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Count, Max, OuterRef, Subquery, Sum
from django.utils import timezone

from backups.models import Backup, BackupDisk, BackupState, BackupType, ProgressSample, Repository
from sendense_portal.hub import records
from sendense_portal.live.events import Event, Toast
from sendense_portal.sync.clock import NEVER_REPORTED_AFTER, STALLED_AFTER
from sendense_portal.tenancy.models import HubConnection
from vms.models import VirtualMachine

STATES = {
    "pending": BackupState.QUEUED,
    "started": BackupState.RUNNING,
    "running": BackupState.RUNNING,
    "completed": BackupState.COMPLETED,
    "failed": BackupState.FAILED,
    "cancelled": BackupState.CANCELLED,
}
HOLDING_STATES = (BackupState.QUEUED, BackupState.RUNNING, BackupState.STALLED)
STEADY_FOR = timedelta(seconds=15)
"""A VM with several disks says *completed* after the first; its numbers must rest so long to be believed."""
STEADY_AT_LAST = timedelta(minutes=2)
"""Some hubs never complete a disk's own row; after so long at rest the job's word counts."""


MIRRORED = (
    "remote_id", "repository", "state", "phase", "percent", "transferred_bytes", "total_bytes",
    "bytes_per_second", "created_at", "completed_at", "last_telemetry_at", "progressed_at", "error_text",
    "error_code", "holds_vm", "gone_at", "observed_at",
)  # fmt: skip
"""The columns that sync keeps; all others are the portal's own."""


MOST_SAMPLES, LOOKED_AT_EVERY = 400, 25


@dataclass(frozen=True)
class Change:
    """A row that was written, and what about it is news."""

    backup: Backup
    created: bool
    state_before: str

    @property
    def ended(self) -> bool:
        """Whether it has come to its end just now."""
        return self.backup.state != self.state_before and not self.backup.is_open and not self.created


def write(connection: HubConnection, record: records.Backup) -> Change | None:
    """Writes what the hub says of a backup; None when nothing has changed since it was last said."""
    backup = find(connection, record)
    created, before = backup._state.adding, backup.state
    if not apply(backup, record):
        return None
    save(backup)
    write_disks(backup, record.disks)
    close_disks(backup)
    if backup.state == BackupState.RUNNING and backup.total_bytes:
        sample = ProgressSample.objects.create(
            backup=backup,
            at=timezone.now(),
            transferred_bytes=backup.transferred_bytes,
            bytes_per_second=backup.bytes_per_second,
        )
        if sample.pk % LOOKED_AT_EVERY == 0:
            thin_samples(backup)
    change = Change(backup, created, before)
    if change.ended or created:
        count_restore_points(backup.vm)
    return change


def thin_samples(backup: Backup) -> None:
    """Leaves out every second reading once there are too many: the curve stays, however long a copy takes."""
    keys = list(backup.samples.order_by("at").values_list("pk", flat=True))
    if len(keys) > MOST_SAMPLES:
        ProgressSample.objects.filter(pk__in=keys[1:-1:2]).delete()


def save(backup: Backup) -> None:
    """Writes the hub's facts alone: whose the backup is may have changed since it was read.

    A new row gets its customer from its VM within the database, so that it never keeps the one that the VM
    had a moment ago.
    """
    if not backup._state.adding:
        backup.save(update_fields=MIRRORED)
        return
    backup.save()
    owner = VirtualMachine.objects.filter(pk=OuterRef("vm")).values("tenant")
    Backup.objects.filter(pk=backup.pk).update(tenant=Subquery(owner))


def find(connection: HubConnection, record: records.Backup) -> Backup:
    """The row of a hub's backup: known, a request of ours still without an answer, or a new one."""
    known = Backup.objects.select_related("vm").filter(hub=connection, remote_id=record.backup_id).first()
    if known:
        return known
    vm = vm_of(connection, record)
    asked_for = Backup.objects.select_related("vm").filter(
        vm=vm, remote_id__isnull=True, holds_vm=True, type=record.backup_type
    )
    return asked_for.first() or Backup(
        hub=connection, vm=vm, tenant_id=vm.tenant_id, type=record.backup_type, state=BackupState.QUEUED
    )


def vm_of(connection: HubConnection, record: records.Backup) -> VirtualMachine:
    """The VM of a backup; one that the hub no longer lists gets a row that is gone from the start."""
    vm, _ = VirtualMachine.objects.get_or_create(
        hub=connection,
        remote_id=record.vm_context_id,
        defaults={"name": record.vm_name, "gone_at": timezone.now()},
    )
    return vm


def apply(backup: Backup, record: records.Backup) -> bool:
    """Copies the hub's facts onto the row; True when one of them is new."""
    moved = (record.bytes_transferred, record.current_phase, record.last_telemetry_at) != (
        backup.transferred_bytes, backup.phase, backup.last_telemetry_at,
    )  # fmt: skip
    if moved or backup.progressed_at is None:
        backup.progressed_at = timezone.now()
    state = state_of(backup, record)
    new = backup._state.adding
    values: dict[str, Any] = {
        "remote_id": record.backup_id,
        "repository": repository_of(backup, record),
        "state": state,
        "phase": record.current_phase,
        "percent": percent_of(backup, record, state),
        "transferred_bytes": record.bytes_transferred,
        "total_bytes": record.total_bytes,
        "bytes_per_second": record.transfer_speed_bps,
        "created_at": backup.created_at if not new else record.created_at or timezone.now(),
        "completed_at": record.completed_at if state != BackupState.RUNNING else None,
        "last_telemetry_at": record.last_telemetry_at,
        "error_text": record.error_message,
        "error_code": "hub_reported" if state == BackupState.FAILED else "",
        "holds_vm": backup.holds_vm and state in HOLDING_STATES,
        "gone_at": None,
    }
    changed = new or any(getattr(backup, name) != value for name, value in values.items())
    for name, value in values.items():
        setattr(backup, name, value)
    backup.observed_at = timezone.now()
    return changed


def state_of(backup: Backup, record: records.Backup) -> BackupState:
    """The hub's word, doubted where it is known to come too early: a VM with several disks is *completed*
    after the first. One that is met for the first time as completed is believed."""
    state = STATES.get(record.status, BackupState.UNKNOWN)
    followed = not backup._state.adding and backup.is_open
    if state == BackupState.COMPLETED and followed:
        expected = max(record.disks_count, backup.vm.disk_count)
        if expected > 1 and not disks_done(backup, expected):
            state = BackupState.RUNNING
    return silence_of(backup) if state == BackupState.RUNNING else state


def silence_of(backup: Backup) -> BackupState:
    """A running job by the age of its last move: running, stalled, or (never heard of) unknown."""
    silent_for = timezone.now() - (backup.progressed_at or timezone.now())
    if backup.last_telemetry_at is None and silent_for > NEVER_REPORTED_AFTER:
        return BackupState.UNKNOWN
    return BackupState.STALLED if silent_for > STALLED_AFTER else BackupState.RUNNING


def disks_done(backup: Backup, expected: int) -> bool:
    """Whether every disk has completed, as far as the hub lets one know."""
    resting = timezone.now() - (backup.progressed_at or timezone.now())
    known = [disk.state for disk in backup.disks.all() if disk.hub_job_id]
    if len(known) >= expected:
        return all(state == BackupState.COMPLETED for state in known) or resting > STEADY_AT_LAST
    return resting > STEADY_FOR


def percent_of(backup: Backup, record: records.Backup, state: BackupState) -> float:
    """Of the whole VM where the disks are known, else of the disk being copied; 100 only when completed."""
    if state == BackupState.COMPLETED:
        return 100.0
    percent = min(record.progress_percent, 99.0)
    disks = [] if backup._state.adding else list(backup.disks.all())
    if len(disks) > 1:
        done = sum(disk.state == BackupState.COMPLETED for disk in disks)
        if done == len(disks):
            return 99.0
        return (done * 100.0 + percent) / len(disks)
    return percent


def repository_of(backup: Backup, record: records.Backup) -> Repository | None:
    """The mirrored repository, asked for only when it is another than before."""
    if backup.repository_id and backup.repository and backup.repository.remote_id == record.repository_id:
        return backup.repository
    return Repository.objects.filter(remote_id=record.repository_id, hub=backup.hub).first()


def write_disks(backup: Backup, disks: tuple[records.BackupDisk, ...]) -> None:
    """Per-disk rows, where the hub tells of them."""
    for disk in disks:
        values: dict[str, Any] = {}
        if disk.job_id:
            values["hub_job_id"] = disk.job_id
        if disk.status:
            values["state"] = STATES.get(disk.status, BackupState.RUNNING)
        if disk.total_bytes:
            values |= {"transferred_bytes": disk.bytes_transferred, "total_bytes": disk.total_bytes}
        BackupDisk.objects.update_or_create(backup=backup, index=disk.disk_index, defaults=values)


def close_disks(backup: Backup) -> None:
    """Disks end with their job where its word is theirs: a failure, or the completion of an only disk."""
    left = backup.disks.exclude(state=BackupState.COMPLETED)
    if backup.state == BackupState.FAILED:
        left.update(state=BackupState.FAILED)
    elif backup.state == BackupState.COMPLETED and backup.vm.disk_count == 1:
        left.update(state=BackupState.COMPLETED)


def count_restore_points(vm: VirtualMachine) -> None:
    """Keeps the VM's own columns about its backups right."""
    held = Backup.objects.filter(vm=vm, gone_at__isnull=True)
    points = held.filter(state=BackupState.COMPLETED, bin_until__isnull=True)
    failures = held.filter(state=BackupState.FAILED)
    found = points.aggregate(count=Count("pk"), bytes=Sum("transferred_bytes"), last=Max("completed_at"))
    VirtualMachine.objects.filter(pk=vm.pk).update(
        restore_point_count=found["count"],
        stored_bytes=found["bytes"] or 0,
        last_restore_point_at=found["last"],
        last_failed_at=failures.aggregate(last=Max("created_at"))["last"],
    )


def follow_assignment(vm: VirtualMachine) -> None:
    """Copies a VM's customer onto its backups."""
    Backup.objects.filter(vm=vm).update(tenant=vm.tenant)


def event_of(change: Change) -> Event:
    """What open pages should hear of a change."""
    backup = change.backup
    news = change.created or change.state_before != backup.state
    return Event(
        "backup",
        str(backup.pk),
        backup.tenant_id,
        signals=("backups", "vms") if news else (),
        toast=toast_of(backup) if change.ended else None,
    )


def toast_of(backup: Backup) -> Toast | None:
    """The notice of an end."""
    href = f"/backups/{backup.pk}/"
    if backup.state == BackupState.COMPLETED:
        return Toast(
            "success", f"Backup of {backup.vm.name} completed", str(BackupType(backup.type).label), href
        )
    if backup.state == BackupState.FAILED:
        return Toast(
            "error", f"Backup of {backup.vm.name} failed", "Open it to see why and what to do.", href
        )
    return None
