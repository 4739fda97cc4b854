"""Which machines a group or a flow is about, now; always of its own customer alone."""

import re
from collections.abc import Iterable
from functools import lru_cache
from uuid import UUID

from django.db.models import QuerySet

from protection.models import Flow, VmGroup
from vms.assignment.rules import pattern_of
from vms.models import VirtualMachine


def machines_of(tenant_id: UUID | None) -> QuerySet[VirtualMachine]:
    """All that a customer has and the hub still lists."""
    return VirtualMachine.objects.filter(tenant=tenant_id, gone_at__isnull=True).order_by("name", "pk")


def fits(pattern: str, vm: VirtualMachine) -> bool:
    """Whether a name pattern means this machine; an empty one means none."""
    return bool(pattern) and bool(compiled(pattern).fullmatch(vm.name))


@lru_cache(maxsize=1000)
def compiled(pattern: str) -> re.Pattern[str]:
    """A group asks of each of a customer's machines."""
    return re.compile(pattern_of(pattern), re.IGNORECASE | re.DOTALL)


def of_group(group: VmGroup, among: Iterable[VirtualMachine] | None = None) -> list[VirtualMachine]:
    """By hand or by name; ``among`` saves asking for the customer's machines."""
    chosen = {vm.pk for vm in group.vms.all()}
    candidates = machines_of(group.tenant_id) if among is None else among
    return [vm for vm in candidates if vm.pk in chosen or fits(group.name_pattern, vm)]


def of_flow(flow: Flow, among: Iterable[VirtualMachine] | None = None) -> list[VirtualMachine]:
    """All that a run would back up, by name, each once."""
    candidates = list(machines_of(flow.tenant_id) if among is None else among)
    if flow.all_vms:
        return candidates
    chosen = {vm.pk for vm in flow.vms.all()}
    for group in flow.groups.all():
        chosen |= {vm.pk for vm in of_group(group, candidates)}
    return [vm for vm in candidates if vm.pk in chosen]


def flows_of(vm: VirtualMachine) -> list[Flow]:
    """The flows that this machine is in, also those that rest."""
    if vm.tenant_id is None:
        return []
    flows = Flow.objects.filter(tenant=vm.tenant_id, deleted_at__isnull=True)
    known = flows.select_related("schedule", "repository", "owner").prefetch_related("groups__vms", "vms")
    return [flow for flow in known if of_flow(flow, [vm])]


def left_unprotected(flows: Iterable[Flow]) -> list[VirtualMachine]:
    """The machines that no enabled flow is left for when these are gone."""
    gone = list(flows)
    left: list[VirtualMachine] = []
    for tenant_id in {flow.tenant_id for flow in gone}:
        among = list(machines_of(tenant_id))
        others = Flow.objects.filter(
            tenant=tenant_id, deleted_at__isnull=True, enabled=True, schedule__enabled=True
        ).exclude(pk__in=[flow.pk for flow in gone])
        kept = {vm.pk for flow in others for vm in of_flow(flow, among)}
        lost = {vm.pk for flow in gone if flow.tenant_id == tenant_id for vm in of_flow(flow, among)} - kept
        left += [vm for vm in among if vm.pk in lost]
    return left
