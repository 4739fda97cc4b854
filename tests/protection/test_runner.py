"""Flows run at their time, once, in the name of their person; by a clock that the tests turn."""

from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection

from backups.models import Backup, BackupState, BackupType
from protection import runner
from protection.members import left_unprotected, of_flow
from protection.models import Flow, FlowItem, FlowRun, Schedule, VmGroup
from protection.services import run_now, switch
from sendense_portal.audit.log import Actor
from sendense_portal.audit.models import AuditEntry
from sendense_portal.tenancy.models import Membership
from tests.conftest import Cast
from tests.factories import make_backup, make_repository, make_vm

pytestmark = pytest.mark.django_db
DUE = datetime(2026, 11, 23, 22, tzinfo=UTC)


def nightly(cast: Cast, **fields: object) -> Flow:
    """All of Acme at 22:00 UTC, due on the 23rd."""
    schedule, _ = Schedule.objects.get_or_create(tenant=cast.acme, name="Nightly", cron="0 22 * * *")
    values = {
        "name": "All", "all_vms": True, "repository": make_repository(), "schedule": schedule,
        "owner": cast.acme_operator, "next_run_at": DUE,
    } | fields  # fmt: skip
    return Flow.objects.create(tenant=cast.acme, **values)


def test_a_flow_is_taken_at_its_time_and_not_before(cast: Cast) -> None:
    make_vm("acme-web", cast.acme)
    make_vm("borealis-db", cast.borealis)
    flow = nightly(cast)
    runner.take_due(DUE - timedelta(seconds=1))
    assert not FlowRun.objects.exists()
    runner.take_due(DUE)
    runner.take_due(DUE)
    run = FlowRun.objects.get()
    assert (run.due_at, run.person, run.note) == (DUE, cast.acme_operator, "")
    assert [item.vm.name for item in run.items.all()] == ["acme-web"]
    flow.refresh_from_db()
    assert flow.next_run_at == DUE + timedelta(days=1)


@pytest.mark.parametrize(
    ("after", "items", "said"),
    [
        (timedelta(minutes=1), 1, ""),
        (timedelta(hours=3), 1, "Late"),
        (timedelta(hours=8), 0, "Missed"),
        (timedelta(days=2, hours=1), 1, "2 earlier times were left out"),
    ],
)
def test_what_was_missed_is_run_once_late_or_called_missed(
    cast: Cast, after: timedelta, items: int, said: str
) -> None:
    make_vm("acme-web", cast.acme)
    nightly(cast)
    runner.take_due(DUE + after)
    runner.take_due(DUE + after)
    run = FlowRun.objects.get()
    assert run.items.count() == items
    assert said in run.note


def test_a_flow_whose_person_lost_the_right_stops_until_somebody_takes_it_over(cast: Cast) -> None:
    make_vm("acme-web", cast.acme)
    flow = nightly(cast)
    Membership.objects.filter(user=cast.acme_operator).update(role="viewer")
    runner.take_due(DUE)
    flow.refresh_from_db()
    assert (flow.enabled, flow.next_run_at) == (False, None)
    assert "may no longer start backups" in flow.stopped_because
    assert not FlowItem.objects.exists()
    assert AuditEntry.objects.filter(action="flow.stop", tenant=cast.acme).exists()
    switch(Actor(cast.acme_admin, "admin"), flow, True)
    flow.refresh_from_db()
    assert (flow.owner, flow.stopped_because, flow.enabled) == (cast.acme_admin, "", True)
    assert flow.next_run_at is not None


def test_a_right_lost_between_run_and_start_starts_nothing(cast: Cast) -> None:
    make_vm("acme-web", cast.acme)
    run = run_now(Actor(cast.acme_operator, "operator"), nightly(cast))
    Membership.objects.filter(user=cast.acme_operator).delete()
    runner.work()
    item = run.items.get()
    assert (item.state, Backup.objects.count()) == ("refused", 0)


