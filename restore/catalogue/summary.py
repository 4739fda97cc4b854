"""What lists say of names: how each was last seen, and how much of the points is in the catalogue."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef

from backups.models import Backup, BackupState
from restore.models import CatalogueName, CatalogueOwner, CataloguePoint, NameVersion
from restore.models.catalogue import NEVER, moment


@dataclass(frozen=True)
class Seen:
    """A name as it was when last seen. ``versions`` counts how often it was another."""

    name: CatalogueName
    version: NameVersion
    versions: int
    last_seen: datetime | None

    @property
    def is_gone(self) -> bool:
        """Whether the newest walked point lacks it."""
        return self.version.gone != NEVER


@dataclass(frozen=True)
class Summary:
    """Restorable points, and those of them that are in the catalogue; ``failed`` disks could not be read."""

    points: int
    walked: int
    failed: int

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left to be read."""
        return self.walked + self.failed >= self.points


def seen_of(names: Sequence[CatalogueName]) -> list[Seen]:
    """For a page of names; two queries."""
    versions: defaultdict[int, list[NameVersion]] = defaultdict(list)
    for version in NameVersion.objects.filter(name__in=names).order_by("after"):
        versions[version.name_id].append(version)
    positions: defaultdict[int, list[int]] = defaultdict(list)
    walked = CataloguePoint.objects.filter(
        disk__in={name.disk_id for name in names}, state=CataloguePoint.State.COMPLETE
    )
    for disk, position in walked.order_by("position").values_list("disk", "position"):
        positions[disk].append(position)
    return [
        Seen(name, last, len(versions[name.pk]), before(positions[name.disk_id], last.gone))
        for name in names
        for last in versions[name.pk][-1:]
    ]


def before(positions: Sequence[int], gone: int) -> datetime | None:
    """The last walked point before a time."""
    place = bisect_left(positions, gone)
    return moment(positions[place - 1]) if place else None


def summary_of(owners: Sequence[CatalogueOwner]) -> Summary:
    """For some customers."""
    tenants = [owner.tenant_id for owner in owners if owner.tenant_id]
    rows = Backup.objects.filter(state=BackupState.COMPLETED, gone_at__isnull=True, bin_until__isnull=True)
    rows = rows.filter(tenant__in=tenants) | (
        rows.filter(tenant__isnull=True) if len(tenants) < len(owners) else rows.none()
    )
    of_backup = CataloguePoint.objects.filter(backup=OuterRef("pk"))
    walked = rows.filter(Exists(of_backup.filter(state=CataloguePoint.State.COMPLETE)))
    failed = rows.filter(Exists(of_backup.filter(state=CataloguePoint.State.FAILED))).exclude(pk__in=walked)
    return Summary(rows.count(), walked.count(), failed.count())
