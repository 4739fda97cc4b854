"""What is said of a backup on its way is never more than is known."""

from datetime import timedelta
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.utils import timezone

from backups.models import Backup, BackupState
from backups.progress import seconds_left, whole_percent
from tests.factories import GIB, make_backup, make_vm

pytestmark = pytest.mark.django_db


def running(percent: float, after: timedelta, **fields: Any) -> Backup:
    """A backup that got so far in so long, and moved just now."""
    return make_backup(
        make_vm(),
        BackupState.RUNNING,
        age=after,
        percent=percent,
        progressed_at=timezone.now(),
        last_telemetry_at=timezone.now(),
        phase="transferring",
        bytes_per_second=100 * 2**20,
        **fields,
    )


def shown(backup: Backup, **context: Any) -> str:
    return render_to_string(
        "backups/components/progress.html", {"backup": backup, "place": "list", **context}
    )


def test_no_time_left_is_given_below_five_percent_or_before_thirty_seconds() -> None:
    assert seconds_left(running(4.9, timedelta(minutes=10))) is None
    assert seconds_left(running(50, timedelta(seconds=29))) is None
    assert seconds_left(running(50, timedelta(minutes=2))) is not None


def test_time_left_follows_the_speed_of_the_whole_run_not_the_momentary_one() -> None:
    backup = running(25, timedelta(minutes=2))
    left = seconds_left(backup)
    backup.bytes_per_second = 1
    assert left == seconds_left(backup) == 360


def test_a_guess_that_time_has_overtaken_is_not_shown() -> None:
    backup = running(90, timedelta(minutes=3))
    backup.progressed_at = timezone.now() - timedelta(seconds=50)
    assert seconds_left(backup) is None


def test_a_stalled_backup_has_no_time_left() -> None:
    backup = running(50, timedelta(minutes=10))
    backup.state = BackupState.STALLED
    assert seconds_left(backup) is None


def test_a_hundred_percent_is_shown_only_when_the_hub_said_completed() -> None:
    assert whole_percent(running(99.97, timedelta(minutes=3))) == 99
    assert whole_percent(make_backup(make_vm(), percent=93.0)) == 100


def test_a_running_backup_shows_percent_bytes_speed_phase_and_time_left() -> None:
    html = shown(running(42.7, timedelta(minutes=2), transferred_bytes=GIB, total_bytes=2 * GIB))
    for words in ("42 %", "1.0 GiB of 2.0 GiB", "100.0 MiB/s", "Copying", "left", 'value="42"'):
        assert words in html


def test_a_stalled_backup_says_since_when_and_shows_no_speed() -> None:
    backup = running(42, timedelta(minutes=9))
    backup.state, backup.progressed_at = BackupState.STALLED, timezone.now() - timedelta(minutes=4)
    html = shown(backup)
    assert "Last sign of life" in html
    assert "4 min ago" in html
    assert "MiB/s" not in html


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (BackupState.QUEUED, "Waiting"),
        (BackupState.FAILED, "Stopped at 25 %"),
        (BackupState.CANCELLED, "Stopped at 25 %"),
        (BackupState.COMPLETED, "100 %"),
        (BackupState.UNKNOWN, "The hub has not said what became of it."),
    ],
)
def test_every_state_has_its_words(state: BackupState, words: str) -> None:
    assert words in shown(make_backup(make_vm(), state))


def test_a_start_without_an_answer_says_that_it_is_being_looked_for() -> None:
    html = shown(make_backup(make_vm(), BackupState.UNKNOWN, remote_id=None))
    assert "the portal is looking for it" in html


def test_the_socket_sends_the_very_component_of_the_page_with_a_swap_mark() -> None:
    backup = running(42, timedelta(minutes=9))
    mark = ' hx-swap-oob="true"'
    on_page, sent = shown(backup), shown(backup, oob=True)
    assert mark not in on_page
    assert sent.replace(mark, "") == on_page
    assert f'data-live="backup:{backup.pk}:progress:list"' in on_page


def test_a_machine_with_several_disks_says_that_bytes_are_of_one_disk() -> None:
    backup = running(42, timedelta(minutes=2))
    assert "(this disk)" not in shown(backup)
    backup.vm.disk_count = 2
    assert "(this disk)" in shown(backup)
