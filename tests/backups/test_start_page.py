"""Starting a backup through its form: what is offered, what is refused where, one start for two clicks."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from backups.models import Backup, BackupState
from sendense_portal.audit.models import AuditEntry
from sendense_portal.tenancy.models import HubConnection
from tests.conftest import AsPerson, Cast
from tests.factories import GIB, make_backup, make_hub, make_repository, make_vm
from tests.hub.servers import NO_ROUTE, Request, Server, http, ok, serving

pytestmark = pytest.mark.django_db
START = "/backups/start/"


def answer_to_start(request: Request, connection: Any) -> bytes:
    """What a hub of today's dialect says to a start (recorded/084), for any VM of one disk."""
    if (request.method, request.path) != ("POST", "/api/v1/backups"):
        return NO_ROUTE
    asked = json.loads(request.body)
    path = f"/r/disk-0/backup-{asked['vm_name']}-disk0-20261123-044950.qcow2"
    return ok(
        json.dumps(
            {
                "backup_id": f"backup-{asked['vm_name']}-1795409390", "vm_context_id": "ctx",
                "vm_name": asked["vm_name"], "backup_type": asked["backup_type"], "status": "started",
                "disk_results": [{"disk_id": 0, "status": "prepared", "qcow2_path": path}],
                "repository_id": asked["repository_id"], "bytes_transferred": 0, "total_bytes": 0,
                "created_at": "2026-11-23T04:49:50Z",
            }
        )
    )  # fmt: skip


def fields_of(vm: Any, kind: str = "full", repository: Any = None) -> dict[str, str]:
    return {"vm": str(vm.pk), "type": kind, "repository": str((repository or make_repository(hub=vm.hub)).pk)}


def shown(client: Client, query: str = "") -> str:
    response = client.get(START + query)
    assert response.status_code == 200
    return response.content.decode()


def test_only_machines_that_one_may_back_up_are_offered(cast: Cast, as_person: AsPerson) -> None:
    make_vm("acme-web", cast.acme)
    make_vm("borealis-db", cast.borealis)
    html = shown(as_person(cast.acme_operator))
    assert "acme-web" in html
    assert "borealis-db" not in html
    assert as_person(cast.acme_viewer).get(START).status_code == 403


def test_a_machine_is_shown_with_last_backup_size_and_free_space(cast: Cast, as_person: AsPerson) -> None:
    vm = make_vm("acme-web", cast.acme, disks=2)
    make_repository("Vault", available_bytes=7 * GIB)
    html = shown(as_person(cast.acme_operator), f"?vm={vm.pk}")
    for words in ("never backed up", "2 disks, 20.0 GiB", "Vault", "7.0 GiB free", "at most 20.0 GiB"):
        assert words in html


def test_incremental_is_greyed_with_its_reason_until_there_is_a_full(cast: Cast, as_person: AsPerson) -> None:
    vm, client = make_vm("acme-web", cast.acme), as_person(cast.acme_operator)
    make_repository()
    response = client.get(f"{START}?vm={vm.pk}")
    incremental, full = response.context["options"].types
    assert (incremental.chosen, full.chosen) == (False, True)
    assert incremental.conflict in response.content.decode()
    make_backup(vm)
    incremental, full = client.get(f"{START}?vm={vm.pk}").context["options"].types
    assert (incremental.chosen, incremental.conflict) == (True, None)


def test_a_full_elsewhere_is_no_base_for_an_increment_here(cast: Cast, as_person: AsPerson) -> None:
    vm, other = make_vm("acme-web", cast.acme), make_repository("Other")
    make_backup(vm, repository=make_repository("First"))
    response = as_person(cast.acme_operator).get(f"{START}?vm={vm.pk}&repository={other.pk}&type=incremental")
    assert response.context["options"].types[0].conflict is not None


def test_repositories_of_other_customers_are_never_offered_or_taken(cast: Cast, as_person: AsPerson) -> None:
    vm = make_vm("acme-web", cast.acme)
    theirs = make_repository("Borealis vault", tenant=cast.borealis)
    client = as_person(cast.acme_operator)
    assert "Borealis vault" not in shown(client, f"?vm={vm.pk}")
    response = client.post(START, fields_of(vm, repository=theirs))
    assert "repository" in response.context["form"].errors
    assert not Backup.objects.exists()


def test_a_disabled_repository_is_greyed_and_not_chosen(cast: Cast, as_person: AsPerson) -> None:
    vm = make_vm("acme-web", cast.acme)
    make_repository("A disabled one", enabled=False)
    make_repository("Usable")
    options = as_person(cast.acme_operator).get(f"{START}?vm={vm.pk}").context["options"]
    assert [(o.repository.name, o.chosen, o.conflict is None) for o in options.repositories] == [
        ("A disabled one", False, False),
        ("Usable", True, True),
    ]


def test_the_expectation_comes_from_earlier_runs(cast: Cast, as_person: AsPerson) -> None:
    vm = make_vm("acme-web", cast.acme)
    make_backup(vm, transferred_bytes=3 * GIB)
    html = shown(as_person(cast.acme_operator), f"?vm={vm.pk}&type=full")
    assert "3.0 GiB in 5 min" in html


