"""When schedules are due: friendly choices, cron, time zones and the two nights on which clocks change."""

from datetime import UTC, datetime

import pytest

from protection.models import Schedule
from protection.times import NoSuchTime, last_missed, next_times
from tests.conftest import AsPerson, Cast

NEW = "/protection/schedules/new/"
BERLIN = "Europe/Berlin"


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type,misc]


def test_the_wall_clock_counts_summer_and_winter() -> None:
    assert next_times("0 22 * * *", BERLIN, at(2026, 10, 24, 12), 3) == [
        at(2026, 10, 24, 20), at(2026, 10, 25, 21), at(2026, 10, 26, 21),
    ]  # fmt: skip


def test_a_time_that_the_clocks_leave_out_runs_once_after_the_gap() -> None:
    runs = next_times("30 2 * * *", BERLIN, at(2027, 3, 27, 12), 2)
    assert runs == [at(2027, 3, 28, 1), at(2027, 3, 29, 0, 30)]


def test_a_time_that_comes_twice_runs_once() -> None:
    runs = next_times("30 2 * * *", BERLIN, at(2026, 10, 24, 12), 2)
    assert runs == [at(2026, 10, 25, 0, 30), at(2026, 10, 26, 1, 30)]


def test_of_several_missed_times_the_latest_is_named() -> None:
    latest = last_missed("0 * * * *", "UTC", at(2026, 11, 1, 2), at(2026, 11, 1, 5, 10))
    assert latest == (at(2026, 11, 1, 5), 3)


@pytest.mark.parametrize("cron", ["", "x", "61 * * * *", "* * * * * *", "@daily", "0 0 31 2 *"])
def test_what_is_no_schedule_is_said(cron: str) -> None:
    with pytest.raises(NoSuchTime):
        next_times(cron, "UTC", at(2026, 11, 1))


@pytest.mark.parametrize(
    ("fields", "cron"),
    [
        ({"kind": "hourly", "at": "00:20"}, "20 * * * *"),
        ({"kind": "daily", "at": "22:05"}, "5 22 * * *"),
        ({"kind": "weekly", "at": "01:00", "weekdays": ["1", "5"]}, "0 1 * * 1,5"),
        ({"kind": "monthly", "at": "03:30", "month_day": "2"}, "30 3 2 * *"),
        ({"kind": "cron", "cron": "15 2 * * 1-5"}, "15 2 * * 1-5"),
    ],
)
def test_each_choice_is_saved_and_shown_again(
    cast: Cast, as_person: AsPerson, fields: dict[str, str], cron: str
) -> None:
    client = as_person(cast.acme_operator)
    answer = client.post(NEW, {"name": "Nightly", "zone": BERLIN, **fields})
    assert answer.status_code == 302
    schedule = Schedule.objects.get()
    assert (schedule.cron, schedule.zone, schedule.tenant) == (cron, BERLIN, cast.acme)
    form = client.get(f"/protection/schedules/{schedule.pk}/").context["form"]
    assert form.initial["kind"] == fields["kind"]


def test_the_next_runs_are_previewed_while_typing_and_nothing_is_saved(
    cast: Cast, as_person: AsPerson
) -> None:
    cast.acme_operator.time_zone = BERLIN
    cast.acme_operator.save()
    client = as_person(cast.acme_operator)
    typed = {"name": "", "kind": "daily", "at": "22:00", "zone": "UTC"}
    for headers in ({}, {"HX-Request": "true"}):
        html = client.get(NEW, typed, headers=headers).content.decode()
        assert html.count("<time") >= 5
        assert "CET" in html or "CEST" in html
    plain = client.post(NEW, {**typed, "preview": "1"}).content.decode()
    assert plain.count("<time") >= 5
    wrong = client.get(NEW, {**typed, "kind": "cron", "cron": "nonsense"}).content.decode()
    assert "Five fields are wanted" in wrong
    assert not Schedule.objects.exists()
