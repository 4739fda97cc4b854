"""Keeps on each machine the strictest objective (RPO) of its flows, where ``vms.objectives`` reads it.

A flow that rests counts too: switching it off does not change what was promised, it makes it late.
"""

from datetime import datetime, timedelta
from itertools import pairwise
from uuid import UUID

from protection.members import flows_of, machines_of, of_flow
from protection.models import Flow
from protection.times import next_times
from vms.models import VirtualMachine

SAMPLES = 200


def keep(tenant_id: UUID) -> int:
    """Writes down what the flows of one customer say now. Returns how many machines it changed."""
    flows = Flow.objects.filter(tenant=tenant_id, deleted_at__isnull=True, rpo_hours__isnull=False)
    among = list(machines_of(tenant_id).only("name", "flow_rpo_hours"))
    strictest: dict[UUID, int | None] = {}
    for flow in flows.order_by("-rpo_hours").prefetch_related("groups__vms", "vms"):
        strictest |= {vm.pk: flow.rpo_hours for vm in of_flow(flow, among)}
    changed = [vm for vm in among if vm.flow_rpo_hours != strictest.get(vm.pk)]
    for vm in changed:
        vm.flow_rpo_hours = strictest.get(vm.pk)
    VirtualMachine.objects.bulk_update(changed, ["flow_rpo_hours"], batch_size=500)
    return len(changed)


def keep_all() -> None:
    """The same of everybody: machines appear and get other names without anybody's doing."""
    saying = Flow.objects.filter(deleted_at__isnull=True, rpo_hours__isnull=False)
    told = VirtualMachine.objects.filter(flow_rpo_hours__isnull=False, tenant__isnull=False)
    customers = set(saying.order_by().values_list("tenant", flat=True).distinct())
    customers |= set(told.order_by().values_list("tenant", flat=True).distinct())
    for tenant_id in customers:
        keep(tenant_id)


def follow_assignment(vm: VirtualMachine) -> None:
    """A machine that changed hands has the objective of its new customer's flows."""
    vm.flow_rpo_hours = min((flow.rpo_hours for flow in flows_of(vm) if flow.rpo_hours), default=None)
    vm.save(update_fields=["flow_rpo_hours"])


def objective_of(flow: Flow) -> timedelta:
    """How old the newest points of its machines may be, if no other flow is stricter."""
    return timedelta(hours=flow.rpo_hours or flow.tenant.rpo_hours)


def too_long_gap(flow: Flow, now: datetime) -> timedelta | None:
    """The longest time between runs to come, where it is longer than the flow's own objective."""
    if flow.schedule is None:
        return None
    runs = next_times(flow.schedule.cron, flow.schedule.zone, now, SAMPLES)
    longest = max((later - earlier for earlier, later in pairwise(runs)), default=timedelta(0))
    return longest if longest > objective_of(flow) else None
