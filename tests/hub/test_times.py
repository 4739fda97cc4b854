"""Every shape of time that a hub writes is read, and only the false ones are corrected."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from sendense_portal.hub import HubProtocolError
from sendense_portal.hub.times import hub_clock, offset_of, true_time

MOMENT = datetime(2026, 11, 23, 5, 6, 7, tzinfo=UTC)
EASTERN = timedelta(hours=-5)
INDIA = timedelta(hours=5, minutes=30)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-23T05:06:07Z",
        "2026-11-23T05:06:07+00:00",
        "2026-11-23T00:06:07-05:00",
        "2026-11-23T10:36:07+05:30",
        "2026-11-23T05:06:07",
    ],
)
def test_a_right_time_is_taken_at_its_word(text: str) -> None:
    assert true_time(text, "t") == MOMENT


@pytest.mark.parametrize("digits", ["1", "12", "123456", "1234567", "204098", "191262048"])
def test_fractions_of_all_lengths_are_read(digits: str) -> None:
    read = true_time(f"2026-11-23T05:06:07.{digits}Z", "t")
    assert read is not None
    error = read - MOMENT - timedelta(seconds=float("0." + digits))
    assert abs(error) <= timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("text", "offset"),
    [("2026-11-23T00:06:07Z", EASTERN), ("2026-11-23T10:36:07Z", INDIA), ("2026-11-23T05:06:07Z", None)],
)
def test_a_false_z_is_corrected_by_the_learned_offset(text: str, offset: timedelta | None) -> None:
    assert hub_clock(text, "t", offset) == MOMENT


def test_a_real_offset_is_believed_even_where_a_false_z_is_expected() -> None:
    assert hub_clock("2026-11-23T00:06:07-05:00", "t", INDIA) == MOMENT


@pytest.mark.parametrize(
    "text", [None, "", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+05:30", "0001-01-01T00:00:00"]
)
def test_what_is_not_set_is_none(text: str | None) -> None:
    assert true_time(text, "t") is None
    assert hub_clock(text, "t", INDIA) is None


@pytest.mark.parametrize(
    "text",
    ["now", "2026-13-01T00:00:00Z", "9999-12-31T23:59:59-05:00", "1795410367", "2026-11-23T05:06:07ZZ"],
)
def test_what_is_no_time_is_refused_by_the_name_of_its_field(text: str) -> None:
    with pytest.raises(HubProtocolError, match="finished_at"):
        true_time(text, "finished_at")


@pytest.mark.parametrize(
    ("text", "offset"),
    [
        ("2036-11-20T00:06:06-05:00", EASTERN),
        ("2026-11-23T05:06:07Z", timedelta()),
        ("2026-11-23T05:06:07", None),
        ("0001-01-01T00:00:00Z", None),
        ("2026-11-23T05:06:07+23:59", None),
        ("soon", None),
        (None, None),
    ],
)
def test_an_offset_is_learned_only_from_a_time_that_has_one(
    text: str | None, offset: timedelta | None
) -> None:
    assert offset_of(text) == offset
