"""Finding names over all points of a customer, by a part of them.

What begins with the words comes from an index by name; what contains them from the index of trigrams
(migration 0009), in which owner and disk stand beside the name: a customer's search costs what their own
names cost, however many others' there are.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, QuerySet

from restore.models import CatalogueName, FileEntry, NameVersion

MOST = 200
"""Names that are shown of one search: who needs more has to narrow it."""
PORTIONS = slice(0, 1_000), slice(1_000, 6_000)
"""The filters try so many of the names that begin with the words, and as many of those that contain them."""
SHORTEST = 3
"""Characters of a trigram; shorter words find only what begins with them."""
INDEX = "restore_catalogue_text"
_LAST = "\U0010ffff"


@dataclass(frozen=True)
class Query:
    """``words`` must all be in the name. ``owners`` and ``disks`` are keys; no disks: all of the owners'."""

    words: Sequence[str]
    owners: Sequence[int]
    disks: Sequence[int] = ()
    versions: dict[str, Any] = field(default_factory=dict)
    """Filters of NameVersion that at least one version must fit."""
    folder: str = ""
    """A part of the folder's path."""
    ending: str = ""

    @classmethod
    def of(cls, text: str, owners: Sequence[int], **more: Any) -> "Query":
        """From what somebody typed."""
        return cls(FileEntry.sortable(text).split(), owners, **more)

    @property
    def is_short(self) -> bool:
        """Whether only beginnings of names can be found: signs alone make no trigram for PostgreSQL."""
        return not any(len(word) >= SHORTEST and any(map(str.isalnum, word)) for word in self.words)


@dataclass(frozen=True)
class Found:
    """The names in their order, and whether there are more than these."""

    names: list[CatalogueName]
    has_more: bool = False
    is_cut: bool = False
    """Whether names were left that nobody tried against the filters."""


def search(query: Query) -> Found:
    """Names that are the words, then those that begin with them, then those that contain them."""
    if not query.words or not query.owners:
        return Found([])
    keys, is_cut = fitting(beginning, query, ("sort_name", "pk"), [])
    if len(keys) <= MOST and not query.is_short:
        keys, is_cut = fitting(containing, query, ("pk",), keys)
    return Found(loaded(keys[:MOST]), len(keys) > MOST, is_cut)


def fitting(
    candidates: Callable[[Query, slice], list[int]], query: Query, order: Sequence[str], known: list[int]
) -> tuple[list[int], bool]:
    """``known`` and the candidates that fit the filters, one more than are shown at most, and whether
    candidates are left. They are tried in portions: mostly the first ones do."""
    keys = list(known)
    for portion in PORTIONS:
        tried = candidates(query, portion)
        rows = narrowed(CatalogueName.objects.filter(pk__in=set(tried) - set(known)), query).order_by(*order)
        keys += rows.values_list("pk", flat=True)[: MOST + 1 - len(keys)]
        if len(keys) > MOST or len(tried) < portion.stop - portion.start:
            return keys, False
    return keys, True


def beginning(query: Query, portion: slice) -> list[int]:
    """Names that begin with the words as they were typed, by the index of owner and name."""
    text = " ".join(query.words)
    rows = CatalogueName.objects.filter(owner__in=query.owners)
    rows = rows.filter(sort_name__gte=text, sort_name__lt=text + _LAST).order_by("sort_name", "pk")
    return list(rows.values_list("pk", flat=True)[portion])


def containing(query: Query, portion: slice) -> list[int]:
    """Names that contain every word that is long enough, by the index of trigrams."""
    if connection.vendor != "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(MATCHING, [expression(query), portion.stop - portion.start, portion.start])
            return [key for (key,) in cursor.fetchall()]
    rows = CatalogueName.objects.filter(owner__in=query.owners)
    if query.disks:
        rows = rows.filter(disk__in=query.disks)
    for word in query.words:
        rows = rows.filter(sort_name__contains=word)
    with transaction.atomic(), connection.cursor() as cursor:
        # Where it expects many hits it would read name after name, which takes seconds if there are none.
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off")
        return list(rows.values_list("pk", flat=True)[portion])


MATCHING = f"SELECT rowid FROM {INDEX} WHERE {INDEX} MATCH %s LIMIT %s OFFSET %s"  # noqa: S608


def expression(query: Query) -> str:
    """The question in FTS5's language; a word in quotes means its characters, whatever they are."""
    words = " AND ".join(quoted(word) for word in query.words if len(word) >= SHORTEST)
    asked = [f"name : ({words})", f"owner : ({any_of(query.owners)})"]
    if query.disks:
        asked.append(f"disk : ({any_of(query.disks)})")
    return " AND ".join(asked)


def any_of(numbers: Sequence[int]) -> str:
    """One of some keys, as the index writes them."""
    return " OR ".join(quoted(key_of(number)) for number in numbers)


def key_of(number: int) -> str:
    """Three characters for a number, as migration 0009 makes them."""
    return "".join(chr(19968 + number // base % 20000) for base in (400_000_000, 20_000, 1))


def quoted(text: str) -> str:
    """A string of FTS5's language."""
    return '"' + text.replace('"', '""') + '"'


def narrowed(rows: QuerySet[CatalogueName], query: Query) -> QuerySet[CatalogueName]:
    """Those that were ever there and fit the filters; "+ 0" keeps SQLite to the keys that it was given, where
    an index by owner would lead it through all of a customer's names."""
    versions = NameVersion.objects.filter(name=OuterRef("pk"), **query.versions)
    rows = rows.filter(Exists(versions)).annotate(whose=F("owner_id") + 0, where=F("disk_id") + 0)
    rows = rows.filter(whose__in=query.owners)
    if query.disks:
        rows = rows.filter(where__in=query.disks)
    for word in query.words:
        if len(word) < SHORTEST:
            rows = rows.filter(sort_name__contains=word)
    if query.folder:
        rows = rows.filter(folder__path__icontains=query.folder)
    if query.ending:
        rows = rows.filter(sort_name__endswith="." + FileEntry.sortable(query.ending.lstrip("*.")))
    return rows


def loaded(keys: Sequence[int]) -> list[CatalogueName]:
    """The names in the order of their keys, with what a page shows of them."""
    rows = CatalogueName.objects.select_related("folder", "disk__vm__tenant", "owner").in_bulk(keys)
    return [rows[key] for key in keys if key in rows]


def size_of(text: str) -> int | None:
    """``10 MB`` as bytes, binary; None for what is no size."""
    found = re.fullmatch(r"\s*([0-9]+(?:[.,][0-9]+)?)\s*([KMGT]?)i?B?\s*", text, re.IGNORECASE)
    if not found:
        return None
    return int(float(found[1].replace(",", ".")) * 1024 ** " KMGT".index(found[2].upper() or " "))
