"""Several schedules or groups at once: an answer for each, and no flow changes unseen."""

from typing import Any

import pytest
from django.utils import timezone

from protection.causes import standing_of
from protection.models import Flow, Schedule, VmGroup
from protection.runner import take_due
from protection.services import switch
from sendense_portal.audit.log import Actor
from sendense_portal.audit.models import AuditEntry
from sendense_portal.tenancy.access import Access
from tests.conftest import AsPerson, Cast
from tests.factories import make_repository, make_vm

pytestmark = pytest.mark.django_db
SCHEDULES, GROUPS = "/protection/schedules/chosen/", "/protection/groups/chosen/"


@pytest.fixture
def flow(cast: Cast) -> Flow:
    make_vm("acme-web", cast.acme)
    schedule = Schedule.objects.create(tenant=cast.acme, name="Nightly", cron="0 22 * * *")
    made = Flow.objects.create(
        tenant=cast.acme, name="All", all_vms=True, repository=make_repository(), schedule=schedule,
        owner=cast.acme_operator, enabled=False,
    )  # fmt: skip
    switch(Actor(cast.acme_operator, "operator"), made, True)
    return made


def do(client: Any, path: str, verb: str, *rows: Any) -> list[tuple[str, bool, str]]:
    answer = client.post(path, {"do": verb, "row": [str(row.pk) for row in rows]})
    return [(result.row.name, result.is_done, result.said) for result in answer.context["results"]]


def test_a_schedule_that_rests_takes_its_flows_with_it_and_gives_them_back(
    cast: Cast, as_person: AsPerson, flow: Flow
) -> None:
    free = Schedule.objects.create(tenant=cast.acme, name="Unused", cron="0 1 * * *")
    assert flow.schedule
    client, rows = as_person(cast.acme_admin), (flow.schedule, free)
    asked = client.get(SCHEDULES, {"do": "disable", "row": [str(row.pk) for row in rows]}).content.decode()
    assert "acme-web" in asked, "who loses protection is said before"
    assert str(cast.acme_operator) in asked, "whose flow it is, too"
    assert do(client, SCHEDULES, "disable", *rows) == [
        ("Nightly", True, "1 flow rests with it."), ("Unused", True, "0 flows rest with it."),
    ]  # fmt: skip
    assert [done for _, done, _ in do(client, SCHEDULES, "disable", *rows)] == [False, False]
    flow.refresh_from_db()
    assert (flow.next_run_at, flow.enabled, flow.owner) == (None, True, cast.acme_operator)
    entry = AuditEntry.objects.filter(action="flow.edit", target_id=str(flow.pk)).get()
    assert (entry.actor, entry.parameters["schedule"]) == (cast.acme_admin, "Nightly")
    assert AuditEntry.objects.filter(action="schedule.disable").count() == 2
    take_due(timezone.now())
    assert not flow.runs.exists()
    assert do(client, SCHEDULES, "enable", flow.schedule)[0][2] == "1 flow runs by it again."
    flow.refresh_from_db()
    assert flow.next_run_at is not None


def test_a_flow_whose_schedule_rests_says_so_and_how_to_mend_it(
    cast: Cast, as_person: AsPerson, flow: Flow
) -> None:
    assert flow.schedule
    client = as_person(cast.acme_operator)
    do(client, SCHEDULES, "disable", flow.schedule)
    flow.refresh_from_db()
    assert "Its schedule rests" in client.get("/protection/").content.decode()
    assert [row.pk for row in client.get("/protection/?state=off").context["table"].data.data] == [flow.pk]
    vm = make_vm("acme-db", cast.acme)
    cause, *_ = standing_of(vm, Access.of(cast.acme_operator)).causes
    assert cause.under[0].label == "Switch the schedule on"
    assert "Switch schedules on" in client.get(cause.under[0].url).content.decode()
    client.post("/protection/flows/chosen/", {"do": "disable", "row": str(flow.pk)})
    answer = client.post("/protection/flows/chosen/", {"do": "enable", "row": str(flow.pk)})
    assert "its schedule rests" in answer.content.decode()
    flow.refresh_from_db()
    assert flow.next_run_at is None


def test_what_flows_use_stays_and_the_rest_is_deleted(cast: Cast, as_person: AsPerson, flow: Flow) -> None:
    assert flow.schedule
    free = Schedule.objects.create(tenant=cast.acme, name="Unused", cron="0 1 * * *")
    used, unused = (
        VmGroup.objects.create(tenant=cast.acme, name=name, name_pattern="*") for name in ("Used", "Unused")
    )
    flow.groups.add(used)
    client = as_person(cast.acme_operator)
    (name, kept, why), (_, gone, _) = do(client, SCHEDULES, "delete", flow.schedule, free)
    assert (name, kept, gone) == ("Nightly", False, True)
    assert "All" in why
    assert [done for _, done, _ in do(client, GROUPS, "delete", used, unused)] == [True, False]
    assert (Schedule.objects.get(), VmGroup.objects.get()) == (flow.schedule, used)


def test_rows_of_others_are_as_unknown_and_groups_cannot_be_switched(
    cast: Cast, as_person: AsPerson, flow: Flow
) -> None:
    assert flow.schedule
    theirs = as_person(cast.borealis_admin)
    for verb in ("disable", "delete"):
        html = theirs.post(SCHEDULES, {"do": verb, "row": str(flow.schedule_id)}).content.decode()
        assert "Nothing was chosen" in html
    group = VmGroup.objects.create(tenant=cast.acme, name="Web", name_pattern="*")
    client = as_person(cast.acme_operator)
    assert (
        "Nothing was chosen" in client.post(GROUPS, {"do": "disable", "row": str(group.pk)}).content.decode()
    )
    assert Schedule.objects.get().enabled
    assert VmGroup.objects.exists()


def test_lists_have_boxes_for_those_who_may(cast: Cast, as_person: AsPerson, flow: Flow) -> None:
    VmGroup.objects.create(tenant=cast.acme, name="Web", name_pattern="*")
    for path in ("/protection/schedules/", "/protection/groups/"):
        assert 'name="row"' in as_person(cast.acme_operator).get(path).content.decode()
        assert 'name="row"' not in as_person(cast.acme_viewer).get(path).content.decode()
