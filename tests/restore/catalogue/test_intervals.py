"""Histories folded in any order say of every walked point what it held, and write only what changed."""

import random
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import Count
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from restore.catalogue.intervals import fold, forget
from restore.catalogue.sightings import disk_of, folder_of, names_in
from restore.models import (
    CatalogueDisk,
    CatalogueFolder,
    CatalogueName,
    CataloguePoint,
    NameVersion,
    Sighting,
)
from restore.models.catalogue import NEVER, Kind
from tests.conftest import Cast
from tests.factories import make_backup, make_vm

pytestmark = pytest.mark.django_db
Held = dict[str, int]
"""Names and sizes."""


@pytest.fixture
def disk(cast: Cast) -> CatalogueDisk:
    return disk_of(make_vm("acme-web", cast.acme), 0)


def walked(disk: CatalogueDisk, position: int, held: Held) -> CataloguePoint:
    """A point that was walked and found to hold these files, folded."""
    backup = make_backup(disk.vm, created_at=timezone.now() - timedelta(days=1000 - position))
    point = CataloguePoint.objects.create(disk=disk, backup=backup, position=position)
    keys = names_in(folder_of(disk, "/partition-1"), disk, held)
    Sighting.objects.bulk_create(
        Sighting(point=point, name_id=keys[name], kind=Kind.FILE, size=size) for name, size in held.items()
    )
    fold(point)
    return point


def held_at(disk: CatalogueDisk, position: int) -> Held:
    """What the catalogue says of a point; a name that it has twice is a fault."""
    rows = NameVersion.objects.filter(name__disk=disk, after__lt=position, gone__gt=position)
    assert not rows.values("name").annotate(times=Count("pk")).filter(times__gt=1).exists()
    return dict(rows.values_list("name__name", "size"))


def history(dice: random.Random, length: int) -> list[Held]:
    """Points of a disk on which files come, change and go, and come back as they were."""
    held: Held = {}
    points = []
    for _ in range(length):
        for name in "abcdefgh":
            chance = dice.random()
            if chance < 0.2:
                held[name] = dice.randrange(3)
            elif chance < 0.35:
                held.pop(name, None)
        points.append(dict(held))
    return points


@pytest.mark.parametrize("seed", range(12))
def test_whatever_the_order_each_point_is_told_as_it_was(disk: CatalogueDisk, seed: int) -> None:
    dice = random.Random(seed)
    points = history(dice, 7)
    order = list(range(len(points)))
    dice.shuffle(order)
    done: dict[int, CataloguePoint] = {}
    for number in order:
        done[number] = walked(disk, number + 1, points[number])
        if len(done) > 3 and dice.random() < 0.3:
            forget(done.pop(dice.choice(sorted(done))))
        for known in done:
            assert held_at(disk, known + 1) == points[known], (order, known)
    assert not Sighting.objects.exists()


def test_a_point_like_its_neighbours_adds_no_row(disk: CatalogueDisk) -> None:
    held = {f"file{number}": number for number in range(50)}
    for position in (5, 1, 3, 9):
        walked(disk, position, held)
    assert list(NameVersion.objects.values_list("after", "gone").distinct()) == [(0, NEVER)]
    assert NameVersion.objects.count() == CatalogueName.objects.count() == 50


def test_what_was_away_for_a_while_has_two_versions_and_what_changed_two_sizes(disk: CatalogueDisk) -> None:
    walked(disk, 1, {"log": 1, "report": 7})
    walked(disk, 3, {"log": 2})
    walked(disk, 2, {"log": 1, "report": 7})
    walked(disk, 4, {"log": 2, "report": 7})
    versions = NameVersion.objects.order_by("name__name", "after").values_list(
        "name__name", "size", "after", "gone"
    )
    assert list(versions) == [
        ("log", 1, 0, 3), ("log", 2, 2, NEVER), ("report", 7, 0, 3), ("report", 7, 3, NEVER)
    ]  # fmt: skip


def test_with_its_last_point_all_of_a_disk_is_forgotten(disk: CatalogueDisk) -> None:
    first, second = walked(disk, 1, {"a": 1}), walked(disk, 2, {"b": 1})
    forget(first)
    assert list(CatalogueName.objects.values_list("name", flat=True)) == ["b"]
    forget(second)
    assert not CatalogueName.objects.exists()
    assert not CatalogueFolder.objects.exists()


def test_a_fold_asks_as_much_of_many_names(disk: CatalogueDisk) -> None:
    counts = []
    for position, size in ((1, 5), (2, 500)):
        with CaptureQueriesContext(connection) as asked:
            walked(disk, position, {f"name{number}": 1 for number in range(size)})
        counts.append(len(asked))
    assert counts[1] <= counts[0]