def test_why_nothing_can_be_started_replaces_the_choices(cast: Cast, as_person: AsPerson) -> None:
    vm, client = make_vm("acme-web", cast.acme), as_person(cast.acme_operator)
    make_repository()
    make_backup(vm, BackupState.RUNNING)
    html = shown(client, f"?vm={vm.pk}")
    assert "already running" in html
    assert 'name="repository"' not in html
    HubConnection.objects.update(state=HubConnection.State.DOWN)
    assert "The hub does not answer at the moment" in shown(client, f"?vm={make_vm('b', cast.acme).pk}")


def test_a_start_without_javascript_opens_the_backup(cast: Cast, as_person: AsPerson) -> None:
    with serving(answer_to_start) as server:
        vm = make_vm("acme-web", cast.acme, hub=make_hub("Answering", server.url))
        response = as_person(cast.acme_operator).post(START, fields_of(vm))
    backup = Backup.objects.get()
    assert response.status_code == 302
    assert response["Location"] == f"/backups/{backup.pk}/"
    assert backup.state == BackupState.RUNNING
    assert backup.started_by == cast.acme_operator
    trail = AuditEntry.objects.filter(action="backup.start", actor=cast.acme_operator)
    assert sorted(trail.values_list("outcome", flat=True)) == ["ok", "started"]


def test_a_start_in_the_dialog_closes_it_and_refreshes_the_lists(cast: Cast, as_person: AsPerson) -> None:
    with serving(answer_to_start) as server:
        vm = make_vm("acme-web", cast.acme, hub=make_hub("Answering", server.url))
        response = as_person(cast.acme_operator).post(START, fields_of(vm), headers={"HX-Request": "true"})
    events = json.loads(response["HX-Trigger"])
    assert response.status_code == 204
    assert set(events) == {"closeDialog", "toast", "live:backups"}
    assert events["toast"]["href"] == f"/backups/{Backup.objects.get().pk}/"


def starts_at(server: Server) -> int:
    return sum(request.method == "POST" for request in server.requests)


def test_a_second_click_starts_nothing(cast: Cast, as_person: AsPerson) -> None:
    with serving(answer_to_start) as server:
        vm = make_vm("acme-web", cast.acme, hub=make_hub("Answering", server.url))
        client, fields = as_person(cast.acme_operator), fields_of(vm)
        client.post(START, fields)
        second = client.post(START, fields)
        assert starts_at(server) == 1
    assert "already running" in second.content.decode()
    assert Backup.objects.count() == 1


def test_errors_stand_at_their_field_and_what_was_chosen_stays(cast: Cast, as_person: AsPerson) -> None:
    vm = make_vm("acme-web", cast.acme)
    make_repository("First")
    second = make_repository("Second")
    response = as_person(cast.acme_operator).post(START, fields_of(vm, "incremental", second))
    html = response.content.decode()
    assert response.context["form"].errors.keys() == {"type"}
    assert 'id="start-type-errors"' in html
    assert [o.repository.name for o in response.context["options"].repositories if o.chosen] == ["Second"]


def test_a_hub_that_cannot_be_reached_is_told_in_the_dialog(cast: Cast, as_person: AsPerson) -> None:
    vm = make_vm("acme-web", cast.acme)
    response = as_person(cast.acme_operator).post(START, fields_of(vm), headers={"HX-Request": "true"})
    html = response.content.decode()
    assert response.status_code == 200
    assert 'role="alert"' in html
    assert 'id="backup-start"' in html
    assert Backup.objects.get().state == BackupState.FAILED


def test_a_refusal_of_the_hub_is_told_in_our_words(cast: Cast, as_person: AsPerson) -> None:
    said = '{"error":"failed to start backup","details":"repository /srv/secret: boom","timestamp":""}'
    with serving(lambda request, connection: http(500, said)) as server:
        vm = make_vm("acme-web", cast.acme, hub=make_hub("Refusing", server.url))
        response = as_person(cast.acme_operator).post(START, fields_of(vm))
    html = response.content.decode()
    assert 'role="alert"' in html
    assert "/srv/secret" not in html


def test_many_machines_bring_a_search_and_a_short_list(cast: Cast, as_person: AsPerson) -> None:
    from vms.models import VirtualMachine

    hub = make_hub()
    VirtualMachine.objects.bulk_create(
        VirtualMachine(hub=hub, tenant=cast.acme, remote_id=f"c{n}", name=f"m{n:04}") for n in range(320)
    )
    client = as_person(cast.acme_operator)
    assert len(client.get(START).context["vms"]) == 300
    response = client.get(f"{START}?find=m0319")
    assert [vm.name for vm in response.context["vms"]] == ["m0319"]
    assert 'name="find"' in response.content.decode()


def test_the_form_asks_few_questions(
    cast: Cast, as_person: AsPerson, django_assert_max_num_queries: Any
) -> None:
    vm = make_vm("acme-web", cast.acme)
    for number in range(5):
        make_backup(vm, repository=make_repository(f"R{number}"), age=timedelta(days=number))
    client = as_person(cast.acme_operator)
    with django_assert_max_num_queries(13):
        client.get(f"{START}?vm={vm.pk}", headers={"HX-Request": "true"})
