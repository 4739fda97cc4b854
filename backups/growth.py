"""How a repository fills up: the daily readings, the rate of the last month, and the day it will be full."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.utils import timezone

from backups.models import Repository, RepositorySample

TOLD_FROM = timedelta(days=30)
"""The rate is what was added from the first to the last reading of these days, by the days between."""
LEAST_SPAN = timedelta(days=7)
LEAST_READINGS = 5
FARTHEST = 3650
"""Days; what would be full later than in ten years is not growing in any sense that matters."""
WIDTH, HEIGHT = 600, 120


@dataclass(frozen=True)
class Growth:
    """``bytes_per_day`` is None while too little is known, and may be negative; ``full_on`` is None where
    it does not grow or nobody can tell."""

    days: int
    """Between the first and the last reading that the rate was told from."""
    bytes_per_day: int | None = None
    full_on: date | None = None

    @property
    def is_known(self) -> bool:
        """Whether there are readings enough to say anything."""
        return self.bytes_per_day is not None

    @property
    def tone(self) -> str:
        """Full within a month is a warning, within a week an error."""
        if self.full_on is None:
            return "none"
        left = (self.full_on - timezone.localdate()).days
        return "error" if left <= 7 else "warning" if left <= 30 else "none"


def growths_of(repositories: Iterable[Repository]) -> dict[UUID, Growth]:
    """Of each repository, in one query."""
    wanted = {repository.pk: repository for repository in repositories}
    since = timezone.now().date() - TOLD_FROM
    found: dict[UUID, list[RepositorySample]] = {key: [] for key in wanted}
    for sample in RepositorySample.objects.filter(repository__in=wanted, day__gte=since).order_by("day"):
        found[sample.repository_id].append(sample)
    return {key: growth(repository, found[key]) for key, repository in wanted.items()}


def growth(repository: Repository, samples: Sequence[RepositorySample]) -> Growth:
    """From the readings of the last month, oldest first. A change of the capacity begins the count anew: what
    is used may have been moved with it."""
    samples = [sample for sample in samples if sample.total_bytes == samples[-1].total_bytes]
    days = (samples[-1].day - samples[0].day).days if samples else 0
    if len(samples) < LEAST_READINGS or days < LEAST_SPAN.days:
        return Growth(days)
    rate = (samples[-1].used_bytes - samples[0].used_bytes) / days
    return Growth(days, round(rate), full_on(repository, rate, samples[-1].day))


def full_on(repository: Repository, bytes_per_day: float, last_day: date) -> date | None:
    """The day on which what is free now will be used up at this rate."""
    free = repository.available_bytes
    if bytes_per_day < 1 or free is None or free / bytes_per_day > FARTHEST:
        return None
    return last_day + timedelta(days=int(free / bytes_per_day))


@dataclass(frozen=True)
class Curve:
    """``line`` and ``area`` are ``points`` of what was used, in a box of WIDTH × HEIGHT whose top is ``top``
    bytes: the largest capacity."""

    line: str
    area: str
    top: int
    samples: Sequence[RepositorySample]
    width: int = WIDTH
    height: int = HEIGHT

    @property
    def first(self) -> RepositorySample:
        """The oldest reading."""
        return self.samples[0]

    @property
    def last(self) -> RepositorySample:
        """The newest reading."""
        return self.samples[-1]

    @property
    def weekly(self) -> list[RepositorySample]:
        """One a week, newest first, for those who read a table."""
        return list(reversed(self.samples))[::7]


def curve_of(repository: Repository) -> Curve | None:
    """All readings that are kept; None with fewer than two."""
    samples = list(repository.samples.order_by("day"))
    top = max((sample.total_bytes for sample in samples), default=0)
    if len(samples) < 2 or not top:
        return None
    first, span = samples[0].day, (samples[-1].day - samples[0].day).days
    points = [
        ((one.day - first).days / span * WIDTH, HEIGHT - min(one.used_bytes / top, 1) * (HEIGHT - 4))
        for one in samples
    ]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return Curve(line, f"0,{HEIGHT} {line} {WIDTH},{HEIGHT}", top, samples)
