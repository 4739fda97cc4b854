"""Keeps the rows of backups true: running ones every second, each VM's list in turn, and requests that
got no answer."""

from collections.abc import Iterable, Iterator
from datetime import timedelta

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from backups.mirror import rows
from backups.models import OPEN_STATES, Backup, BackupState
from sendense_portal.hub import Hub, HubNotFound, records
from sendense_portal.live.events import Event
from sendense_portal.sync.clock import (
    IDLE_EVERY,
    LISTING_AGAIN_AFTER,
    LISTINGS_PER_TICK,
    REQUEST_SETTLED_AFTER,
    RUNNING_EVERY,
    STALLED_AFTER,
)
from sendense_portal.tenancy.models import HubConnection
from vms.mirror import mirror_disks
from vms.models import VirtualMachine


def running_every(connection: HubConnection) -> timedelta:
    """Often while anything runs, seldom while nothing does."""
    return RUNNING_EVERY if open_backups(connection).exists() else IDLE_EVERY


def open_backups(connection: HubConnection) -> QuerySet[Backup]:
    """Rows of this hub that may still change."""
    return Backup.objects.filter(hub=connection, state__in=OPEN_STATES, gone_at__isnull=True)


def refresh_running(connection: HubConnection, hub: Hub) -> Iterator[Event]:
    """One call for all running jobs; those that left the list are asked for their end one by one."""
    listed = hub.backups.running()
    for record in listed:
        yield from written(connection, record)
    left = open_backups(connection).filter(remote_id__isnull=False).select_related("vm")
    for backup in left.exclude(remote_id__in=[record.backup_id for record in listed]):
        yield from settle(connection, hub, backup)


def settle(connection: HubConnection, hub: Hub, backup: Backup) -> Iterator[Event]:
    """The end of a job that the hub no longer calls running."""
    refresh_disk_states(hub, backup)
    try:
        record = hub.backups.get(backup.remote_id or "")
    except HubNotFound:
        # Deleted at the hub while it ran, or its start was rolled back there.
        change = rows.Change(backup, created=False, state_before=backup.state)
        backup.state, backup.gone_at, backup.holds_vm = BackupState.UNKNOWN, timezone.now(), False
        backup.save()
        yield rows.event_of(change)
        return
    yield from written(connection, record)


def refresh_disk_states(hub: Hub, backup: Backup) -> None:
    """Asks for the hidden rows of single disks, which say what the job's own word hides."""
    for disk in backup.disks.exclude(state=BackupState.COMPLETED).exclude(hub_job_id=""):
        if disk.hub_job_id == backup.remote_id:
            continue
        status = hub.backups.disk_status(disk.hub_job_id)
        state = rows.STATES.get(status, BackupState.UNKNOWN)
        if state != disk.state:
            disk.state = state
            disk.save(update_fields=["state"])


def written(connection: HubConnection, record: records.Backup) -> Iterator[Event]:
    """Writes one record and tells, if there is news."""
    if change := rows.write(connection, record):
        yield rows.event_of(change)


def refresh_listings(connection: HubConnection, hub: Hub) -> Iterator[Event]:
    """Lists the backups of a few VMs: whose turn it is, and first those that were never listed."""
    due = VirtualMachine.objects.filter(hub=connection).filter(
        Q(last_listed_at__isnull=True) | Q(last_listed_at__lt=timezone.now() - LISTING_AGAIN_AFTER)
    )
    for vm in due.order_by(F("last_listed_at").asc(nulls_first=True), "pk")[:LISTINGS_PER_TICK]:
        yield from list_vm(connection, hub, vm)


def list_vm(connection: HubConnection, hub: Hub, vm: VirtualMachine) -> Iterator[Event]:
    """All backups of one VM; what the hub no longer lists is marked gone."""
    listed = hub.backups.list(vm_context_id=vm.remote_id)
    if vm.gone_at is None:
        mirror_disks(vm, hub.vms.disks(vm.remote_id))
    for record in listed:
        yield from written(connection, record)
    known = Backup.objects.filter(vm=vm, gone_at__isnull=True, remote_id__isnull=False)
    # Open rows are settled by ``refresh_running``, which asks for them by id.
    ended = known.exclude(state__in=OPEN_STATES)
    vanished = ended.exclude(remote_id__in=[record.backup_id for record in listed])
    if vanished.update(gone_at=timezone.now()):
        yield Event("hub", str(connection.pk), vm.tenant_id, signals=("backups", "vms"))
    rows.count_restore_points(vm)
    VirtualMachine.objects.filter(pk=vm.pk).update(last_listed_at=timezone.now())


def settle_requests(connection: HubConnection, hub: Hub) -> Iterator[Event]:
    """Starts that never got an answer: the job is looked for, and after a while called not started."""
    waiting = Backup.objects.filter(hub=connection, remote_id__isnull=True, holds_vm=True)
    asked_before = timezone.now() - timedelta(seconds=5)
    for backup in waiting.filter(created_at__lt=asked_before).select_related("vm"):
        known = set(Backup.objects.filter(vm=backup.vm).values_list("remote_id", flat=True))
        for record in hub.backups.list(vm_context_id=backup.vm.remote_id):
            begun_after = record.created_at and record.created_at > backup.created_at - timedelta(seconds=30)
            if begun_after and record.backup_id not in known and record.backup_type == backup.type:
                yield from written(connection, record)
                break
        else:
            if timezone.now() - backup.created_at > REQUEST_SETTLED_AFTER:
                yield from fail(backup, "start_not_found")


def fail(backup: Backup, code: str) -> Iterator[Event]:
    """Ends a request of the portal that the hub does not know."""
    change = rows.Change(backup, created=False, state_before=backup.state)
    backup.state, backup.error_code, backup.holds_vm = BackupState.FAILED, code, False
    backup.completed_at = timezone.now()
    backup.save(update_fields=["state", "error_code", "holds_vm", "completed_at"])
    yield rows.event_of(change)


def mark_stalled(connection: HubConnection) -> Iterable[Event]:
    """Running jobs whose numbers have rested for a minute, whether or not the hub answers."""
    silent = Backup.objects.filter(
        hub=connection, state=BackupState.RUNNING, progressed_at__lt=timezone.now() - STALLED_AFTER
    ).select_related("vm")
    for backup in silent:
        change = rows.Change(backup, created=False, state_before=backup.state)
        backup.state = rows.silence_of(backup)
        backup.holds_vm = backup.holds_vm and backup.state in rows.HOLDING_STATES
        backup.save(update_fields=["state", "holds_vm"])
        yield rows.event_of(change)
