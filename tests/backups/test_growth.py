"""The day on which a repository will be full: a plain rule, and silence where too little is known."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from backups.growth import curve_of, growths_of
from backups.mirror.repositories import SAMPLE_DAYS, sample
from backups.models import Repository, RepositorySample
from backups.outlooks import outlook_of
from sendense_portal.hub.records import Storage
from tests.conftest import AsPerson, Cast
from tests.factories import GIB, make_repository, make_vm

pytestmark = pytest.mark.django_db


def grown(days: int, per_day: int, *, step: int = 1, **fields: Any) -> Repository:
    """A repository of 100 GiB, 60 of them free, with a reading every ``step`` days up to today."""
    place, today = make_repository(**fields), timezone.now().date()
    for ago in range(0, days + 1, step):
        used = 40 * GIB - ago * per_day
        RepositorySample.objects.create(
            repository=place, day=today - timedelta(days=ago), used_bytes=used, total_bytes=100 * GIB
        )
    return place


def growth_of(place: Repository) -> Any:
    return growths_of([place])[place.pk]


def test_free_room_by_the_rate_of_the_last_month() -> None:
    growth = growth_of(grown(20, GIB))
    assert (growth.days, growth.bytes_per_day) == (20, GIB)
    assert growth.full_on == timezone.now().date() + timedelta(days=60)


def test_older_readings_do_not_count() -> None:
    place = grown(30, GIB)
    long_ago = timezone.now().date() - timedelta(days=31)
    RepositorySample.objects.create(repository=place, day=long_ago, used_bytes=0, total_bytes=100 * GIB)
    assert growth_of(place).bytes_per_day == GIB


@pytest.mark.parametrize(("days", "step"), [(6, 1), (20, 10), (0, 1)])
def test_nothing_is_said_of_less_than_a_week_or_few_readings(days: int, step: int) -> None:
    growth = growth_of(grown(days, GIB, step=step))
    assert not growth.is_known and growth.full_on is None


@pytest.mark.parametrize("per_day", [0, -GIB, GIB // 100_000])
def test_what_shrinks_or_grows_by_a_trifle_is_never_full(per_day: int) -> None:
    growth = growth_of(grown(20, per_day))
    assert growth.is_known and growth.full_on is None


def test_a_new_capacity_begins_the_count_anew() -> None:
    place = grown(20, GIB)
    RepositorySample.objects.filter(day__lt=timezone.now().date() - timedelta(days=3)).update(total_bytes=9)
    assert not growth_of(place).is_known


def test_a_day_has_one_reading_and_the_oldest_go() -> None:
    place, now = make_repository(), timezone.now()
    RepositorySample.objects.bulk_create(
        RepositorySample(repository=place, day=now.date() - timedelta(days=ago), used_bytes=2, total_bytes=9)
        for ago in range(1, SAMPLE_DAYS + 1)
    )
    for days in range(3):
        for used in (1, 2):
            told = Storage(total_bytes=9, used_bytes=used, available_bytes=0, used_percent=0, backup_count=0)
            sample(place, told, now + timedelta(days=days))
    assert place.samples.count() == SAMPLE_DAYS
    assert set(place.samples.values_list("used_bytes", flat=True)) == {2}


def test_the_curve_is_drawn_and_told_as_a_table(cast: Cast, as_person: AsPerson) -> None:
    place = grown(20, GIB)
    curve = curve_of(place)
    assert curve and curve.line.startswith("0.0,") and curve.line.count(" ") == 20
    html = as_person(cast.provider_auditor).get(f"/backups/repositories/{place.pk}/").content.decode()
    assert "<polyline" in html and "As a table" in html and "from the last 20 days" in html
    assert "Full on" in as_person(cast.provider_auditor).get("/backups/repositories/").content.decode()


@pytest.mark.parametrize(("who", "of_list", "of_one"), [("provider_admin", 10, 13), ("acme_admin", 10, 10)])
def test_pages_cost_the_same_with_many(
    cast: Cast, as_person: AsPerson, django_assert_max_num_queries: Any, who: str, of_list: int, of_one: int
) -> None:
    places = [grown(8, GIB, name=f"Place {number}") for number in range(30)]
    make_vm("acme-web", cast.acme)
    client = as_person(getattr(cast, who))
    with django_assert_max_num_queries(of_list):
        client.get("/backups/repositories/")
    with django_assert_max_num_queries(of_one):
        client.get(f"/backups/repositories/{places[0].pk}/")


def test_all_at_a_glance_names_the_fullest_and_the_first_to_be_full(cast: Cast, as_person: AsPerson) -> None:
    full = make_repository("Full", used_bytes=95 * GIB, available_bytes=5 * GIB)
    soon = grown(10, 4 * GIB, name="Soon", used_bytes=50 * GIB, available_bytes=8 * GIB)
    later = grown(20, GIB, name="Later")
    unread = make_repository("Unread", total_bytes=None, used_bytes=None, available_bytes=None)
    outlook = outlook_of([later, unread, soon, full])
    assert outlook.fullest and outlook.first_full
    assert (outlook.fullest.repository, outlook.fullest.percent, outlook.fullest.tone) == (full, 95, "error")
    assert (outlook.first_full.repository, outlook.first_full.tone) == (soon, "error")
    assert (outlook.used_bytes, outlook.total_bytes, outlook.unread) == (185 * GIB, 300 * GIB, 1)
    assert round(outlook.percent) == 62
    html = as_person(cast.provider_auditor).get("/backups/repositories/").content.decode()
    assert html.index("Fullest") < html.index("First to be full")
    assert "cannot read this folder" in html
    make_vm("acme-web", cast.acme)
    assert "Fullest" not in as_person(cast.acme_admin).get("/backups/repositories/").content.decode()


@pytest.mark.parametrize(
    ("used", "fields", "disks"),
    [
        (40 * GIB, {}, 1),
        (40 * GIB + 2**20, {}, 1),
        (41 * GIB, {}, 2),
        (40 * GIB, {"total_bytes": 101 * GIB}, 2),
        (40 * GIB, {"kind": "nfs"}, 2),
    ],
    ids=["same", "written-to-meanwhile", "other-use", "other-size", "other-kind"],
)
def test_folders_of_one_disk_count_once(used: int, fields: dict[str, Any], disks: int) -> None:
    one, other = make_repository("One"), make_repository("Two", used_bytes=used, **fields)
    outlook = outlook_of([one, other])
    assert (len(outlook.disks), len(outlook.places)) == (disks, 2)


def test_empty_disks_of_one_size_are_several() -> None:
    outlook = outlook_of(make_repository(name, used_bytes=2**20) for name in ("One", "Two"))
    assert outlook.total_bytes == 200 * GIB


def test_nothing_is_said_of_no_repositories() -> None:
    outlook = outlook_of([make_repository(total_bytes=None)])
    assert (outlook.fullest, outlook.first_full, outlook.percent, outlook.tone) == (None, None, 0, "none")


def test_a_day_is_written_as_a_day() -> None:
    assert isinstance(growth_of(grown(20, GIB)).full_on, date)
