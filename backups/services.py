"""Starting and deleting backups: the only code that asks a hub for either."""

import time
from collections import defaultdict
from threading import Lock
from typing import Literal

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from backups.conflicts import before_delete, delete_conflict, incremental_conflict, start_conflict
from backups.mirror import rows
from backups.models import Backup, BackupState, BackupType, Repository
from sendense_portal.audit import log
from sendense_portal.audit.log import Actor
from sendense_portal.hub import HubError, HubOutcomeUnknown, HubPartlyStarted, records
from sendense_portal.live.events import Event, publish_now
from sendense_portal.quotas.enforcement import QuotaReached, allowance
from sendense_portal.quotas.models import QuotaKind
from sendense_portal.tenancy.access import Access
from sendense_portal.tenancy.hubs import client_for
from sendense_portal.tenancy.roles import Action
from vms.models import VirtualMachine

SECONDS_BETWEEN_STARTS = 1.1
"""The hub makes ids from the second; two starts within one collide (hub/README.md 15)."""


class Refused(Exception):
    """The portal said no before the hub was asked; ``str()`` is the sentence to show."""


class StartRefused(Refused):
    """A backup can't be started now."""


class DeleteRefused(Refused):
    """A backup can't be deleted now."""


class StartGate:
    """One start at a time and hub, a second apart."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.last_at = 0.0

    def __enter__(self) -> None:
        self.lock.acquire()
        time.sleep(max(0.0, self.last_at + SECONDS_BETWEEN_STARTS - time.monotonic()))

    def __exit__(self, *exception: object) -> None:
        self.last_at = time.monotonic()
        self.lock.release()


gates: defaultdict[object, StartGate] = defaultdict(StartGate)


class BackupService:
    """What one actor does with backups. The rights were checked at the door."""

    def __init__(self, actor: Actor, access: Access) -> None:
        self.actor = actor
        self.access = access
        self.is_approved = False
        self.warnings: list[str] = []
        """Soft quotas that a start went beyond, for its person to read."""

    @classmethod
    def approved(cls, actor: Actor) -> "BackupService":
        """For what a second person has approved, in that person's name."""
        if actor.user is None:
            raise ValueError("only a person approves")
        service = cls(actor, Access.of(actor.user))
        service.is_approved = True
        return service

    def start(self, *, vm: VirtualMachine, backup_type: BackupType, repository: Repository) -> Backup:
        """Starts a backup of all disks of a VM.

        The row is there before the hub is asked, and holds the VM: of two people at once one gets
        StartRefused. Raises HubError as the hub client does;
        HubOutcomeUnknown leaves a row that sync settles.
        """
        if reason := start_conflict(vm, backup_type, repository):
            raise StartRefused(reason)
        backup = self.request(vm, backup_type, repository)
        with log.attempt(
            self.actor, Action.BACKUP_START, backup, vm=vm.name, type=backup_type, repository=repository.name
        ) as attempt:
            try:
                with gates[vm.hub_id]:
                    answer = client_for(vm.hub).backups.start(
                        vm_name=vm.name,
                        backup_type=hub_word(backup_type),
                        repository_id=repository.remote_id,
                        disk_ids=[disk.index for disk in vm.disks.all()],
                    )
            except HubPartlyStarted as error:
                # Some disks are being copied: the backup goes on, and its person learns which part failed.
                if error.started:
                    self.accepted(backup, error.started)
                raise
            except HubError as error:
                self.ended(backup, error)
                raise
            attempt.note(hub_job=answer.backup_id)
            self.accepted(backup, answer)
        return backup

    def request(self, vm: VirtualMachine, backup_type: str, repository: Repository) -> Backup:
        """The row of a start on its way; it counts in the customer's quotas from its first moment."""
        # Stored data is not known before it is copied: a start needs any of it left.
        wanted = {QuotaKind.RESTORE_POINTS: 1, QuotaKind.STORED_BYTES: 1}
        try:
            with allowance(
                self.actor, Action.BACKUP_START, vm, vm.tenant_id, wanted, vm=vm.name, type=backup_type
            ) as self.warnings:
                refuse_moved(vm)
                refuse_on_binned(vm, backup_type, repository)
                backup = Backup.objects.create(
                    hub=vm.hub,
                    vm=vm,
                    tenant=vm.tenant,
                    repository=repository,
                    type=backup_type,
                    state=BackupState.QUEUED,
                    created_at=timezone.now(),
                    progressed_at=timezone.now(),
                    origin=Backup.Origin.PORTAL,
                    started_by=self.actor.user,
                    started_by_name=str(self.actor.user or self.actor.name),
                    holds_vm=True,
                )
        except IntegrityError:
            raise StartRefused(_("A backup of this virtual machine is already running.")) from None
        except QuotaReached as reached:
            raise StartRefused(str(reached)) from None
        tell(backup)
        return backup

    def accepted(self, backup: Backup, answer: records.Backup) -> None:
        """The hub has begun. Sync may have seen the job before its answer came; its numbers stay."""
        with transaction.atomic():
            backup.refresh_from_db()
            backup.remote_id = answer.backup_id
            if backup.state in (BackupState.QUEUED, BackupState.UNKNOWN):
                backup.state = BackupState.RUNNING
            backup.save(update_fields=["remote_id", "state"])
            rows.write_disks(backup, answer.disks)
        tell(backup)

    def ended(self, backup: Backup, error: HubError) -> None:
        """The hub refused or did not answer. Without an answer the row goes on holding the VM."""
        backup.refresh_from_db()
        if backup.remote_id:
            return
        if isinstance(error, HubOutcomeUnknown):
            backup.state = BackupState.UNKNOWN
        else:
            backup.state, backup.holds_vm = BackupState.FAILED, False
            backup.completed_at = timezone.now()
        backup.error_code, backup.error_text = error.code, error.sentence
        backup.save()
        tell(backup)

    def delete(self, backup: Backup) -> None:
        """Deletes a backup that nothing builds on. Raises DeleteRefused or HubError."""
        if needs_second_person(backup) and not self.is_approved:
            raise DeleteRefused(_("Its customer wants two people to delete a backup."))
        if backup.tenant and backup.tenant.bin_days:
            raise DeleteRefused(_("Its customer wants deleted backups to go to the bin first."))
        backup.refresh_from_db(fields=["held_at", "hold_reason"])
        if reason := delete_conflict(backup):
            raise DeleteRefused(reason)
        remove(self.actor, Action.BACKUP_DELETE, backup)


