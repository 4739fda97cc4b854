"""Flows, schedules and groups: everybody of the customer sees them, operators and administrators change."""

from typing import Any

from protection.models import Flow, FlowRun, HubRule, Schedule, VmGroup
from tests.conftest import Cast
from tests.factories import make_repository

SEES, OWN, EDITS, CHANGES = "ssf aaa aaa aaa", "ssn naa aaa aaa", "ssf aff faa faa", "ssn nff faa faa"
# The operator, who is asked first, has deleted it.
DELETES = "ssn nff fan nnn"

MATRIX = {
    ("GET", "protection:flow_list"): SEES,
    ("GET", "protection:schedule_list"): SEES,
    ("GET", "protection:group_list"): SEES,
    ("GET", "protection:flow_detail"): OWN,
    ("GET", "protection:run_detail"): OWN,
    ("GET", "protection:flow_create"): EDITS,
    ("POST", "protection:flow_create"): EDITS,
    ("GET", "protection:flow_bulk"): EDITS,
    ("POST", "protection:flow_bulk"): EDITS,
    ("GET", "protection:schedule_create"): EDITS,
    ("POST", "protection:schedule_create"): EDITS,
    ("GET", "protection:group_create"): EDITS,
    ("POST", "protection:group_create"): EDITS,
    ("GET", "protection:schedule_bulk"): EDITS,
    ("POST", "protection:schedule_bulk"): EDITS,
    ("GET", "protection:group_bulk"): EDITS,
    ("POST", "protection:group_bulk"): EDITS,
    ("GET", "protection:hub_rules"): "ssf fff fff aaa",
    ("GET", "protection:hub_policy_delete"): "ssn nnn nnn ffa",
    ("POST", "protection:hub_policy_delete"): "ssn nnn nnn ffa",
    ("GET", "protection:flow_edit"): CHANGES,
    ("POST", "protection:flow_edit"): CHANGES,
    ("GET", "protection:schedule_edit"): CHANGES,
    ("POST", "protection:schedule_edit"): CHANGES,
    ("GET", "protection:group_edit"): CHANGES,
    ("POST", "protection:group_edit"): CHANGES,
    ("GET", "protection:group_start"): CHANGES,
    ("GET", "protection:schedule_delete"): CHANGES,
    ("POST", "protection:schedule_delete"): DELETES,
    ("GET", "protection:group_delete"): CHANGES,
    ("POST", "protection:group_delete"): DELETES,
}


def keys(cast: Cast) -> dict[str, dict[str, Any]]:
    """One of each, Acme's."""
    schedule = Schedule.objects.create(tenant=cast.acme, name="Nightly", cron="0 22 * * *")
    group = VmGroup.objects.create(tenant=cast.acme, name="Web", name_pattern="web*")
    flow = Flow.objects.create(
        tenant=cast.acme, name="All", all_vms=True, repository=make_repository(), owner=cast.acme_operator
    )
    run = FlowRun.objects.create(flow=flow, tenant=cast.acme, person_name="operator")
    repository = make_repository()
    rule = HubRule.objects.create(
        hub=repository.hub, kind="policy", remote_id="p1", name="3-2-1",
        facts={"from": "Main", "copies": [], "days": 0},
    )  # fmt: skip
    of = {"hub": rule, "flow": flow, "schedule": schedule, "group": group, "run": run}
    names = {name.partition(":")[2] for _, name in MATRIX}
    return {
        f"protection:{name}": {"pk": of[name.partition("_")[0]].pk}
        for name in names
        if name.rpartition("_")[2] in ("detail", "edit", "delete", "start")
    }
