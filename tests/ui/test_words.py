"""Numbers, times and states as people read them."""

from datetime import UTC, datetime, timedelta

import pytest
from django.template import Context, Template
from django.utils import timezone

from sendense_portal.ui import times
from sendense_portal.ui.badges import STATES
from sendense_portal.ui.templatetags import ui

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def rendered(source: str, **context: object) -> str:
    return Template(source).render(Context(context))


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (None, "–"),
        ("", "–"),
        ("many", "–"),
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.0 KiB"),
        (1024 * 1024 - 1, "1.0 MiB"),
        (1503238553, "1.4 GiB"),
        (5 * 2**40, "5.0 TiB"),
        (2**80, "1048576.0 EiB"),
    ],
)
def test_bytes_have_binary_units_and_one_decimal(number: object, text: str) -> None:
    assert ui.bytes_filter(number) == text


def test_a_rate_is_bytes_a_second() -> None:
    assert ui.rate(12.3 * 2**20) == "12.3 MiB/s"
    assert ui.rate(None) == "–"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "–"),
        (0, "0 s"),
        (0.42, "0.4 s"),
        (59.6, "1 min"),
        (125, "2 min 5 s"),
        (3600, "1 h"),
        (11400, "3 h 10 min"),
        (187200, "2 d 4 h"),
        (timedelta(minutes=2, seconds=5), "2 min 5 s"),
    ],
)
def test_durations_name_their_two_largest_units(seconds: object, text: str) -> None:
    assert ui.duration(seconds) == text


@pytest.mark.parametrize(
    ("age", "text"),
    [
        (timedelta(seconds=2), "just now"),
        (timedelta(seconds=12), "12 s ago"),
        (timedelta(minutes=59, seconds=59), "59 min ago"),
        (timedelta(hours=6), "6 h ago"),
        (timedelta(days=59), "59 d ago"),
        (timedelta(days=60), "24 Sep 2026"),
        (timedelta(minutes=-5), "in 5 min"),
    ],
)
def test_ages_are_rounded_down_and_become_dates(age: timedelta, text: str) -> None:
    assert times.ago(NOW - age, NOW) == text


def test_what_never_happened_says_so() -> None:
    assert rendered("{% ago moment %}", moment=None) == "never"
    assert rendered('{% ago moment "not yet" %}', moment=None) == "not yet"


def test_times_carry_the_exact_moment_in_the_zone_of_the_reader() -> None:
    with timezone.override("Europe/Berlin"):
        html = rendered("{% ago moment %}{% when moment %}", moment=NOW)
    assert html.count('title="23 Nov 2026, 13:00:00 CET"') == 2
    assert html.count('datetime="2026-11-23T12:00:00+00:00"') == 2
    assert ">23 Nov 2026, 13:00<" in html


def test_a_countdown_ends() -> None:
    assert times.left(NOW + timedelta(minutes=42, seconds=10), NOW) == "42 min"
    assert times.left(NOW - timedelta(seconds=1), NOW) == "over"


@pytest.mark.parametrize("state", STATES)
def test_a_state_is_a_word_and_a_sign_and_never_colour_alone(state: str) -> None:
    html = rendered("{% state_badge state %}", state=state)
    assert str(STATES[state].label) in html
    assert "<svg" in html or 'class="dot"' in html


def test_a_state_that_nobody_named_is_unknown() -> None:
    assert "Unknown" in rendered("{% state_badge state %}", state="melting")
    assert "Melting" in rendered("{% state_badge state 'Melting' %}", state="melting")


def test_badges_escape_what_a_hub_may_have_written() -> None:
    assert "<b>" not in rendered("{% type_badge kind %}{% short kind %}", kind="<b>" + "x" * 40)


def test_ids_lose_their_middle_and_can_be_copied_whole() -> None:
    html = rendered("{% short value %}", value="backup-database-prod-1795400008")
    assert ">backup-d…95400008<" in html
    assert 'data-copy="backup-database-prod-1795400008"' in html
    assert rendered("{% short value %}", value=None) == "–"


def test_a_component_without_a_request_offers_nothing() -> None:
    assert rendered('{% may "backup.start" as allowed %}{{ allowed }}') == "False"
