"""How old the newest point of a machine may be: by its customer, by its flows, on every page alike."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from backups.heat import heat_of
from backups.mirror.rows import count_restore_points
from protection.members import machines_of
from protection.models import Flow, Schedule, VmGroup
from protection.objectives import keep_all, too_long_gap
from sendense_portal.audit.log import PORTAL
from sendense_portal.dashboard import vm_numbers
from sendense_portal.overview.health import health_of
from sendense_portal.tenancy.access import Access
from sendense_portal.tenancy.models import Tenant
from tests.conftest import AsPerson, Cast
from tests.factories import make_backup, make_repository, make_vm
from vms.assignment.services import assign
from vms.models import VirtualMachine
from vms.objectives import is_overdue, overdue

pytestmark = pytest.mark.django_db
AGES = {"new": 1, "morning": 10, "yesterday": 30, "old": 100}


@pytest.fixture
def machines(cast: Cast) -> None:
    for name, hours in AGES.items():
        vm = make_vm(f"acme-{name}", cast.acme)
        make_backup(vm, age=timedelta(hours=hours))
        count_restore_points(vm)


def late(cast: Cast) -> set[str]:
    """What is overdue, where all that tell of it agree."""
    now, rows = timezone.now(), VirtualMachine.objects.filter(tenant=cast.acme)
    named = {vm.name.removeprefix("acme-") for vm in rows.filter(overdue(now))}
    assert named == {vm.name.removeprefix("acme-") for vm in rows if is_overdue(vm, now)}
    assert vm_numbers(Access.of(cast.acme_viewer)).overdue == len(named)
    assert health_of(Tenant.objects.filter(pk=cast.acme.pk))[0].overdue == len(named)
    today = {row.vm.name: row.cells[-1].word for row in heat_of(Access.of(cast.acme_viewer)).rows}
    assert {name.removeprefix("acme-") for name, word in today.items() if word == "late"} == named
    return named


def save(cast: Cast, as_person: AsPerson, name: str, **more: Any) -> Flow:
    known = Flow.objects.filter(name=name).first()
    form = {
        "name": name, "repository": str(make_repository().pk), "full_every": "7", "most_at_once": "2",
    } | more  # fmt: skip
    address = f"/protection/flows/{known.pk}/change/" if known else "/protection/flows/new/"
    answer = as_person(cast.acme_operator).post(address, form)
    assert answer.status_code == 302, answer.context["form"].errors
    return Flow.objects.get(name=name)


def test_a_customer_says_how_old_points_may_be_and_all_pages_follow(
    cast: Cast, as_person: AsPerson, machines: None
) -> None:
    assert late(cast) == {"yesterday", "old"}
    client = as_person(cast.acme_admin)
    client.post(f"/customers/{cast.acme.pk}/rules/", {"bin_days": "0", "rpo_hours": "4"})
    assert late(cast) == {"morning", "yesterday", "old"}
    assert "at most 4 hours old" in client.get(f"/customers/{cast.acme.pk}/").content.decode()
    vm = VirtualMachine.objects.get(name="acme-morning")
    assert "older than 4 hours" in client.get(f"/vms/{vm.pk}/").content.decode()
    client.post(f"/customers/{cast.acme.pk}/rules/", {"bin_days": "0", "rpo_hours": "72"})
    assert late(cast) == {"old"}
    refused = client.post(f"/customers/{cast.acme.pk}/rules/", {"bin_days": "0", "rpo_hours": "5"})
    assert "rpo_hours" in refused.context["form"].errors


def test_of_several_flows_the_strictest_counts_and_it_goes_with_them(
    cast: Cast, as_person: AsPerson, machines: None
) -> None:
    old = VirtualMachine.objects.get(name="acme-old")
    group = VmGroup.objects.create(tenant=cast.acme, name="Morning", name_pattern="acme-m*")
    save(cast, as_person, "Weekly", all_vms="on", rpo_hours="168")
    assert late(cast) == set()
    strict = save(cast, as_person, "Strict", groups=[str(group.pk)], vms=[str(old.pk)], rpo_hours="8")
    assert late(cast) == {"morning", "old"}
    group_page = f"/protection/groups/{group.pk}/"
    as_person(cast.acme_admin).post(group_page, {"name": "Young", "name_pattern": "acme-y*"})
    assert late(cast) == {"yesterday", "old"}
    client = as_person(cast.acme_admin)
    client.post("/protection/flows/chosen/", {"do": "delete", "row": str(strict.pk)})
    assert late(cast) == set()
    save(cast, as_person, "Weekly", all_vms="on", rpo_hours="")
    assert late(cast) == {"yesterday", "old"}


def test_machines_that_come_and_change_hands_follow(cast: Cast, as_person: AsPerson, machines: None) -> None:
    save(cast, as_person, "Weekly", all_vms="on", rpo_hours="168")
    come = make_vm("acme-come", cast.acme)
    keep_all()
    come.refresh_from_db()
    assert come.flow_rpo_hours == 168
    assign(PORTAL, come, cast.borealis, may_move=True)
    come.refresh_from_db()
    assert come.flow_rpo_hours is None
    assign(PORTAL, come, cast.acme, may_move=True)
    come.refresh_from_db()
    assert come.flow_rpo_hours == 168


def test_keeping_costs_the_same_for_any_number_of_machines(
    cast: Cast, as_person: AsPerson, django_assert_max_num_queries: Any
) -> None:
    save_first = [make_vm(f"acme-{number:03}", cast.acme) for number in range(120)]
    save(cast, as_person, "Weekly", all_vms="on", rpo_hours="168")
    assert {vm.flow_rpo_hours for vm in machines_of(cast.acme.pk)} == {168}
    Flow.objects.update(rpo_hours=4)
    with django_assert_max_num_queries(10):
        keep_all()
    assert machines_of(cast.acme.pk).filter(flow_rpo_hours=4).count() == len(save_first)


@pytest.mark.parametrize(
    ("cron", "hours", "gap"),
    [("0 22 * * *", 24, None), ("0 22 * * 1-5", 24, 72), ("0 22 * * *", 8, 24), ("0 * * * *", 1, None)],
)
def test_a_schedule_that_cannot_keep_the_objective_is_told(
    cast: Cast, cron: str, hours: int, gap: int | None
) -> None:
    schedule = Schedule(tenant=cast.acme, name="S", cron=cron, zone="UTC")
    flow = Flow(tenant=cast.acme, schedule=schedule, rpo_hours=hours)
    found = too_long_gap(flow, datetime(2026, 11, 2, tzinfo=UTC))
    assert found == (timedelta(hours=gap) if gap else None)
