"""Several at once: what each came to stays on a page, and no shortcut is taken past any rule."""

from collections.abc import Sequence
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connections
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from backups.bulk import runs
from backups.bulk.plans import sum_of
from backups.deletions import preview
from backups.models import Backup, BackupState, BackupType, BulkItem, BulkRun
from backups.services import gates
from sendense_portal.approvals.models import ApprovalRequest
from sendense_portal.audit.log import Actor
from sendense_portal.audit.models import AuditEntry
from sendense_portal.sync.chores import chores
from sendense_portal.tenancy.models import Membership, Tenant
from sendense_portal.tenancy.roles import TenantRole
from tests.approvals.conftest import answer_to_delete
from tests.backups.test_start_page import answer_to_start
from tests.conftest import AsPerson, Cast
from tests.factories import GIB, make_backup, make_hub, make_repository, make_vm
from tests.hub.servers import Request, Server, serving

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pause between two starts is tested with the service."""
    monkeypatch.setattr("backups.services.SECONDS_BETWEEN_STARTS", 0.0)
    monkeypatch.setattr(runs, "WITHIN_REQUEST", 30.0)
    gates.clear()


def answer(request: Request, connection: Any) -> bytes:
    """A hub that starts and deletes what it is asked to."""
    deletes = request.method == "DELETE"
    return answer_to_delete(request, connection) if deletes else answer_to_start(request, connection)


def chains(cast: Cast, url: str, *names: str) -> list[list[Backup]]:
    """A full and an increment of each machine."""
    hub = make_hub("Answering", url)
    place = make_repository("Vault", hub=hub)
    kinds = [BackupType.FULL, BackupType.INCREMENTAL]
    return [
        [
            make_backup(vm, backup_type=kind, age=timedelta(days=2 - number), repository=place)
            for number, kind in enumerate(kinds)
        ]
        for vm in [make_vm(name, cast.acme, hub=hub) for name in names]
    ]


def confirm(client: Client, backups: Sequence[Backup], **more: str) -> HttpResponse:
    """Looks at what the choice means, and confirms just that."""
    chosen = [str(backup.pk) for backup in backups]
    token = client.get("/backups/bulk/delete/", {"row": chosen}).context["deletion"].token
    return client.post("/backups/bulk/delete/", {"row": chosen, "token": token, **more})  # type: ignore[return-value]  # the test client's answer is one


def results() -> list[tuple[str, str]]:
    return [(item.vm.name, item.state) for item in BulkItem.objects.select_related("vm")]


def deletions(server: Server) -> int:
    return sum(request.method == "DELETE" for request in server.requests)


def test_the_list_offers_boxes_to_who_may_do_something_with_them(cast: Cast, as_person: AsPerson) -> None:
    backup = make_backup(make_vm("acme-web", cast.acme))
    box = f'name="row" form="bulk" value="{backup.pk}"'
    html = as_person(cast.acme_admin).get("/backups/").content.decode()
    assert box in html
    assert "All of this page" in html
    assert f'name="shown" value="{backup.pk}"' in html
    assert box not in as_person(cast.acme_viewer).get("/backups/").content.decode()
    assert 'form="bulk"' in as_person(cast.acme_operator).get("/vms/").content.decode()
    assert 'form="bulk"' not in as_person(cast.acme_viewer).get("/vms/").content.decode()


def test_what_goes_is_summed_over_all_and_named_once(cast: Cast, as_person: AsPerson) -> None:
    one, two = chains(cast, "http://127.0.0.1:9", "one", "two")
    client = as_person(cast.acme_admin)
    # The full of one takes its increment with it, which was ticked too.
    page = client.get("/backups/bulk/delete/", {"row": [str(b.pk) for b in (*one, two[1])]})
    deletion, html = page.context["deletion"], page.content.decode()
    assert [radius.backup for radius in deletion.radii] == [one[0], two[1]]
    assert (deletion.count, deletion.bytes) == (3, 6 * GIB)
    assert [vm.name for vm in deletion.vms_without_point] == ["one"]
    assert "3 restore points, 6.0 GiB" in html
    # Without JavaScript “all of this page” means what was shown.
    shown = ",".join(str(backup.pk) for backup in (*one, *two))
    page = client.get("/backups/bulk/delete/", {"all": "1", "shown": shown})
    assert page.context["deletion"].count == 4
    assert len(page.context["deletion"].vms_without_point) == 2


def test_only_what_was_seen_goes_and_each_result_stays_on_its_page(cast: Cast, as_person: AsPerson) -> None:
    with serving(answer) as server:
        one, two = chains(cast, server.url, "one", "two")
        client = as_person(cast.acme_admin)
        chosen = [str(one[0].pk), str(two[1].pk)]
        token = client.get("/backups/bulk/delete/", {"row": chosen}).context["deletion"].token
        make_backup(two[0].vm, backup_type=BackupType.INCREMENTAL, repository=two[0].repository)
        changed = client.post("/backups/bulk/delete/", {"row": chosen, "token": token})
        assert changed.status_code == 409
        assert "Things changed since you looked" in changed.content.decode()
        assert client.post("/backups/bulk/delete/", {"row": chosen}).status_code == 409
        assert deletions(server) == 0
        answered = confirm(client, [one[0], two[1]])
        assert deletions(server) == 4
    assert answered["Location"] == f"/backups/bulk/{BulkRun.objects.get().pk}/"
    assert results() == [("one", "done"), ("two", "done")]
    html = client.get(answered["Location"]).content.decode()
    assert "2 backups were deleted." in html
    assert "2 done, 0 not done." in html
    assert AuditEntry.objects.filter(action="backup.delete", outcome="ok").count() == 4
    # Another of the same customer does not read one's results.
    assert as_person(cast.acme_operator).get(answered["Location"]).status_code == 404


def test_what_is_in_the_way_of_one_stops_no_other_and_is_said(cast: Cast, as_person: AsPerson) -> None:
    with serving(answer) as server:
        one, two = chains(cast, server.url, "one", "two")
        make_backup(one[0].vm, BackupState.RUNNING, backup_type=BackupType.INCREMENTAL,
                    repository=one[0].repository)  # fmt: skip
        client = as_person(cast.acme_admin)
        html = client.get("/backups/bulk/delete/", {"row": [str(one[0].pk), str(two[0].pk)]}).content.decode()
        assert "is running. Wait until it has ended." in html
        confirm(client, [one[0], two[0]])
    assert results() == [("two", "done")]
    assert Backup.objects.filter(vm=one[0].vm, gone_at__isnull=True).count() == 3


def test_the_bin_and_the_second_person_count_for_many_as_for_one(cast: Cast, as_person: AsPerson) -> None:
    with serving(answer) as server:
        one, two = chains(cast, server.url, "one", "two")
        client = as_person(cast.acme_admin)
        Tenant.objects.update(bin_days=5)
        confirm(client, one)
        assert Backup.objects.filter(bin_until__isnull=False).count() == 2
        Tenant.objects.update(four_eyes_delete=True)
        html = client.get("/backups/bulk/delete/", {"row": [str(two[0].pk)]}).content.decode()
        assert "A second person has to approve this." in html
        answered = confirm(client, two, reason="tidy up")
        assert deletions(server) == 0
    asked = ApprovalRequest.objects.get()
    assert asked.reason == "tidy up"
    assert results() == [("one", "done"), ("two", "asked")]
    assert f"/approvals/{asked.pk}/" in client.get(answered["Location"]).content.decode()


def test_others_backups_are_not_among_the_chosen(cast: Cast, as_person: AsPerson) -> None:
    [one] = chains(cast, "http://127.0.0.1:9", "one")
    page = as_person(cast.borealis_admin).get("/backups/bulk/delete/", {"row": [str(b.pk) for b in one]})
    assert page.context["deletion"].radii == []
    assert "one" not in page.context
    client = as_person(cast.borealis_admin)
    client.post("/backups/bulk/start/", {"row": [str(one[0].vm_id)]})
    client.post("/backups/bulk/retry/", {"row": [str(one[0].pk)]})
    assert not BulkRun.objects.exists()


def test_many_machines_start_each_with_its_own_result(cast: Cast, as_person: AsPerson) -> None:
    with serving(answer) as server:
        chained, _other = chains(cast, server.url, "one", "two")
        fresh = make_vm("fresh", cast.acme, hub=chained[0].hub)
        busy = make_vm("busy", cast.acme, hub=chained[0].hub)
        make_backup(busy, BackupState.RUNNING, repository=chained[0].repository)
        client = as_person(cast.acme_operator)
        chosen = [str(vm.pk) for vm in (chained[0].vm, fresh, busy)]
        question = client.get("/backups/bulk/start/", {"row": chosen}).content.decode()
        assert "Back up 3 machines" in question
        assert BulkRun.objects.count() == 0
        answered = client.post("/backups/bulk/start/", {"row": chosen})
    assert results() == [("busy", "refused"), ("fresh", "done"), ("one", "done")]
    html = client.get(answered["Location"]).content.decode()
    assert "already running" in html
    assert "Incremental backup to Vault started." in html
    assert "Full backup to Vault started." in html
    assert set(Backup.objects.filter(started_by=cast.acme_operator).values_list("vm__name", "type")) == {
        ("one", "incremental"),
        ("fresh", "full"),
    }


def test_what_failed_is_tried_again_once_a_machine(cast: Cast, as_person: AsPerson) -> None:
    with serving(answer) as server:
        [one] = chains(cast, server.url, "one")
        failed = [
            make_backup(one[0].vm, BackupState.FAILED, repository=one[0].repository, age=timedelta(hours=age))
            for age in (3, 2)
        ]
        client = as_person(cast.acme_operator)
        chosen = [str(backup.pk) for backup in (*failed, one[0])]
        question = client.get("/backups/bulk/retry/", {"row": chosen})
        assert question.context["backups"] == [failed[1]]
        client.post("/backups/bulk/retry/", {"row": chosen})
    assert results() == [("one", "done")]
    assert Backup.objects.filter(started_by=cast.acme_operator).count() == 1


def test_what_a_request_left_is_done_by_the_chore_with_the_rights_of_then(
    cast: Cast, as_person: AsPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "WITHIN_REQUEST", 0.0)
    with serving(answer) as server:
        one, two = chains(cast, server.url, "one", "two")
        answered = confirm(as_person(cast.acme_admin), [one[1], two[1]])
        assert results() == [("one", "waiting"), ("two", "waiting")]
        assert "2 still to do" in as_person(cast.acme_admin).get(answered["Location"]).content.decode()
        Membership.objects.filter(user=cast.acme_admin).update(role=TenantRole.OPERATOR)
        runs.work()
        assert deletions(server) == 0
    assert results() == [("one", "refused"), ("two", "refused")]
    assert "no longer" in BulkItem.objects.first().said  # type: ignore[union-attr]  # there are two
    assert "bulk" in {chore.name for chore in chores}


def test_what_was_in_hand_when_a_process_ended_is_not_tried_again(cast: Cast) -> None:
    [one] = chains(cast, "http://127.0.0.1:9", "one")
    run = BulkRun.objects.create(kind=BulkRun.Kind.DELETE, user=cast.acme_admin, actor_name="a")
    item = runs.item_of(one[0].vm, one[0])
    item.run, item.state, item.claimed_at = run, BulkItem.State.DOING, timezone.now() - timedelta(minutes=11)
    item.save()
    runs.work()
    item.refresh_from_db()
    assert item.state == BulkItem.State.REFUSED
    assert "interrupted" in item.said


@pytest.mark.usefixtures("removable_trail")
@pytest.mark.django_db(transaction=True)
def test_of_many_processes_at_a_run_each_item_is_done_by_one(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(answer) as server:
        found = chains(cast, server.url, *(f"vm{number}" for number in range(6)))
        actor = Actor(cast.acme_admin, "a")
        monkeypatch.setattr(runs, "WITHIN_REQUEST", 0.0)
        items = [runs.item_of(one[1].vm, one[1], sum_of(preview(one[1]))) for one in found]
        runs.begin(actor, BulkRun.Kind.DELETE, items)
        together = Barrier(4)
        threads = [Thread(target=work_at, args=(together,)) for _thread in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert deletions(server) == 6
    assert {state for _name, state in results()} == {"done"}


def work_at(together: Barrier) -> None:
    try:
        together.wait()
        runs.work()
    finally:
        connections.close_all()
