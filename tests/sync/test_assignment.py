"""Machines that appear at a hub are given to customers by rules, once; nobody's stay where they are."""

from sendense_portal.audit.log import PORTAL
from sendense_portal.audit.models import AuditEntry
from sendense_portal.hub.records import VMContext
from tests.conftest import Cast
from tests.localhub_process import sample_vms
from tests.sync.conftest import Follow
from vms.assignment.services import assign
from vms.mirror import facts
from vms.models import AssignmentRule, VirtualMachine


def owner_of(name: str) -> str:
    return str(VirtualMachine.objects.select_related("tenant").get(name=name).tenant)


def test_a_new_machine_goes_to_the_customer_of_its_rule_and_open_pages_hear_of_it(
    follow: Follow, cast: Cast
) -> None:
    AssignmentRule.objects.create(tenant=cast.acme, name_pattern="web*")
    hub = follow("db01")
    assert owner_of("db01") == "None"
    sample_vms(hub.process.vms, "web01")
    hub.until(lambda: VirtualMachine.objects.filter(name="web01").exists())
    assert (owner_of("web01"), owner_of("db01")) == ("Acme", "None")
    told = [event for event in hub.events if event.tenant_id == cast.acme.pk]
    assert "vms" in told[0].signals
    entry = AuditEntry.objects.get(action="vm.assign")
    assert (entry.tenant, entry.actor_name, entry.parameters["rule"]) == (cast.acme, "portal", "web* → Acme")


def test_what_was_there_before_a_rule_or_was_taken_away_is_not_taken_by_sync(
    follow: Follow, cast: Cast
) -> None:
    hub = follow("web01")
    AssignmentRule.objects.create(tenant=cast.acme, name_pattern="*")
    hub.round()
    assert owner_of("web01") == "None"
    vm = VirtualMachine.objects.get()
    assign(PORTAL, vm, cast.acme)
    assign(PORTAL, vm, None)
    hub.round()
    assert owner_of("web01") == "None"


def test_the_hubs_machine_groups_are_mirrored() -> None:
    record = VMContext(context_id="ctx-1", vm_name="web01", groups=("Finance", "Web"))
    assert facts(record)["groups"] == ["Finance", "Web"]
