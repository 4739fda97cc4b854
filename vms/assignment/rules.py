"""What assignment rules fit, what one would take, and letting them take it."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import QuerySet

from sendense_portal.audit.log import PORTAL, Actor
from sendense_portal.tenancy.models import Tenant
from vms.assignment.services import AssignmentRefused, Result, assign, assign_all
from vms.models import AssignmentRule, VirtualMachine

SHOWN = 50
"""Machines that a preview names; it counts all of them."""
MOST_AT_ONCE = 500
"""Machines that one request gives away; each is a transaction with an entry of the trail."""

Fits = Callable[[VirtualMachine], bool]


def rules_in_force() -> QuerySet[AssignmentRule]:
    """Enabled rules of active customers, in the order in which they are asked."""
    return AssignmentRule.objects.filter(enabled=True, tenant__state=Tenant.State.ACTIVE).select_related(
        "tenant", "hub"
    )


def fits(rule: AssignmentRule) -> Fits:
    """A test for machines; all that the rule names must be so. A rule that names nothing fits nothing."""
    name = re.compile(pattern_of(rule.name_pattern), re.IGNORECASE | re.DOTALL)
    if not any([rule.name_pattern, rule.hub_id, rule.vcenter, rule.datacenter, rule.group]):
        return lambda vm: False
    return lambda vm: bool(
        (not rule.hub_id or vm.hub_id == rule.hub_id)
        and (not rule.vcenter or vm.vcenter == rule.vcenter)
        and (not rule.datacenter or vm.datacenter == rule.datacenter)
        and (not rule.group or rule.group in vm.groups)
        and name.fullmatch(vm.name)
    )


def first_of(rules: Iterable[AssignmentRule]) -> Callable[[VirtualMachine], AssignmentRule | None]:
    """Of rules in the order in which they are asked, the first that fits a machine."""
    asked = [(rule, fits(rule)) for rule in rules]
    # One look at the name tells of most machines that none of hundreds of rules fits.
    patterns = "|".join(f"(?:{pattern_of(rule.name_pattern)})" for rule, _fits in asked)
    some_name = re.compile(patterns, re.IGNORECASE | re.DOTALL)

    def first(vm: VirtualMachine) -> AssignmentRule | None:
        if not asked or not some_name.fullmatch(vm.name):
            return None
        return next((rule for rule, rule_fits in asked if rule_fits(vm)), None)

    return first


def pattern_of(wildcards: str) -> str:
    """A name with ``*`` and ``?`` as regular expression; everything else means itself."""
    if not wildcards:
        return ".*"
    signs = {"*": ".*", "?": "."}
    # Runs of stars are one: ".*.*.*" would try every way to share a name among them.
    return "".join(signs.get(sign) or re.escape(sign) for sign in re.sub(r"\*+", "*", wildcards))


@dataclass(frozen=True)
class Preview:
    """What a rule would take now, and what it fits and would not take. Lists are cut at SHOWN."""

    taken: list[VirtualMachine] = field(default_factory=list)
    taken_count: int = 0
    assigned: list[VirtualMachine] = field(default_factory=list)
    assigned_count: int = 0
    own_count: int = 0
    """Fits, and belongs to the rule's customer already."""
    earlier: list[tuple[VirtualMachine, AssignmentRule]] = field(default_factory=list)
    earlier_count: int = 0

    @property
    def over(self) -> int:
        """How many that would be taken are not named."""
        return self.taken_count - len(self.taken)

    @property
    def fits_nothing(self) -> bool:
        """Neither now nor as the machines are."""
        return not (self.taken_count or self.assigned_count or self.own_count or self.earlier_count)


def preview(rule: AssignmentRule) -> Preview:
    """Asks of every machine; the rule may be one that was not saved yet."""
    taken, earlier, assigned, own = [], [], [], 0
    earlier_rule, rule_fits = first_of(rules_before(rule)), fits(rule)
    for vm in candidates(rule):
        if not rule_fits(vm):
            continue
        if vm.tenant_id == rule.tenant_id:
            own += 1
        elif vm.tenant_id:
            assigned.append(vm)
        elif other := earlier_rule(vm):
            earlier.append((vm, other))
        else:
            taken.append(vm)
    return Preview(
        taken[:SHOWN],
        len(taken),
        with_customers(assigned[:SHOWN]),
        len(assigned),
        own,
        earlier[:SHOWN],
        len(earlier),
    )


def candidates(rule: AssignmentRule) -> Iterator[VirtualMachine]:
    """The machines that can fit, by what the database can compare; names and groups are left to ``fits``."""
    asked = {"hub": rule.hub_id, "vcenter": rule.vcenter, "datacenter": rule.datacenter}
    vms = VirtualMachine.objects.filter(
        gone_at__isnull=True, **{name: value for name, value in asked.items() if value}
    )
    columns = ("name", "hub_id", "vcenter", "datacenter", "groups", "tenant_id")
    return vms.only(*columns).order_by("name", "pk").iterator(2000)


def with_customers(vms: list[VirtualMachine]) -> list[VirtualMachine]:
    """The same machines, their customers and hubs fetched at once."""
    found = VirtualMachine.objects.select_related("tenant", "hub").in_bulk([vm.pk for vm in vms])
    return [found[vm.pk] for vm in vms if vm.pk in found]


def rules_before(rule: AssignmentRule) -> list[AssignmentRule]:
    """The rules that are asked before this one; a new rule comes after its equals."""
    before = []
    for other in rules_in_force():
        if other.pk == rule.pk:
            continue
        if other.priority < rule.priority or (
            other.priority == rule.priority
            and (rule._state.adding or (other.created_at, other.pk) < (rule.created_at, rule.pk))
        ):
            before.append(other)
    return before


def takes(rule: AssignmentRule) -> list[VirtualMachine]:
    """The machines that this rule takes now, at most MOST_AT_ONCE."""
    earlier_rule, rule_fits = first_of(rules_before(rule)), fits(rule)
    taken = []
    for vm in candidates(rule):
        if vm.tenant_id is None and rule_fits(vm) and earlier_rule(vm) is None:
            taken.append(vm)
            if len(taken) == MOST_AT_ONCE:
                break
    return taken


def apply_rule(actor: Actor, rule: AssignmentRule) -> list[Result]:
    """Gives the rule's customer what it takes now, and says of each machine what became of it."""
    return assign_all(actor, takes(rule), rule.tenant, rule=str(rule))


def first_fitting(vms: Iterable[VirtualMachine]) -> dict[UUID, AssignmentRule]:
    """For each of these machines the rule that takes it, by the machine's key."""
    rule_of = first_of(rules_in_force())
    return {vm.pk: rule for vm in vms if (rule := rule_of(vm))}


def take_new(vms: list[VirtualMachine]) -> list[UUID]:
    """Lets the rules take machines that have just appeared; returns the customers that got one.

    A machine that a quota refuses stays nobody's, and the trail says why.
    """
    given = []
    by_rule = first_fitting(vms) if vms else {}
    for vm in vms:
        if rule := by_rule.get(vm.pk):
            try:
                assign(PORTAL, vm, rule.tenant, rule=str(rule))
            except AssignmentRefused:
                continue
            given.append(rule.tenant_id)
    return given
