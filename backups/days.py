"""The last four weeks of a VM, a day at a time."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from backups.models import OPEN_STATES, Backup, BackupState

DAYS = 28


@dataclass(frozen=True)
class Day:
    """One day in the person's zone. ``word`` is completed, failed, open or none: what it amounts to."""

    day: date
    completed: int = 0
    failed: int = 0
    open: int = 0

    @property
    def word(self) -> str:
        """A day with a restore point is a good day, whatever else failed on it."""
        if self.completed:
            return "completed"
        if self.open:
            return "open"
        return "failed" if self.failed else "none"

    @property
    def text(self) -> str:
        """For the title and for those who do not see colours."""
        if self.word == "none":
            return _("no backup")
        parts = [
            _("%d completed") % self.completed if self.completed else "",
            _("%d running") % self.open if self.open else "",
            _("%d failed") % self.failed if self.failed else "",
        ]
        return ", ".join(part for part in parts if part)


def last_days(rows: QuerySet[Backup], days: int = DAYS) -> list[Day]:
    """The days up to today, oldest first, from one query over ``rows``."""
    return days_of(within(rows, days).values_list("created_at", "state"), days)


def last_days_of_each(rows: QuerySet[Backup], days: int = DAYS) -> dict[UUID, list[Day]]:
    """The same by the primary key of the VM, from one query for all; a VM without backups is not in it."""
    found: defaultdict[UUID, list[tuple[datetime, str]]] = defaultdict(list)
    for vm_id, created_at, state in within(rows, days).values_list("vm_id", "created_at", "state"):
        found[vm_id].append((created_at, state))
    return {vm_id: days_of(started, days) for vm_id, started in found.items()}


def within(rows: QuerySet[Backup], days: int) -> QuerySet[Backup]:
    """Those that started in the last so many days."""
    return rows.filter(created_at__gte=start_of(days_up_to_today(days)[0]))


def days_up_to_today(count: int) -> list[date]:
    """So many days of the person's zone, oldest first, the last is today."""
    today = timezone.localdate()
    return [today - timedelta(days=ago) for ago in range(count - 1, -1, -1)]


def days_of(started: Iterable[tuple[datetime, str]], days: int = DAYS) -> list[Day]:
    """Times and states of backups, as the days up to today."""
    states: defaultdict[date, list[str]] = defaultdict(list)
    for created_at, state in started:
        states[timezone.localdate(created_at)].append(state)
    return [summed(day, states[day]) for day in days_up_to_today(days)]


def summed(day: date, states: list[str]) -> Day:
    """What one day's backups amount to."""
    return Day(
        day,
        completed=states.count(BackupState.COMPLETED),
        failed=states.count(BackupState.FAILED),
        open=sum(state in OPEN_STATES for state in states),
    )


def start_of(day: date) -> datetime:
    """Midnight of a day in the person's zone."""
    return timezone.make_aware(datetime.combine(day, time.min))
