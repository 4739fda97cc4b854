"""How many backups there are in each state, in one query."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, QuerySet, Value
from django.db.models.expressions import Combinable

from backups.models import OPEN_STATES, Backup, BackupState
from sendense_portal.tenancy.access import Access


@dataclass(frozen=True)
class StateCounts:
    """Numbers for the cards above a list."""

    by_state: dict[str, int]

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


EVERY = ""
UNUSUAL_STATES = [state for state in BackupState if state != BackupState.COMPLETED]


def count_states(rows: QuerySet[Backup]) -> StateCounts:
    """All rows, and those of each state but completed, which are few: grouping all of them takes several
    times as long. ``*`` lets an index answer, a column would not."""
    total = counted_as(Value(EVERY), rows)
    unusual = counted_as(F("state"), rows.filter(state__in=UNUSUAL_STATES))
    by_state: dict[str, int] = dict(total.union(unusual, all=True))
    every = by_state.pop(EVERY, 0)
    return StateCounts({BackupState.COMPLETED.value: every - sum(by_state.values())} | by_state)


def counted_as(word: Combinable, rows: QuerySet[Backup]) -> QuerySet[Any]:
    """Pairs of a word and how many rows it is true of."""
    return (
        rows.order_by()
        .annotate(word=word)
        .values("word")
        .annotate(number=Count("*"))
        .values_list("word", "number")
    )


def count_open(access: Access) -> int:
    """Backups on their way, for the badge in the navigation."""
    return Backup.objects.visible_to(access).filter(state__in=OPEN_STATES, gone_at__isnull=True).count()