def test_no_more_than_the_flow_s_most_run_at_once(cast: Cast) -> None:
    vms = [make_vm(f"acme-{number}", cast.acme) for number in range(3)]
    flow = nightly(cast, most_at_once=1)
    run = run_now(Actor(cast.acme_operator, "operator"), flow)
    first = run.items.get(vm=vms[0])
    first.state, first.claimed_at = "started", datetime.now(UTC)
    first.backup = make_backup(vms[0], BackupState.RUNNING)
    first.save()
    assert runner.next_item() is None
    Backup.objects.update(state=BackupState.COMPLETED)
    waiting = runner.next_item()
    assert waiting is not None
    assert waiting.vm == vms[1]


def test_a_full_one_comes_when_there_is_none_and_at_its_turn(cast: Cast) -> None:
    vm = make_vm("acme-web", cast.acme)
    flow = nightly(cast, full_every=3)
    item = FlowItem(vm=vm)
    assert runner.type_for(flow, item) == BackupType.FULL
    make_backup(vm, age=timedelta(hours=5))
    assert runner.type_for(flow, item) == BackupType.INCREMENTAL
    for hours in (4, 3):
        assert runner.type_for(flow, item) == BackupType.INCREMENTAL
        make_backup(vm, backup_type=BackupType.INCREMENTAL, age=timedelta(hours=hours))
    assert runner.type_for(flow, item) == BackupType.FULL


@pytest.mark.parametrize(
    ("now", "last_full", "kind"),
    [
        ("2026-03-07 12:00", "2026-03-01 23:30", BackupType.INCREMENTAL),
        # Sunday begins in the schedule's zone, eight hours after it does in UTC.
        ("2026-03-08 03:00", "2026-03-01 23:30", BackupType.INCREMENTAL),
        ("2026-03-08 09:00", "2026-03-01 23:30", BackupType.FULL),
        ("2026-03-08 20:00", "2026-03-08 09:00", BackupType.INCREMENTAL),
        ("2026-03-10 12:00", "2026-03-01 23:30", BackupType.FULL),
    ],
)
def test_a_full_one_comes_with_its_weekday_and_is_made_up_for(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, now: str, last_full: str, kind: BackupType
) -> None:
    vm = make_vm("acme-web", cast.acme)
    flow = nightly(cast, full_every=2, full_weekday=6)
    assert flow.schedule is not None
    flow.schedule.zone = "America/Los_Angeles"
    make_backup(vm, created_at=datetime.fromisoformat(last_full).replace(tzinfo=UTC))
    for day in (2, 3, 4):
        created = datetime(2026, 3, day, tzinfo=UTC)
        make_backup(vm, backup_type=BackupType.INCREMENTAL, created_at=created)
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC)
    monkeypatch.setattr("protection.runner.timezone.now", lambda: moment)
    assert runner.type_for(flow, FlowItem(vm=vm)) == kind


def test_groups_take_machines_by_hand_and_by_name_of_their_customer_alone(cast: Cast) -> None:
    for name in ("web01", "WEB02", "db01", "app01"):
        make_vm(name, cast.acme)
    make_vm("web-of-borealis", cast.borealis)
    group = VmGroup.objects.create(tenant=cast.acme, name="Web", name_pattern="web*")
    group.vms.set(make_vm(name, cast.acme) for name in ["chosen"])
    flow = nightly(cast, all_vms=False)
    flow.groups.add(group)
    assert [vm.name for vm in of_flow(flow)] == ["WEB02", "chosen", "web01"]
    assert [vm.name for vm in left_unprotected([flow])] == ["WEB02", "chosen", "web01"]
    nightly(cast, name="Other")
    assert left_unprotected([flow]) == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("removable_trail")
def test_of_several_processes_one_takes_a_due_time(cast: Cast) -> None:
    make_vm("acme-web", cast.acme)
    nightly(cast)
    together = Barrier(4)

    def process() -> None:
        together.wait()
        runner.take_due(DUE)
        connection.close()

    threads = [Thread(target=process) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert FlowRun.objects.count() == FlowItem.objects.count() == 1
