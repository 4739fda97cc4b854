"""What changed on a disk between two of its walked points, paged in SQL."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from django.db.models import CharField, Count, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, Concat

from restore.catalogue.timeline import held
from restore.models import CatalogueFolder, CatalogueName, CataloguePoint, NameVersion

ADDED, REMOVED, CHANGED = "added", "removed", "changed"
KINDS = {
    ADDED: Q(was=""),
    REMOVED: Q(now=""),
    CHANGED: ~Q(was="") & ~Q(now=""),
}


@dataclass(frozen=True)
class Change:
    """A name that is not what it was; None: it was, or is, not there."""

    name: CatalogueName
    was: NameVersion | None
    now: NameVersion | None

    @property
    def word(self) -> str:
        """What became of it."""
        if self.was is None:
            return ADDED
        return CHANGED if self.now else REMOVED


class Comparison:
    """Two points of one disk, the older first."""

    def __init__(self, older: CataloguePoint, newer: CataloguePoint) -> None:
        self.older, self.newer = older, newer

    def names(self, word: str = "", folder: str = "") -> QuerySet[CatalogueName]:
        """Those of one kind of change (all, without a word), by folder."""
        rows = self.changed.filter(KINDS[word]) if word else self.changed
        if folder:
            rows = rows.filter(folder__path__icontains=folder)
        return rows.select_related("folder").order_by("folder__path", "sort_name", "pk")

    @property
    def changed(self) -> QuerySet[CatalogueName]:
        """Names that are not the same in both points. Asked name by name, by the index of versions: that
        costs what the disk's names cost, whatever became of all the other disks' in that time."""
        was, now = looks_at(self.older), looks_at(self.newer)
        rows = CatalogueName.objects.filter(disk=self.newer.disk_id).annotate(was=was, now=now)
        return rows.exclude(was=F("now"))

    @cached_property
    def counts_by_folder(self) -> list[dict[str, int]]:
        """How many of each kind in each folder that has any, by its key as ``folder``."""
        kinds = {word: Count("pk", filter=kind) for word, kind in KINDS.items()}
        columns = ("folder", *KINDS)
        rows = self.changed.order_by().values("folder").annotate(**kinds).values_list(*columns)
        return [dict(zip(columns, row, strict=True)) for row in rows]

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many of each kind."""
        return {word: sum(row[word] for row in self.counts_by_folder) for word in KINDS}

    def folders(self, most: int = 12) -> list[tuple[str, int]]:
        """The folders with the most changes."""
        changes = {row["folder"]: sum(row[word] for word in KINDS) for row in self.counts_by_folder}
        first = sorted(changes, key=lambda key: -changes[key])[:most]
        paths = dict(CatalogueFolder.objects.filter(pk__in=first).values_list("pk", "path"))
        return sorted(((paths[key], changes[key]) for key in first), key=lambda row: (-row[1], row[0]))

    def changes(self, names: Iterable[CatalogueName]) -> list[Change]:
        """Both versions of each name of a page, in one query each."""
        page = list(names)
        was, now = (
            {version.name_id: version for version in held(point).filter(name__in=page)}
            for point in (self.older, self.newer)
        )
        return [Change(name, was.get(name.pk), now.get(name.pk)) for name in page]


def looks_at(point: CataloguePoint) -> Combinable:
    """What a name was at a point, as one text to compare; "" where it was not there."""
    look = Concat("kind", Value(" "), "size", Value(" "), "modified", output_field=CharField())
    version = held(point).filter(name=OuterRef("pk"))
    return Coalesce(Subquery(version.values_list(look)[:1]), Value(""))
