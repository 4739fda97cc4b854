"""Why a machine is not protected, on its page, with what mends it for those who may."""

from datetime import UTC, datetime, timedelta

import pytest

from backups.mirror.rows import count_restore_points
from protection.causes import Cause, standing_of
from protection.models import Flow, Schedule
from sendense_portal.tenancy.access import Access
from tests.conftest import AsPerson, Cast
from tests.factories import make_backup, make_repository, make_vm
from vms.models import VirtualMachine

pytestmark = pytest.mark.django_db


def flow_for(cast: Cast, **fields: object) -> Flow:
    schedule = Schedule.objects.create(tenant=cast.acme, name="Nightly", cron="0 22 * * *")
    values = {
        "name": "All", "all_vms": True, "repository": make_repository(), "schedule": schedule,
        "owner": cast.acme_operator, "next_run_at": datetime.now(UTC) + timedelta(hours=1),
    } | fields  # fmt: skip
    return Flow.objects.create(tenant=cast.acme, **values)


def causes(cast: Cast, vm: VirtualMachine) -> list[Cause]:
    vm.refresh_from_db()
    return standing_of(vm, Access.of(cast.acme_operator)).causes


def fresh(cast: Cast) -> VirtualMachine:
    vm = make_vm("acme-web", cast.acme)
    make_backup(vm)
    count_restore_points(vm)
    return vm


def test_a_machine_in_a_running_flow_with_a_fresh_point_is_protected(cast: Cast) -> None:
    vm = fresh(cast)
    flow = flow_for(cast)
    vm.refresh_from_db()
    standing = standing_of(vm, Access.of(cast.acme_viewer))
    assert (standing.state, standing.causes) == ("protected", [])
    assert standing.next_run_at == flow.next_run_at


def test_each_thing_that_keeps_flows_from_running_is_named_with_its_button(cast: Cast) -> None:
    vm = fresh(cast)
    assert [cause.label for cause in causes(cast, vm)] == ["Make a flow"]
    flow = flow_for(cast, next_run_at=None, enabled=False)
    assert [cause.label for cause in causes(cast, vm)[0].under] == ["Switch on"]
    flow.stopped_because = "The person left."
    flow.save()
    (stopped,) = causes(cast, vm)[0].under
    assert (stopped.text, stopped.label) == ("All: The person left.", "Take it over")
    Flow.objects.update(stopped_because="", enabled=True, schedule=None)
    assert [cause.label for cause in causes(cast, vm)[0].under] == ["Give it one"]


def test_machine_place_and_history_are_looked_at_too(cast: Cast) -> None:
    vm = make_vm("acme-web", cast.acme, has_credential=False)
    flow = flow_for(cast)
    flow.repository.enabled = False
    flow.repository.save()
    credential, place, history = causes(cast, vm)
    assert "credential" in credential.text
    assert place.label == "Change the flow"
    assert (history.text, history.label) == ("It was never backed up.", "Back up now")


def test_who_may_not_mend_it_reads_it_without_buttons(cast: Cast, as_person: AsPerson) -> None:
    vm = make_vm("acme-web", cast.acme)
    for path in (f"/vms/{vm.pk}/", f"/vms/{vm.pk}/panel/"):
        seen = as_person(cast.acme_viewer).get(path).content.decode()
        assert "No flow is for this machine." in seen
        assert "Make a flow" not in seen
        assert "Make a flow" in as_person(cast.acme_operator).get(path).content.decode()
