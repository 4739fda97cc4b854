"""What can be chosen when a backup is started, and why something can't."""

from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _

from backups.conflicts import incremental_conflict, repository_conflict, vm_conflict
from backups.estimates import Estimate, estimate
from backups.models import Backup, BackupState, BackupType, Repository
from backups.repositories import fit_for
from sendense_portal.quotas.models import QuotaKind
from sendense_portal.quotas.usage import Use, near_limits
from sendense_portal.tenancy.access import Access
from vms.models import VirtualMachine


@dataclass(frozen=True)
class TypeOption:
    """Full or incremental."""

    value: str
    label: str
    note: str
    conflict: str | None
    chosen: bool


@dataclass(frozen=True)
class RepositoryOption:
    """A place for the backup."""

    repository: Repository
    conflict: str | None
    chosen: bool


@dataclass(frozen=True)
class StartOptions:
    """Everything that the dialog shows about one VM; ``conflict`` speaks against any backup of it."""

    vm: VirtualMachine
    conflict: str | None
    types: list[TypeOption]
    repositories: list[RepositoryOption]
    estimate: Estimate
    near_limits: list[Use]

    @property
    def can_start(self) -> bool:
        """Whether the button is of any use."""
        return self.conflict is None and any(option.chosen for option in self.repositories)


def start_options(
    vm: VirtualMachine, access: Access, *, wanted_type: str = "", wanted_repository: str = ""
) -> StartOptions:
    """What is wanted is chosen where it is possible; else what most people would want."""
    last = Backup.objects.visible_to(access).filter(vm=vm, state=BackupState.COMPLETED, gone_at__isnull=True)
    habit = last.order_by("-created_at").values_list("repository_id", flat=True).first()
    places = [(repository, repository_conflict(vm, repository)) for repository in fit_for(vm)]
    possible = [repository for repository, conflict in places if conflict is None]
    chosen = choose(possible, wanted_repository, habit)
    types = type_options(vm, chosen, wanted_type)
    chosen_type = next(option.value for option in types if option.chosen)
    return StartOptions(
        vm=vm,
        conflict=vm_conflict(vm) or (None if places else _("Its hub has no repository to back up to yet.")),
        types=types,
        repositories=[RepositoryOption(place, conflict, place == chosen) for place, conflict in places],
        estimate=estimate(vm, chosen_type, access),
        near_limits=near_limits(vm.tenant_id, QuotaKind.RESTORE_POINTS, QuotaKind.STORED_BYTES),
    )


def choose(possible: list[Repository], wanted: str, habit: UUID | None) -> Repository | None:
    """The wanted one, else the one that the VM was backed up to last, else the first."""
    for key in (wanted, str(habit)):
        for repository in possible:
            if str(repository.pk) == key:
                return repository
    return possible[0] if possible else None


def type_options(vm: VirtualMachine, repository: Repository | None, wanted: str) -> list[TypeOption]:
    """Incremental is the default as soon as there is a full one to build on in that repository."""
    conflict = incremental_conflict(vm, repository)
    incremental = conflict is None and wanted != BackupType.FULL
    return [
        TypeOption(
            BackupType.INCREMENTAL.value,
            str(BackupType.INCREMENTAL.label),
            _("Only what has changed since the last backup."),
            conflict,
            incremental,
        ),
        TypeOption(
            BackupType.FULL.value,
            str(BackupType.FULL.label),
            _("The whole virtual machine; begins a new chain."),
            None,
            not incremental,
        ),
    ]
