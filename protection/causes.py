"""Why a machine is not protected: a tree of causes, each with the page that mends it."""

from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from backups.conflicts import grant_conflict, repository_conflict, vm_conflict
from backups.models import OPEN_STATES, Backup
from protection.members import flows_of
from protection.models import Flow, FlowItem
from sendense_portal.tenancy.access import Access
from sendense_portal.tenancy.roles import Action
from vms.models import VirtualMachine
from vms.objectives import in_words, is_overdue, objective_of


@dataclass(frozen=True)
class Cause:
    """One reason; ``url`` and ``label`` are the button that mends it, where this person may."""

    text: str
    url: str = ""
    label: str = ""
    under: list["Cause"] = field(default_factory=list)


@dataclass(frozen=True)
class Standing:
    """``state`` is *protected*, *late* or *unprotected*; the causes say why it is not the first."""

    state: str
    flows: list[Flow]
    next_run_at: datetime | None
    objective: str
    """How old its newest point may be, in words."""
    causes: list[Cause]


def standing_of(vm: VirtualMachine, access: Access) -> Standing:
    """As this person may see and mend it."""
    flows = flows_of(vm)
    running = [flow for flow in flows if flow.next_run_at]
    may = access.can(Action.PROTECTION_EDIT, vm.tenant_id)
    causes = [
        *([] if running else [of_flows(vm, flows, access)]),
        *of_machine(vm, access),
        *of_places(vm, running, may),
    ]
    late = is_overdue(vm, timezone.now())
    if late:
        causes += of_history(vm, access, has_flows=bool(flows))
    next_run_at = min((flow.next_run_at for flow in running if flow.next_run_at), default=None)
    state = "unprotected" if not running else "late" if late or causes else "protected"
    return Standing(state, flows, next_run_at, in_words(objective_of(vm)), causes)


def of_flows(vm: VirtualMachine, flows: list[Flow], access: Access) -> Cause:
    """No flow backs it up by itself, and why."""
    if vm.tenant_id is None:
        may_assign = access.can(Action.VM_ASSIGN)
        url = f"{reverse('vms:vm_assign')}?{urlencode({'vm': vm.pk})}" if may_assign else ""
        return Cause(_("It has no customer, and flows belong to one."), url, _("Assign") if url else "")
    may = access.can(Action.PROTECTION_EDIT, vm.tenant_id)
    if not flows:
        query = urlencode({"vm": vm.pk, "customer": vm.tenant_id})
        url = f"{reverse('protection:flow_create')}?{query}" if may else ""
        return Cause(_("No flow is for this machine."), url, _("Make a flow") if url else "")
    return Cause(_("No flow of this machine runs by itself:"), under=[of_flow(flow, may) for flow in flows])


def of_flow(flow: Flow, may: bool) -> Cause:
    """What keeps one flow from running."""
    enable = f"{reverse('protection:flow_bulk')}?{urlencode({'do': 'enable', 'row': flow.pk})}"
    edit = reverse("protection:flow_edit", args=[flow.pk])
    name = {"flow": flow.name}
    if flow.stopped_because:
        text, url, label = f"{flow.name}: {flow.stopped_because}", enable, _("Take it over")
    elif not flow.enabled:
        text, url, label = _("%(flow)s is switched off.") % name, enable, _("Switch on")
    elif flow.schedule:
        enable = (
            f"{reverse('protection:schedule_bulk')}?{urlencode({'do': 'enable', 'row': flow.schedule_id})}"
        )
        text = _("%(flow)s rests because its schedule does.") % name
        url, label = enable, _("Switch the schedule on")
    else:
        text, url, label = _("%(flow)s has no schedule.") % name, edit, _("Give it one")
    return Cause(text, url, label) if may else Cause(text)


def of_machine(vm: VirtualMachine, access: Access) -> list[Cause]:
    """Why no backup of it could start now; one that is running is no reason."""
    reason = vm_conflict(vm)
    if not reason or Backup.objects.filter(vm=vm, holds_vm=True, state__in=OPEN_STATES).exists():
        return []
    if not vm.has_credential and not vm.gone_at and not vm.hub.is_silent and vm.disk_count:
        sees = access.can(Action.CREDENTIAL_VIEW)
        url = f"{reverse('vms:credential_list')}#without" if sees else ""
        return [Cause(reason, url, _("Credentials") if sees else "")]
    to_hubs = access.can(Action.HUB_VIEW) and not vm.gone_at
    return [Cause(reason, reverse("tenancy:hub_list") if to_hubs else "", _("Hubs") if to_hubs else "")]


def of_places(vm: VirtualMachine, flows: list[Flow], may: bool) -> list[Cause]:
    """Flows whose repository can't take it."""
    found = []
    for flow in flows:
        reason = repository_conflict(vm, flow.repository) or grant_conflict(vm, flow.repository)
        if reason:
            edit = reverse("protection:flow_edit", args=[flow.pk]) if may else ""
            found.append(Cause(f"{flow.name}: {reason}", edit, _("Change the flow") if edit else ""))
    return found


def of_history(vm: VirtualMachine, access: Access, *, has_flows: bool) -> list[Cause]:
    """There is no restore point as new as it has to be: what the last run and the last backup came to."""
    under = []
    last = FlowItem.objects.filter(vm=vm, run__tenant=vm.tenant_id).select_related("run__flow")
    item = last.order_by("-pk").first() if has_flows else None
    if item and item.state == FlowItem.State.REFUSED:
        page = reverse("protection:run_detail", args=[item.run_id])
        under.append(Cause(f"{item.run.flow.name}: {item.said}", page, _("The run")))
    point, failed = vm.last_restore_point_at, vm.last_failed_at
    if failed and (point is None or failed > point):
        page = f"{reverse('backups:backup_list')}?{urlencode({'vm': vm.pk, 'state': 'failed'})}"
        under.append(Cause(_("The last backup failed."), page, _("See why")))
    too_old = _("Its newest restore point is older than %(age)s.") % {"age": in_words(objective_of(vm))}
    text = too_old if point else _("It was never backed up.")
    may = access.can(Action.BACKUP_START, vm.tenant_id) and not vm.gone_at
    url = f"{reverse('backups:backup_start')}?{urlencode({'vm': vm.pk})}" if may else ""
    return [Cause(text, url, _("Back up now") if url else "", under)]
