"""Making, switching, running and deleting flows through their pages, with an answer for each."""

from typing import Any

import pytest

from backups.bulk.plans import MOST_AT_ONCE
from protection.models import Flow, FlowRun, Schedule, VmGroup
from sendense_portal.audit.models import AuditEntry
from tests.conftest import AsPerson, Cast
from tests.factories import make_repository, make_vm

pytestmark = pytest.mark.django_db
CHOSEN = "/protection/flows/chosen/"


def fields(cast: Cast, **more: Any) -> dict[str, Any]:
    schedule, _ = Schedule.objects.get_or_create(tenant=cast.acme, name="Nightly", cron="0 22 * * *")
    return {
        "name": "All", "all_vms": "on", "repository": str(make_repository().pk), "full_every": "7",
        "most_at_once": "2", "schedule": str(schedule.pk), "enabled": "on",
    } | more  # fmt: skip


def made(cast: Cast, as_person: AsPerson, **more: Any) -> Flow:
    answer = as_person(cast.acme_operator).post("/protection/flows/new/", fields(cast, **more))
    assert answer.status_code == 302, answer.context["form"].errors
    return Flow.objects.get(name=more.get("name", "All"))


def test_a_flow_is_planned_and_belongs_to_who_made_it(cast: Cast, as_person: AsPerson) -> None:
    vm = make_vm("acme-web", cast.acme)
    flow = made(cast, as_person)
    assert (flow.owner, flow.tenant, flow.enabled) == (cast.acme_operator, cast.acme, True)
    assert flow.next_run_at is not None
    html = as_person(cast.acme_viewer).get(f"/protection/flows/{flow.pk}/").content.decode()
    assert vm.name in html
    assert "Run now" not in html
    entry = AuditEntry.objects.get(action="flow.create")
    assert (entry.actor, entry.tenant_id) == (cast.acme_operator, cast.acme.pk)


def test_nothing_of_another_customer_can_be_chosen(cast: Cast, as_person: AsPerson) -> None:
    make_vm("acme-web", cast.acme)
    theirs = make_vm("borealis-db", cast.borealis)
    group = VmGroup.objects.create(tenant=cast.borealis, name="Theirs", name_pattern="*")
    schedule = Schedule.objects.create(tenant=cast.borealis, name="Theirs", cron="0 1 * * *")
    vault = make_repository("Borealis vault", tenant=cast.borealis)
    VmGroup.objects.create(tenant=cast.acme, name="Ours", name_pattern="*")
    client = as_person(cast.acme_operator)
    assert "Theirs" not in client.get("/protection/flows/new/").content.decode()
    wrong = {
        "vms": [str(theirs.pk)], "groups": [str(group.pk)], "schedule": str(schedule.pk),
        "repository": str(vault.pk), "customer": str(cast.borealis.pk),
    }  # fmt: skip
    answer = client.post("/protection/flows/new/", fields(cast, **wrong))
    assert set(answer.context["form"].errors) >= {"vms", "groups", "schedule", "repository"}
    assert not Flow.objects.exists()


def test_several_are_run_switched_and_deleted_with_an_answer_for_each(
    cast: Cast, as_person: AsPerson
) -> None:
    make_vm("acme-web", cast.acme)
    first, second = made(cast, as_person), made(cast, as_person, name="Second")
    client, rows = as_person(cast.acme_admin), [str(first.pk), str(second.pk)]

    def do(verb: str) -> list[tuple[str, bool]]:
        results = client.post(CHOSEN, {"do": verb, "row": rows}).context["results"]
        return [(result.row.name, result.is_done) for result in results]

    assert do("run") == [("All", True), ("Second", True)]
    assert {run.person for run in FlowRun.objects.all()} == {cast.acme_admin}
    assert do("run") == [("All", False), ("Second", False)]
    client.post(CHOSEN, {"do": "disable", "row": rows[:1]})
    assert do("disable") == [("All", False), ("Second", True)]
    assert not Flow.objects.filter(next_run_at__isnull=False).exists()
    assert do("enable") == [("All", True), ("Second", True)]
    assert do("delete") == [("All", True), ("Second", True)]
    assert FlowRun.objects.count() == 2
    assert list(client.get("/protection/").context["table"].paginated_rows) == []


def test_deleting_names_what_is_no_longer_protected(cast: Cast, as_person: AsPerson) -> None:
    make_vm("acme-web", cast.acme)
    flow = made(cast, as_person)
    client = as_person(cast.acme_admin)
    html = client.get(CHOSEN, {"do": "delete", "row": str(flow.pk)}).content.decode()
    assert "acme-web" in html
    assert "no longer be backed up" in html


def test_who_changes_a_group_sees_whose_flows_change_and_each_has_it_in_its_trail(
    cast: Cast, as_person: AsPerson
) -> None:
    make_vm("acme-web", cast.acme)
    group = VmGroup.objects.create(tenant=cast.acme, name="Web", name_pattern="web*")
    flow = made(cast, as_person, groups=[str(group.pk)])
    other = as_person(cast.acme_admin)
    html = other.get(f"/protection/groups/{group.pk}/").content.decode()
    assert "1 flow follows it" in html
    assert str(cast.acme_operator) in html
    other.post(f"/protection/groups/{group.pk}/", {"name": "Web", "name_pattern": "acme*"})
    flow.refresh_from_db()
    assert flow.owner == cast.acme_operator
    entry = AuditEntry.objects.get(action="flow.edit", target_id=str(flow.pk))
    assert (entry.actor, entry.parameters["group"]) == (cast.acme_admin, "Web")


