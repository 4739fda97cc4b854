"""One name over time: when it was first seen, how it changed, since when it is gone."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from backups.models import Backup
from restore.models import CatalogueName, CataloguePoint, NameVersion
from restore.models.catalogue import NEVER


@dataclass(frozen=True)
class Walked:
    """The points of a disk that are in the catalogue, oldest first."""

    points: Sequence[CataloguePoint]

    @property
    def positions(self) -> list[int]:
        """Their times."""
        return [point.position for point in self.points]

    def between(self, after: int, gone: int) -> Sequence[CataloguePoint]:
        """Those after one time and before another."""
        positions = self.positions
        return self.points[bisect_right(positions, after) : bisect_left(positions, gone)]


@dataclass(frozen=True)
class Stretch:
    """A time in which a name was the same, or (``version`` None) was not there; ``points`` are the walked
    points of that time, oldest first. ``before`` and ``since`` are the walked points around it."""

    version: NameVersion | None
    points: Sequence[CataloguePoint]
    before: CataloguePoint | None = None
    since: CataloguePoint | None = None

    @property
    def first(self) -> Backup:
        """The oldest point of it."""
        return self.points[0].backup

    @property
    def last(self) -> Backup:
        """The newest point of it."""
        return self.points[-1].backup

    @property
    def newest_restorable(self) -> Backup | None:
        """From which it can be taken."""
        return next((point.backup for point in reversed(self.points) if point.backup.is_restorable), None)


@dataclass(frozen=True)
class Timeline:
    """``stretches`` are the newest first."""

    stretches: list[Stretch]
    walked: Walked
    unwalked: int = 0
    """Restorable points of the machine that nobody has read yet: what they hold is not known."""

    @property
    def is_gone(self) -> bool:
        """Whether the newest walked point lacks it."""
        return bool(self.stretches) and self.stretches[0].version is None


def walked_of(disk_id: int) -> Walked:
    """In one query."""
    rows = CataloguePoint.objects.filter(disk=disk_id, state=CataloguePoint.State.COMPLETE)
    return Walked(list(rows.select_related("backup").order_by("position")))


def held(point: CataloguePoint) -> QuerySet[NameVersion]:
    """What a point holds, of whatever disk."""
    return NameVersion.objects.filter(after__lt=point.position, gone__gt=point.position)


def timeline_of(name: CatalogueName) -> Timeline:
    """All that is known of a name; three queries."""
    walked = walked_of(name.disk_id)
    versions = list(name.versions.order_by("after"))
    stretches: list[Stretch] = []
    reached = 0
    for version in versions:
        if missing := walked.between(reached, version.after + 1):
            stretches.append(around(walked, None, missing))
        if held := walked.between(version.after, version.gone):
            stretches.append(around(walked, version, held))
            reached = held[-1].position
    if versions and (missing := walked.between(reached, NEVER)):
        stretches.append(around(walked, None, missing))
    known = [point.backup_id for point in walked.points]
    rows = Backup.objects.filter(vm=name.disk.vm_id, state="completed", gone_at__isnull=True)
    return Timeline(stretches[::-1], walked, rows.exclude(pk__in=known).count())


def around(walked: Walked, version: NameVersion | None, points: Sequence[CataloguePoint]) -> Stretch:
    """With the walked points before and after."""
    positions = walked.positions
    first = bisect_left(positions, points[0].position)
    last = bisect_right(positions, points[-1].position)
    return Stretch(
        version,
        points,
        walked.points[first - 1] if first else None,
        walked.points[last] if last < len(positions) else None,
    )
