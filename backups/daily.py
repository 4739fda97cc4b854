"""Backups of the last two weeks by day and state, for trends, in one query."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Case, Count, IntegerField, QuerySet, Value, When
from django.db.models.functions import Coalesce

from backups.counts import StateCounts
from backups.days import days_up_to_today, start_of
from backups.models import Backup, BackupState

DAYS = 14
WIDTH, HEIGHT, GAP = 140, 28, 2


@dataclass(frozen=True)
class DayCounts:
    """One day in the person's zone."""

    day: date
    counts: StateCounts


@dataclass(frozen=True)
class Bar:
    """One day of the small chart, in a box of WIDTH × HEIGHT."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Fortnight:
    """``days`` are DAYS, oldest first, the last is today."""

    days: Sequence[DayCounts]

    @property
    def today(self) -> StateCounts:
        """Since midnight."""
        return self.days[-1].counts

    @property
    def mean(self) -> float:
        """Backups a day, of the whole days."""
        return sum(day.counts.total for day in self.days[:-1]) / (DAYS - 1)

    @property
    def failed(self) -> int:
        """In the last seven days, today among them."""
        return sum(day.counts.failed for day in self.days[-7:])

    @property
    def failed_before(self) -> int:
        """In the seven days before those."""
        return sum(day.counts.failed for day in self.days[:-7])

    @property
    def week_ago(self) -> date:
        """The first of the last seven days."""
        return self.days[-7].day

    @property
    def bars(self) -> list[Bar]:
        """A bar a day; of the highest day the whole height."""
        most = max((day.counts.total for day in self.days), default=0) or 1
        step = WIDTH / DAYS
        heights = [day.counts.total / most * HEIGHT for day in self.days]
        return [
            Bar(round(n * step, 1), round(HEIGHT - high, 1), round(step - GAP, 1), round(high, 1))
            for n, high in enumerate(heights)
        ]


def bucket_of(column: str, days: Sequence[date]) -> Case:
    """On which of these days (in order, up to the next one's midnight) a moment lies: its index, -1 before
    them. Compared as moments, since cutting a day out of a moment takes SQLite far longer."""
    newest_first = reversed(list(enumerate(days)))
    whens = [When(**{f"{column}__gte": start_of(day)}, then=Value(index)) for index, day in newest_first]
    return Case(*whens, default=Value(-1), output_field=IntegerField())


def fortnight(rows: QuerySet[Backup]) -> Fortnight:
    """Of these rows; one query."""
    days = days_up_to_today(DAYS)
    found = (
        rows.filter(created_at__gte=start_of(days[0]))
        .order_by()
        # By the state as it stands SQLite walks through all rows, in the order of an index of states.
        .annotate(bucket=bucket_of("created_at", days), word=Coalesce("state", Value("")))
        .values("bucket", "word")
        .annotate(number=Count("*"))
        .values_list("bucket", "word", "number")
    )
    by_day: list[dict[str, int]] = [dict.fromkeys(BackupState.values, 0) for _ in days]
    for bucket, state, number in found:
        by_day[bucket][state] += number
    return Fortnight([DayCounts(day, StateCounts(counts)) for day, counts in zip(days, by_day, strict=True)])