def remove(actor: Actor, action: str, backup: Backup, **facts: str) -> None:
    """Deletes a backup at the hub; whether that may be was asked before. Raises HubError."""
    with log.attempt(actor, action, backup, vm=backup.vm.name, hub_job=backup.remote_id, **facts):
        job_ids = [disk.hub_job_id for disk in backup.disks.all() if disk.hub_job_id]
        for let_go in before_delete:
            let_go(backup)
        client_for(backup.hub).backups.delete(backup.remote_id or "", disk_job_ids=job_ids)
        backup.gone_at = timezone.now()
        backup.save(update_fields=["gone_at"])
        rows.count_restore_points(backup.vm)
    tell(backup)


def refuse_moved(vm: VirtualMachine) -> None:
    """Raises StartRefused if the VM went to another customer since the right to start was checked."""
    if not VirtualMachine.objects.select_for_update().filter(pk=vm.pk, tenant=vm.tenant_id).exists():
        raise StartRefused(_("This virtual machine has just changed its customer. Look at it again."))


def refuse_on_binned(vm: VirtualMachine, backup_type: str, repository: Repository) -> None:
    """Raises StartRefused if the point to build on went to the bin since that was asked; who puts one there
    locks the VM as a start does."""
    if backup_type == BackupType.INCREMENTAL and (reason := incremental_conflict(vm, repository)):
        raise StartRefused(reason)


def needs_second_person(backup: Backup) -> bool:
    """Whether its customer wants two people for a deletion."""
    return backup.tenant is not None and backup.tenant.four_eyes_delete


def hub_word(backup_type: BackupType) -> Literal["full", "incremental"]:
    """The type as the hub calls it."""
    return "full" if backup_type == BackupType.FULL else "incremental"


def tell(backup: Backup) -> None:
    """Open pages hear of a change that the portal made itself."""
    publish_now(Event("backup", str(backup.pk), backup.tenant_id, signals=("backups", "vms")))
