"""How long a backup will take and how much it will move, judged by earlier ones of the same VM."""

from dataclasses import dataclass
from statistics import median

from backups.models import Backup, BackupState
from sendense_portal.tenancy.access import Access
from vms.models import VirtualMachine

EARLIER_RUNS = 5


@dataclass(frozen=True)
class Estimate:
    """Medians of ``runs`` earlier backups of that type; without any only the upper bound is known."""

    runs: int
    seconds: float | None
    bytes: int | None
    at_most_bytes: int


def estimate(vm: VirtualMachine, backup_type: str, access: Access) -> Estimate:
    """What to expect of a backup of this type; one query."""
    earlier = (
        Backup.objects.visible_to(access)
        .filter(vm=vm, type=backup_type, state=BackupState.COMPLETED, completed_at__isnull=False)
        .order_by("-created_at")[:EARLIER_RUNS]
    )
    runs = list(earlier)
    if not runs:
        return Estimate(0, None, None, vm.disk_bytes)
    return Estimate(
        runs=len(runs),
        seconds=median(seconds_of(run) for run in runs),
        bytes=int(median(run.transferred_bytes for run in runs)),
        at_most_bytes=vm.disk_bytes,
    )


def seconds_of(run: Backup) -> float:
    """From start to end."""
    return max(0.0, (run.completed_at - run.created_at).total_seconds()) if run.completed_at else 0.0
