"""A schedule and a flow, made in the portal, start a backup at a real hub at their time."""

import time
from datetime import timedelta

import pytest
from django.utils import timezone

from backups.models import Backup, BackupState, Repository
from protection import runner
from protection.models import Flow, FlowRun, Schedule
from sendense_portal.audit.models import AuditEntry
from tests.conftest import AsPerson, Cast
from tests.sync.conftest import Follow
from vms.models import VirtualMachine

pytestmark = pytest.mark.django_db


def test_a_flow_starts_backups_at_its_time_in_the_name_of_its_person(
    cast: Cast, follow: Follow, as_person: AsPerson
) -> None:
    hub = follow("web01")
    VirtualMachine.objects.update(tenant=cast.acme)
    client = as_person(cast.acme_operator)
    client.post(
        "/protection/schedules/new/", {"name": "Minutely", "kind": "cron", "cron": "* * * * *", "zone": "UTC"}
    )
    client.post(
        "/protection/flows/new/",
        {
            "name": "All", "all_vms": "on", "repository": str(Repository.objects.get().pk), "full_every": "7",
            "most_at_once": "1", "schedule": str(Schedule.objects.get().pk), "enabled": "on",
        },
    )  # fmt: skip
    flow = Flow.objects.get()
    # Two real seconds ahead instead of up to sixty.
    due = timezone.now() + timedelta(seconds=2)
    Flow.objects.filter(pk=flow.pk).update(next_run_at=due)
    while timezone.now() < due:
        runner.work()
        assert not Backup.objects.exists() or timezone.now() >= due
        time.sleep(0.2)
    runner.work()
    backup = Backup.objects.get()
    assert (backup.started_by, backup.type, backup.tenant) == (cast.acme_operator, "full", cast.acme)
    assert (backup.created_at - due).total_seconds() < 2
    hub.until(lambda: Backup.objects.get().state == BackupState.COMPLETED)
    item = FlowRun.objects.get().items.get()
    assert (item.state, item.backup_id) == ("started", backup.pk)
    begun = AuditEntry.objects.filter(action="backup.start").order_by("sequence")
    assert [entry.outcome for entry in begun] == ["started", "ok"]
    assert {entry.actor for entry in begun} == {cast.acme_operator}
    assert all("flow All" in entry.actor_name for entry in begun)
    run_page = client.get(f"/protection/runs/{FlowRun.objects.get().pk}/").content.decode()
    assert str(backup.pk) in run_page
