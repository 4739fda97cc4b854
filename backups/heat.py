"""How old the newest restore point of each machine was, day by day: what could really have been lost.

Measured on points that can still be restored, never on jobs that said they had succeeded.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import F, Max, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backups.daily import bucket_of
from backups.days import days_up_to_today, start_of
from backups.models import Backup, restorable
from sendense_portal.tenancy.access import Access
from vms.models import VirtualMachine
from vms.objectives import objective_of

DAYS = 28
MOST_MACHINES = 20
MET, LATE, NONE = "met", "late", "none"

narrowings: list[Callable[[QuerySet[Backup]], QuerySet[Backup]]] = []
"""Each leaves out points that another part knows can't be restored; put here from ``apps.py``."""


@dataclass(frozen=True)
class Cell:
    """``word`` is met, late or none; ``age`` in whole days (0: hours), of a late one. Told at the end of the
    day, today at this moment."""

    day: date
    word: str
    age: int = 0

    @property
    def sign(self) -> str:
        """What stands in it, so that nobody needs the colour."""
        return {MET: "✓", LATE: str(self.age or "<1"), NONE: "–"}[self.word]

    @property
    def text(self) -> str:
        """For the title and for those who do not see it."""
        if self.word == MET:
            return _("a restore point as new as it has to be")
        if self.word == NONE:
            return _("no restore point")
        if not self.age:
            return _("the newest restore point was older than it may be")
        return ngettext(
            "the newest restore point was %(count)d day old",
            "the newest restore point was %(count)d days old",
            self.age,
        ) % {"count": self.age}


@dataclass(frozen=True)
class HeatRow:
    """One machine and its DAYS cells, oldest first."""

    vm: VirtualMachine
    cells: Sequence[Cell]


@dataclass(frozen=True)
class Heat:
    """The machines whose newest point is the oldest, ``days`` the columns."""

    days: Sequence[date]
    rows: Sequence[HeatRow]

    @property
    def is_cut(self) -> bool:
        """Whether there may be more machines than are shown."""
        return len(self.rows) == MOST_MACHINES


def heat_of(access: Access) -> Heat:
    """Two queries, however many machines there are."""
    worst = F("last_restore_point_at").asc(nulls_last=True)
    vms = VirtualMachine.objects.visible_to(access).filter(gone_at__isnull=True).select_related("tenant")
    shown = list(vms.order_by(worst, "name", "pk")[:MOST_MACHINES])
    days = days_up_to_today(DAYS)
    newest = newest_points(Backup.objects.visible_to(access).filter(vm__in=shown), days)
    return Heat(days, [HeatRow(vm, cells_of(newest.get(vm.pk, {}), days, objective_of(vm))) for vm in shown])


def newest_points(rows: QuerySet[Backup], days: Sequence[date]) -> dict[object, dict[int, datetime]]:
    """By machine and index of the day (-1: before them) when the newest point of that day was complete."""
    points = rows.filter(restorable(), completed_at__isnull=False)
    for narrow in narrowings:
        points = narrow(points)
    found = (
        points.order_by()
        .annotate(bucket=bucket_of("completed_at", days))
        .values("vm", "bucket")
        .annotate(newest=Max("completed_at"))
        .values_list("vm", "bucket", "newest")
    )
    by_vm: dict[object, dict[int, datetime]] = {}
    for vm, bucket, moment in found:
        by_vm.setdefault(vm, {})[bucket] = moment
    return by_vm


def cells_of(newest: dict[int, datetime], days: Sequence[date], objective: timedelta) -> list[Cell]:
    """Day after day, each with the newest point up to its end, by the objective of today."""
    latest, now, cells = newest.get(-1), timezone.now(), []
    for index, day in enumerate(days):
        latest = newest.get(index, latest)
        end = min(start_of(day + timedelta(days=1)), now)
        cells.append(cell(day, latest, end, objective))
    return cells


def cell(day: date, latest: datetime | None, end: datetime, objective: timedelta) -> Cell:
    """One day; the same rule as for *overdue*."""
    if latest is None:
        return Cell(day, NONE)
    age = end - latest
    if age <= objective:
        return Cell(day, MET)
    return Cell(day, LATE, age.days)
