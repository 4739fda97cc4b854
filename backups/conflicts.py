"""Why a backup can't be started or deleted now, in a sentence for the person who wants to."""

from collections.abc import Callable, Sequence

from django.db.models import Exists, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backups.models import OPEN_STATES, Backup, BackupState, BackupType, Repository
from backups.repositories import may_use
from vms.models import LONGEST_NAME, VirtualMachine

delete_checks: list[Callable[[Sequence[Backup]], str | None]] = []
"""More reasons against deleting any of some backups, from domains above (an open mount)."""

before_delete: list[Callable[[Backup], None]] = []
"""What domains above let go of before a backup is deleted at the hub. They raise HubError."""


def start_conflict(
    vm: VirtualMachine, backup_type: str | None = None, repository: Repository | None = None
) -> str | None:
    """The first reason against starting; None when nothing speaks against it (hub/contract.md, "Before a
    start, look": the hub itself checks none of this and leaves jobs behind that run for ever)."""
    reasons = [vm_conflict(vm)]
    if repository:
        reasons += [repository_conflict(vm, repository), grant_conflict(vm, repository)]
    if backup_type == BackupType.INCREMENTAL:
        reasons.append(incremental_conflict(vm, repository))
    return next((reason for reason in reasons if reason), None)


def vm_conflict(vm: VirtualMachine) -> str | None:
    """What about the VM itself stands in the way."""
    if vm.gone_at:
        return _("The hub no longer lists this virtual machine.")
    if vm.hub.is_silent:
        return _("The hub does not answer at the moment. Nothing can be started until it is back.")
    if not vm.disk_count:
        return _("The hub knows no disks of this virtual machine yet.")
    if not vm.has_credential:
        return _("The hub has no vCenter credential for this virtual machine. The provider has to add one.")
    if "-disk" in vm.name or "/" in vm.name or len(vm.name) > LONGEST_NAME:
        return _(
            "The hub can't handle this name: it must have at most 32 characters, no “/” and no “-disk”. "
            "The virtual machine has to be renamed."
        )
    twins = VirtualMachine.objects.filter(hub=vm.hub, name=vm.name, gone_at__isnull=True).exclude(pk=vm.pk)
    if twins.exists():
        return _("Another virtual machine of this hub has the same name; the hub would mix up their backups.")
    open_one = Backup.objects.filter(vm=vm, gone_at__isnull=True).filter(
        Q(holds_vm=True) | Q(state__in=[state for state in OPEN_STATES if state != BackupState.UNKNOWN])
    )
    if open_one.exists():
        return _("A backup of this virtual machine is already running.")
    return None


def repository_conflict(vm: VirtualMachine, repository: Repository) -> str | None:
    """What about the place stands in the way."""
    if repository.hub != vm.hub:
        return _("This repository belongs to another hub.")
    if repository.gone_at or not repository.enabled:
        return _("This repository is not in use at the hub.")
    if repository.available_bytes == 0:
        return _("This repository is full.")
    return None


def grant_conflict(vm: VirtualMachine, repository: Repository) -> str | None:
    """Whether its customer may use the place; forms offer only those that it may."""
    if not may_use(vm.tenant_id, repository):
        return _(
            "%(customer)s may not use this repository. The provider decides which ones; backups that lie "
            "there can still be restored."
        ) % {"customer": vm.tenant}
    return None


def incremental_conflict(vm: VirtualMachine, repository: Repository | None) -> str | None:
    """An incremental needs a completed full in the same repository (hub/reference.md 6.9), and the hub, which
    knows no bin, would build on its newest point even if that is about to be deleted."""
    points = Backup.objects.filter(vm=vm, state=BackupState.COMPLETED, gone_at__isnull=True)
    if repository:
        points = points.filter(repository=repository)
    has_full = Exists(points.filter(type=BackupType.FULL))
    newest = (
        points.order_by("-created_at").annotate(has_full=has_full).values("bin_until", "has_full").first()
    )
    if newest is None or not newest["has_full"]:
        return _("There is no completed full backup to build on yet. Start with a full one.")
    if newest["bin_until"] and repository:
        return _(
            "The newest backup is in the bin, and an incremental would build on it. Bring it back, or start "
            "with a full one."
        )
    return None


def delete_conflict(backup: Backup) -> str | None:
    """The first reason against deleting it alone; the hub would delete anyway and leave a broken chain."""
    dependants = later_incrementals(backup)
    if dependants:
        return ngettext(
            "%(count)d later incremental backup builds on it. Delete that first.",
            "%(count)d later incremental backups build on it. Delete those first.",
            len(dependants),
        ) % {"count": len(dependants)}
    return own_conflict(backup) or use_conflict([backup])


def own_conflict(backup: Backup) -> str | None:
    """The first reason in the backup itself, whatever builds on it or uses it; asks the database nothing."""
    if backup.bin_until and not backup.gone_at:
        return _("It is in the bin already.")
    return hub_conflict(backup)


def hub_conflict(backup: Backup) -> str | None:
    """The first reason why the hub must not be asked to delete it."""
    if backup.held_at:
        return _("The restore point of %(when)s is under legal hold: %(reason)s") % {
            "when": f"{backup.created_at:%Y-%m-%d %H:%M} UTC",
            "reason": backup.hold_reason,
        }
    if backup.gone_at or not backup.remote_id:
        return _("The hub no longer has this backup.")
    if backup.is_open:
        return _("It is still running.")
    if backup.repository and backup.repository.immutable:
        # The hub's own word is a label that it does not keep to (hub/contract.md): the portal does.
        return _("Its repository is immutable: what lies there is kept.")
    return None


def use_conflict(backups: Sequence[Backup]) -> str | None:
    """The first reason in what is done with any of them at the moment."""
    return next((reason for check in delete_checks if (reason := check(backups))), None)


def later_incrementals(backup: Backup) -> list[Backup]:
    """The completed increments after this one, up to the next full of the same VM and repository; those in
    the bin too, which the hub still has."""
    if backup.state != BackupState.COMPLETED:
        return []
    later = Backup.objects.filter(
        vm=backup.vm,
        repository=backup.repository,
        state=BackupState.COMPLETED,
        gone_at__isnull=True,
        created_at__gt=backup.created_at,
    )
    next_full = later.filter(type=BackupType.FULL).order_by("created_at").first()
    if next_full:
        later = later.filter(created_at__lt=next_full.created_at)
    return list(later.filter(type=BackupType.INCREMENTAL).order_by("created_at"))
