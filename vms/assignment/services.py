"""The one way in which a virtual machine changes its customer."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _

from sendense_portal.audit import log
from sendense_portal.audit.log import Actor
from sendense_portal.audit.models import Outcome
from sendense_portal.live.events import Event, publish_now
from sendense_portal.quotas.enforcement import QuotaReached, allowance
from sendense_portal.quotas.models import QuotaKind
from sendense_portal.tenancy.models import Tenant
from sendense_portal.tenancy.roles import Action
from vms.models import VirtualMachine

RELEASED = "vm.release"
"""What the trail of the customer that loses a machine calls it; whose it is then, it does not say."""

followers: list[Callable[[VirtualMachine], None]] = []
"""Called after a VM changed its customer; domains above copy the tenant onto their own rows."""


class AssignmentRefused(Exception):
    """The portal said no; ``str()`` is the sentence to show."""


@dataclass(frozen=True)
class Result:
    """What became of one machine of many: given, or why not; ``note`` may also be a warning."""

    vm: VirtualMachine
    done: bool
    note: str = ""


def assign(
    actor: Actor, vm: VirtualMachine, tenant: Tenant | None, *, may_move: bool = False, rule: str = ""
) -> list[str]:
    """Gives a VM with all its history to a customer, or (None) takes it back to the provider.

    One transaction with the quota, the rows of all domains and the trail. One that has a customer is moved
    only with ``may_move``; ``rule`` is for the trail. Returns warnings of soft quotas; raises
    AssignmentRefused. Open pages are told by the caller (``tell``).
    """
    facts = {"customer": tenant.name if tenant else "", "rule": rule}
    to, wanted = tenant.pk if tenant else None, {QuotaKind.VMS: 1}
    try:
        with allowance(actor, Action.VM_ASSIGN, vm, to, wanted, **facts) as warnings:
            current = VirtualMachine.objects.select_for_update().get(pk=vm.pk)
            before = current.tenant_id
            if tenant and before == tenant.pk:
                raise AssignmentRefused(_("It belongs to %(customer)s already.") % {"customer": tenant})
            if tenant:
                refuse_taken_or_shut(before, tenant, may_move)
            if before:
                log.record(actor, RELEASED, Outcome.OK, current)
            current.tenant_id = vm.tenant_id = to
            current.save(update_fields=["tenant"])
            for follow in followers:
                follow(current)
            if tenant:
                log.record(actor, Action.VM_ASSIGN, Outcome.OK, current, **facts)
    except QuotaReached as reached:
        raise AssignmentRefused(str(reached)) from None
    return warnings


def refuse_taken_or_shut(before: UUID | None, tenant: Tenant, may_move: bool) -> None:
    """Raises AssignmentRefused for a machine of somebody and for a customer that is not active."""
    if before and not may_move:
        raise AssignmentRefused(_("It has a customer already. Take it away from that one first."))
    if not Tenant.objects.filter(pk=tenant.pk, state=Tenant.State.ACTIVE).exists():
        raise AssignmentRefused(_("%(customer)s is not active.") % {"customer": tenant})


def assign_all(
    actor: Actor, vms: Iterable[VirtualMachine], tenant: Tenant, *, rule: str = ""
) -> list[Result]:
    """Gives each of the VMs to a customer, and says of each what became of it."""
    results = []
    for vm in vms:
        try:
            warnings = assign(actor, vm, tenant, rule=rule)
        except AssignmentRefused as refusal:
            results.append(Result(vm, False, str(refusal)))
        else:
            results.append(Result(vm, True, " ".join(warnings)))
    return results


def tell(*tenants: UUID | None) -> None:
    """Open pages of these customers, and the provider's, ask for their lists again."""
    for event in events_for(tenants):
        publish_now(event)


def events_for(tenants: Iterable[UUID | None]) -> list[Event]:
    """What open pages hear when machines changed hands."""
    return [
        Event("customer", str(tenant or ""), tenant, signals=("vms", "backups", "mounts"))
        for tenant in dict.fromkeys(tenants)
    ]
