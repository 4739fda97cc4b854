"""Chains, days, estimates, charts and timelines out of the mirror's rows."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from backups.chains import chain_of
from backups.charts import HEIGHT, MOST_POINTS, WIDTH, throughput_of
from backups.days import last_days
from backups.estimates import estimate
from backups.models import Backup, BackupState, BackupType, ProgressSample
from backups.timelines import timeline_of
from sendense_portal.tenancy.access import Access
from tests.conftest import Cast
from tests.factories import GIB, make_backup, make_repository, make_vm

pytestmark = pytest.mark.django_db
FULL, INCREMENTAL = BackupType.FULL, BackupType.INCREMENTAL


def test_a_chain_is_one_full_and_its_increments_up_to_the_next_full(cast: Cast) -> None:
    vm, access = make_vm(tenant=cast.acme), Access.of(cast.acme_admin)
    days = [(9, FULL), (8, INCREMENTAL), (7, INCREMENTAL), (6, FULL), (5, INCREMENTAL)]
    points = [make_backup(vm, backup_type=kind, age=timedelta(days=age)) for age, kind in days]
    make_backup(vm, BackupState.FAILED, backup_type=INCREMENTAL, age=timedelta(days=8, hours=1))
    elsewhere = make_repository("Elsewhere")
    make_backup(vm, backup_type=INCREMENTAL, age=timedelta(days=7, hours=1), repository=elsewhere)
    for point in points[:3]:
        assert chain_of(point, access).points == points[:3]
    for point in points[3:]:
        assert chain_of(point, access).points == points[3:]


def test_a_failed_or_running_increment_shows_the_chain_it_builds_on(cast: Cast) -> None:
    vm, access = make_vm(tenant=cast.acme), Access.of(cast.acme_admin)
    full = make_backup(vm, age=timedelta(days=2))
    failed = make_backup(vm, BackupState.FAILED, backup_type=INCREMENTAL, age=timedelta(days=1))
    assert chain_of(failed, access).points == [full]


def test_a_chain_without_its_full_is_called_broken(cast: Cast) -> None:
    vm, access = make_vm(tenant=cast.acme), Access.of(cast.acme_admin)
    make_backup(vm, age=timedelta(days=3), gone_at=timezone.now())
    left = make_backup(vm, backup_type=INCREMENTAL, age=timedelta(days=2))
    chain = chain_of(left, access)
    assert chain.points == [left]
    assert chain.is_broken


def test_days_are_those_of_the_persons_zone() -> None:
    with timezone.override("Pacific/Auckland"):
        zone = ZoneInfo("Pacific/Auckland")
        today = timezone.localdate()
        just_after_midnight = datetime(today.year, today.month, today.day, 0, 1, tzinfo=zone)
        vm = make_vm()
        make_backup(vm, created_at=just_after_midnight)
        make_backup(vm, BackupState.FAILED, created_at=just_after_midnight - timedelta(minutes=2))
        days = last_days(Backup.objects.filter(vm=vm))
    assert len(days) == 28
    assert [day.word for day in days[-3:]] == ["none", "failed", "completed"]
    assert days[-1].day == today


def test_a_day_with_a_restore_point_counts_as_good_whatever_else_failed() -> None:
    vm = make_vm()
    make_backup(vm, age=timedelta(seconds=2))
    make_backup(vm, BackupState.FAILED, age=timedelta(seconds=1))
    today = last_days(Backup.objects.filter(vm=vm))[-1]
    assert today.word == "completed"
    assert today.text == "1 completed, 1 failed"


def test_an_estimate_is_the_median_of_earlier_runs_of_the_same_type(cast: Cast) -> None:
    vm, access = make_vm(tenant=cast.acme), Access.of(cast.acme_admin)
    for number, (minutes, size) in enumerate([(4, 2), (6, 3), (50, 90)]):
        begun = timezone.now() - timedelta(days=number + 1)
        ended = begun + timedelta(minutes=minutes)
        make_backup(vm, created_at=begun, completed_at=ended, transferred_bytes=size * GIB)
    make_backup(vm, backup_type=INCREMENTAL, transferred_bytes=1)
    guess = estimate(vm, FULL, access)
    assert (guess.runs, guess.seconds, guess.bytes) == (3, 360.0, 3 * GIB)


def test_without_earlier_runs_only_the_disks_bound_the_estimate(cast: Cast) -> None:
    vm = make_vm(tenant=cast.acme, disks=2)
    guess = estimate(vm, FULL, Access.of(cast.acme_admin))
    assert (guess.runs, guess.seconds, guess.at_most_bytes) == (0, None, 20 * GIB)


def test_a_chart_stays_in_its_box_and_short_however_long_the_run() -> None:
    backup, now = make_backup(make_vm()), timezone.now()
    ProgressSample.objects.bulk_create(
        ProgressSample(
            backup=backup, at=now + timedelta(seconds=n), transferred_bytes=n, bytes_per_second=n % 7
        )
        for n in range(1000)
    )
    chart = throughput_of(backup)
    assert chart is not None
    points = [tuple(map(float, point.split(","))) for point in chart.line.split()]
    assert len(points) <= MOST_POINTS
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in points)


def test_one_reading_is_no_chart() -> None:
    backup = make_backup(make_vm())
    ProgressSample.objects.create(backup=backup, at=timezone.now(), transferred_bytes=1, bytes_per_second=1)
    assert throughput_of(backup) is None


def test_a_timeline_ends_where_the_backup_is() -> None:
    vm = make_vm()
    done = [step.title for step in timeline_of(make_backup(vm, origin=Backup.Origin.PORTAL))]
    assert done == ["Requested in the portal", "Completed"]
    running = timeline_of(make_backup(vm, BackupState.RUNNING))
    assert [(step.title, step.at is None) for step in running] == [
        ("Started at the hub", False),
        ("First data copied", True),
        ("Completed", True),
    ]