def test_a_group_is_backed_up_at_once_with_an_answer_for_each_machine(
    cast: Cast, as_person: AsPerson
) -> None:
    make_repository()
    inside = [make_vm(f"web-{n}", cast.acme) for n in range(2)]
    make_vm("db", cast.acme)
    make_vm("web-of-borealis", cast.borealis)
    group = VmGroup.objects.create(tenant=cast.acme, name="Web", name_pattern="web*")
    client = as_person(cast.acme_operator)
    for page in ("/protection/groups/", f"/protection/groups/{group.pk}/"):
        assert f"/protection/groups/{group.pk}/start/" in client.get(page).content.decode()
    answer = client.get(f"/protection/groups/{group.pk}/start/")
    assert [vm.name for vm in answer.context["vms"]] == ["web-0", "web-1"]
    html = answer.content.decode()
    assert "Back up 2 machines" in html
    rows = [str(vm.pk) for vm in inside]
    assert all(f'name="row" value="{row}"' in html for row in rows)
    assert 'action="/backups/bulk/start/"' in html
    begun = client.post("/backups/bulk/start/", {"row": rows})
    items = client.get(begun["Location"]).context["items"]
    assert [item.vm.name for item in items] == ["web-0", "web-1"]
    assert "start/" not in as_person(cast.acme_viewer).get("/protection/groups/").content.decode()


def test_of_a_large_group_what_is_not_started_is_counted(cast: Cast, as_person: AsPerson) -> None:
    for number in range(MOST_AT_ONCE + 2):
        make_vm(f"web-{number:03}", cast.acme)
    group = VmGroup.objects.create(tenant=cast.acme, name="Web", name_pattern="web*")
    html = as_person(cast.acme_operator).get(f"/protection/groups/{group.pk}/start/").content.decode()
    assert "2 more are beyond what is started at once" in html
    assert html.count('name="row"') == MOST_AT_ONCE


def test_what_a_flow_uses_is_not_deleted(cast: Cast, as_person: AsPerson) -> None:
    make_vm("acme-web", cast.acme)
    flow = made(cast, as_person)
    client = as_person(cast.acme_admin)
    refused = client.post(f"/protection/schedules/{flow.schedule_id}/delete/")
    assert refused.status_code == 409
    assert "All" in refused.content.decode()
    client.post(CHOSEN, {"do": "delete", "row": str(flow.pk)})
    assert client.post(f"/protection/schedules/{flow.schedule_id}/delete/").status_code == 302
    assert AuditEntry.objects.filter(action="schedule.delete").exists()


def test_the_provider_chooses_the_customer_first(cast: Cast, as_person: AsPerson) -> None:
    make_vm("acme-web", cast.acme)
    client = as_person(cast.provider_operator)
    assert "Choose a customer" in client.get("/protection/flows/new/").content.decode()
    html = client.get("/protection/flows/new/", {"customer": str(cast.acme.pk)}).content.decode()
    assert "acme-web" in html


def test_lists_cost_few_queries(cast: Cast, as_person: AsPerson, django_assert_max_num_queries: Any) -> None:
    make_vm("acme-web", cast.acme)
    for number in range(12):
        made(cast, as_person, name=f"Flow {number:02}")
    client = as_person(cast.acme_operator)
    client.get("/protection/")
    for path in ("/protection/", "/protection/schedules/", "/protection/groups/"):
        with django_assert_max_num_queries(15):
            client.get(path)


def test_of_many_machines_the_chosen_ones_come_first_and_a_field_narrows_them(
    cast: Cast, as_person: AsPerson
) -> None:
    for number in range(12):
        make_vm(f"acme-{number:02}", cast.acme)
    last = make_vm("zz-last", cast.acme)
    html = as_person(cast.acme_operator).get(f"/protection/flows/new/?vm={last.pk}").content.decode()
    box = html[html.index("data-choices") :]
    assert "choices-search" in box
    assert box.index("zz-last") < box.index("acme-00")
    assert f'value="{last.pk}" checked' in box
    assert "Groups" not in html[html.index("<main") : html.index("</main>")], "there is none to choose"


def test_who_changes_a_schedule_sees_whose_flows_change_and_each_has_it_in_its_trail(
    cast: Cast, as_person: AsPerson
) -> None:
    make_vm("acme-web", cast.acme)
    schedule = Schedule.objects.create(tenant=cast.acme, name="Nightly", cron="0 22 * * *")
    as_person(cast.acme_operator).post("/protection/flows/new/", fields(cast, schedule=str(schedule.pk)))
    flow = Flow.objects.get()
    other = as_person(cast.acme_admin)
    html = other.get(f"/protection/schedules/{schedule.pk}/").content.decode()
    assert "1 flow follows it" in html
    assert str(cast.acme_operator) in html
    form = {"name": "Nightly", "kind": "daily", "at": "23:15", "zone": "UTC", "month_day": "1"}
    assert other.post(f"/protection/schedules/{schedule.pk}/", form).status_code == 302
    flow.refresh_from_db()
    assert flow.owner == cast.acme_operator
    entry = AuditEntry.objects.filter(action="flow.edit", target_id=str(flow.pk)).get()
    assert (entry.actor, entry.parameters["cron"]) == (cast.acme_admin, "15 23 * * *")
