"""Any stretch of a folder's entries at the same price, however many there are and however they are sorted.

Folders come first, then files, then links, each kind sorted in itself: a stretch is put together from the
kinds that it touches, each walked on its own index from the end that is nearer.
"""

from functools import cached_property

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q, QuerySet

from restore.models import FileEntry, Folder

COLUMNS = {"name": "sort_name", "size": "size", "modified": "modified_at"}
KINDS = sorted(FileEntry.Kind.values)


class Window:
    """The entries of a folder whose name contains ``search``, in one order."""

    def __init__(self, folder: Folder, search: str = "") -> None:
        self.folder = folder
        self.search = search
        self.sort = "name"
        self.is_descending = False

    @property
    def entries(self) -> QuerySet[FileEntry]:
        """All of them."""
        entries = self.folder.entries.all()
        if self.search:
            entries = entries.filter(sort_name__contains=FileEntry.sortable(self.search))
        return entries

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many of each kind."""
        return dict(self.entries.order_by().values_list("kind").annotate(Count("pk")))

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    def rows(self, first: int, end: int) -> list[FileEntry]:
        """Those from ``first`` up to and without ``end``, counted from 0."""
        found: list[FileEntry] = []
        before = 0
        for kind in KINDS:
            count = self.counts.get(kind, 0)
            start, stop = max(first - before, 0), min(end - before, count)
            if start < stop:
                found += self.stretch(kind, count, start, stop)
            before += count
        return found

    def stretch(self, kind: str, count: int, start: int, stop: int) -> list[FileEntry]:
        """The same within one kind."""
        rows = self.ordered(kind)
        if count - stop < start:
            return list(rows.reverse()[count - stop : count - start])[::-1]
        return list(rows[start:stop])

    def ordered(self, kind: str) -> QuerySet[FileEntry]:
        """One kind in its order."""
        sign = "-" if self.is_descending else ""
        return self.entries.filter(kind=kind).order_by(f"{sign}{COLUMNS[self.sort]}", f"{sign}pk")

    def position(self, beginning: str) -> int | None:
        """The place, from 0, of the first entry whose name begins with a text; None if there is none."""
        text = FileEntry.sortable(beginning)
        named = Q(sort_name__gte=text, sort_name__lt=text + "\U0010ffff")
        before = 0
        for kind in KINDS:
            first = self.ordered(kind).filter(named).first()
            if first is not None:
                return before + self.ordered(kind).filter(self.ahead_of(first)).count()
            before += self.counts.get(kind, 0)
        return None

    def ahead_of(self, entry: FileEntry) -> Q:
        """What comes before an entry among its kind."""
        column, than = COLUMNS[self.sort], "gt" if self.is_descending else "lt"
        value = getattr(entry, column)
        if value is None:
            # A database sorts what has no time to one end, where nothing is smaller.
            known = Q(**{f"{column}__isnull": False}) if self.is_descending else Q(pk__in=[])
            return known | Q(**{f"{column}__isnull": True, f"pk__{than}": entry.pk})
        ahead = Q(**{f"{column}__{than}": value}) | Q(**{column: value, f"pk__{than}": entry.pk})
        if column == "modified_at" and not self.is_descending:
            ahead |= Q(modified_at__isnull=True)
        return ahead


class WindowPaginator(Paginator):  # type: ignore[type-arg]  # generic in the stubs only
    """Pages of a table that has a ``window``."""

    @cached_property
    def count(self) -> int:
        window: Window = self.object_list.table.window  # type: ignore[attr-defined]  # rows of a FileTable
        return window.total

    def page(self, number: int | str) -> Page[FileEntry]:
        """One page; raises ``InvalidPage`` for one that is not there."""
        rows = self.object_list
        number = self.validate_number(number)
        first = (number - 1) * self.per_page
        window: Window = rows.table.window  # type: ignore[attr-defined]
        found = window.rows(first, min(first + self.per_page, self.count))
        return Page(type(rows)(found, rows.table, rows.pinned_data), number, self)  # type: ignore[attr-defined, call-arg]
