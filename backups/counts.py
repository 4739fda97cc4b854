"""How many backups there are in each state, in one query."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, QuerySet, Value
from django.db.models.expressions import Combinable

from backups.days import within
from backups.models import OPEN_STATES, Backup, BackupState
from sendense_portal.tenancy.access import Access
from sendense_portal.ui.navigation import Tally


@dataclass(frozen=True)
class StateCounts:
    """Numbers for the cards above a list."""

    by_state: dict[str, int]
    failed_recently: int = 0
    """Failures of the last WEEK, where these were counted too."""

    @property
    def total(self) -> int:
        return sum(self.by_state.values())

    @property
    def completed(self) -> int:
        return self.by_state.get(BackupState.COMPLETED, 0)

    @property
    def open(self) -> int:
        """Queued, running, stalled, or of unknown state."""
        return sum(self.by_state.get(state, 0) for state in OPEN_STATES)

    @property
    def failed(self) -> int:
        return self.by_state.get(BackupState.FAILED, 0)


EVERY, RECENT = "", "failed recently"
WEEK = 7
"""Days, today among them, over which failures are counted where they are to be seen."""
UNUSUAL_STATES = [state for state in BackupState if state != BackupState.COMPLETED]


def count_states(rows: QuerySet[Backup]) -> StateCounts:
    """All rows, and those of each state but completed, which are few: grouping all of them takes several
    times as long. ``*`` lets an index answer, a column would not."""
    total = counted_as(Value(EVERY), rows)
    unusual = counted_as(F("state"), rows.filter(state__in=UNUSUAL_STATES))
    recent = counted_as(Value(RECENT), failed_recently(rows))
    by_state: dict[str, int] = dict(total.union(unusual, recent, all=True))
    every, failures = by_state.pop(EVERY, 0), by_state.pop(RECENT, 0)
    return StateCounts({BackupState.COMPLETED.value: every - sum(by_state.values())} | by_state, failures)


def failed_recently(rows: QuerySet[Backup]) -> QuerySet[Backup]:
    """The failures of the last WEEK."""
    return within(rows.filter(state=BackupState.FAILED), WEEK)


def counted_as(word: Combinable, rows: QuerySet[Backup]) -> QuerySet[Any]:
    """Pairs of a word and how many rows it is true of."""
    return (
        rows.order_by()
        .annotate(word=word)
        .values("word")
        .annotate(number=Count("*"))
        .values_list("word", "number")
    )


def tally(access: Access) -> Tally:
    """Backups on their way and failures of the last seven days, for the badges in the navigation."""
    rows = Backup.objects.visible_to(access).filter(gone_at__isnull=True)
    numbers: dict[str, int] = dict(
        counted_as(Value("open"), rows.filter(state__in=OPEN_STATES)).union(
            counted_as(Value("failed"), failed_recently(rows)), all=True
        )
    )
    return Tally(numbers.get("open", 0), numbers.get("failed", 0))
