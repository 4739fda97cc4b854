"""Names are found by their beginning and by any part, by nobody else's customer, in the database as it is."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from restore.catalogue import search as search_module
from restore.catalogue.compare import Comparison
from restore.catalogue.intervals import fold
from restore.catalogue.search import MOST, Query, search, size_of
from restore.catalogue.sightings import disk_of, folder_of, names_in
from restore.catalogue.timeline import timeline_of
from restore.models import CatalogueDisk, CatalogueName, CataloguePoint, Sighting
from restore.models.catalogue import Kind
from sendense_portal.tenancy.models import Tenant
from tests.conftest import Cast
from tests.factories import make_backup, make_vm

pytestmark = pytest.mark.django_db


def hold(
    disk: CatalogueDisk, days_ago: int, held: dict[str, int], folder: str = "/partition-1/home"
) -> CataloguePoint:
    """A walked point of these names and sizes."""
    backup = make_backup(disk.vm, age=timedelta(days=days_ago))
    position = int(backup.created_at.timestamp() * 1_000_000)
    point = CataloguePoint.objects.create(disk=disk, backup=backup, position=position)
    keys = names_in(folder_of(disk, folder), disk, held)
    for name, size in held.items():
        Sighting.objects.create(point=point, name_id=keys[name], kind=Kind.FILE, size=size, modified=size)
    fold(point)
    return point


def disk_with(name: str, tenant: Tenant | None, *names: str) -> CatalogueDisk:
    disk = disk_of(make_vm(name, tenant), 0)
    hold(disk, 3, dict.fromkeys(names, 10))
    return disk


def found(text: str, *disks: CatalogueDisk, **more: Any) -> list[str]:
    owners = {disk.owner_id for disk in disks}
    return [name.name for name in search(Query.of(text, sorted(owners), **more)).names]


def test_exact_names_come_first_then_beginnings_then_parts(cast: Cast) -> None:
    disk = disk_with("acme-web", cast.acme, "my report.txt", "report", "report 2024.xlsx", "Übersicht.pdf")
    assert found("report", disk) == ["report", "report 2024.xlsx", "my report.txt"]
    assert found("REPORT", disk)[0] == "report"
    assert found("über", disk) == found("U\u0308BERS", disk) == ["Übersicht.pdf"]
    assert found("xlsx 2024", disk) == ["report 2024.xlsx"], "words in any order"
    assert found("re", disk) == ["report", "report 2024.xlsx"], "short words find beginnings"
    assert found("rep 20", disk) == ["report 2024.xlsx"]
    assert found("nothing", disk) == found("  ", disk) == []


@pytest.mark.parametrize(
    "name", ['a"b OR c', "100%_*", "it's; DROP TABLE", "x NEAR y", "(){}^:-", "name : x"]
)
def test_names_and_words_are_never_a_language(cast: Cast, name: str) -> None:
    disk = disk_with("acme-web", cast.acme, name, "other")
    assert found(name, disk) == [name]
    assert found(name[1:], disk) in ([name], []), "nothing else"


def test_nobody_finds_another_customer_s_names(cast: Cast) -> None:
    ours, theirs = (
        disk_with("acme-web", cast.acme, "secret plan"),
        disk_with("b-web", cast.borealis, "secret plan b"),
    )
    assert found("secret", ours) == found("cret pl", ours) == ["secret plan"]
    assert found("secret", theirs) == ["secret plan b"]
    assert len(found("secret", ours, theirs)) == 2
    assert search(Query.of("secret", [])).names == []


def test_a_name_is_found_by_machine_folder_ending_kind_and_size(cast: Cast) -> None:
    first, second = (disk_with(name, cast.acme, "log.txt", "log.gz") for name in ("web", "db"))
    hold(second, 2, {"log.txt": 5_000_000}, "/partition-1/var")
    assert len(found("log", first)) == 5
    assert len(found("log", first, disks=[first.pk])) == 2
    assert found("log", first, ending="*.gz", disks=[first.pk]) == ["log.gz"]
    assert found("og.t", first, folder="/VAR") == ["log.txt"]
    assert found("log", first, versions={"size__gt": 1_000_000}) == ["log.txt"]
    assert found("log", first, versions={"kind": "d"}) == []


def test_a_forgotten_name_is_not_found_and_a_moved_one_is_its_new_owner_s(cast: Cast) -> None:
    ours, theirs = disk_with("acme-web", cast.acme, "wanderer"), disk_with("b-web", cast.borealis, "stays")
    CatalogueName.objects.filter(disk=ours).update(owner=theirs.owner)
    assert found("wanderer", ours) == found("ander", ours) == []
    assert found("ander", theirs) == ["wanderer"]
    CatalogueName.objects.filter(name="wanderer").delete()
    assert found("ander", theirs) == []


def test_of_too_many_it_says_that_there_are_more(cast: Cast) -> None:
    disk = disk_with("acme-web", cast.acme, *(f"part of {number}" for number in range(MOST + 5)))
    result = search(Query.of("art of", [disk.owner_id]))
    assert (len(result.names), result.has_more) == (MOST, True)


def test_filters_try_portion_after_portion_and_tell_when_names_are_left(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = disk_with("acme-web", cast.acme, *(f"a part {number}" for number in range(6)))
    hold(disk, 2, {"a part 5": 5_000_000})
    monkeypatch.setattr(search_module, "PORTIONS", (slice(0, 2), slice(2, 6)))
    for text in ("a part", "part"):
        query = Query.of(text, [disk.owner_id], versions={"size__gt": 1_000_000})
        assert [name.name for name in search(query).names] == ["a part 5"]
    monkeypatch.setattr(search_module, "PORTIONS", (slice(0, 2), slice(2, 4)))
    left = search(query)
    assert (left.names, left.is_cut) == ([], True)
    assert not search(Query.of("nothing", [disk.owner_id])).is_cut


def test_what_went_and_came_back_as_it_was_is_no_change(cast: Cast) -> None:
    disk = disk_of(make_vm("acme-web", cast.acme), 0)
    first = hold(disk, 9, {"back": 1, "was": 1, "same": 1, "other": 1})
    hold(disk, 8, {"same": 1, "other": 2})
    last = hold(disk, 7, {"back": 1, "new": 1, "same": 1, "other": 2})
    foreign = disk_of(make_vm("b-web", cast.borealis), 0)
    hold(foreign, 9, {"theirs": 1})
    comparison = Comparison(first, last)
    changes = {change.name.name: change.word for change in comparison.changes(comparison.names())}
    assert changes == {"new": "added", "was": "removed", "other": "changed"}
    assert comparison.counts == {"added": 1, "removed": 1, "changed": 1}
    assert comparison.folders() == [("/partition-1/home", 3)]
    assert [name.name for name in comparison.names("removed", "HOME")] == ["was"]


def test_a_timeline_tells_first_seen_changed_gone_and_back(cast: Cast) -> None:
    disk = disk_of(make_vm("acme-web", cast.acme), 0)
    for days_ago, held in (
        (9, {}),
        (8, {"a": 1}),
        (7, {"a": 1}),
        (6, {"a": 2}),
        (5, {}),
        (4, {"a": 2}),
        (3, {}),
    ):
        hold(disk, days_ago, {"other": 1, **held})
    make_backup(disk.vm, age=timedelta(days=1))
    timeline = timeline_of(CatalogueName.objects.get(name="a"))
    told = [(one.version.size if one.version else None, len(one.points)) for one in timeline.stretches]
    assert told == [(None, 1), (2, 1), (None, 1), (2, 1), (1, 2), (None, 1)]
    assert timeline.is_gone
    assert timeline.unwalked == 1
    gone = timeline.stretches[0]
    assert gone.before is not None
    assert (timezone.now() - gone.before.backup.created_at).days == 4
    assert timeline.stretches[4].newest_restorable == timeline.stretches[4].last


@pytest.mark.parametrize(
    ("text", "size"),
    [("10", 10), ("1 KiB", 1024), ("1,5 mb", 1_572_864), ("2G", 2 << 30), ("x", None), ("-1", None)],
)
def test_sizes_are_read_as_people_write_them(text: str, size: int | None) -> None:
    assert size_of(text) == size
