"""Machines of nobody; giving them to a customer, one or many at once; and taking one away."""

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django_tables2 import RequestConfig

from sendense_portal.audit.log import Actor
from sendense_portal.tenancy.access import require
from sendense_portal.tenancy.requests import PortalRequest
from sendense_portal.tenancy.roles import Action
from sendense_portal.ui.pages import page
from sendense_portal.ui.ticks import asked_of, keys_of
from vms.assignment.filters import UnassignedFilter
from vms.assignment.forms import AssignForm, active_customers
from vms.assignment.rules import MOST_AT_ONCE, SHOWN
from vms.assignment.services import AssignmentRefused, assign, assign_all, tell
from vms.assignment.tables import UnassignedTable
from vms.assignment.tabs import tabs
from vms.models import VirtualMachine


@require(Action.VM_ASSIGN)
def unassigned_list(request: PortalRequest) -> HttpResponse:
    """Machines in no customer, with the rule that would take each."""
    chosen = unassigned_filter(request)
    table = UnassignedTable(chosen.qs.select_related("hub"))
    RequestConfig(request, paginate={"per_page": UnassignedTable.per_page}).configure(table)
    table.find_rules()
    context = {
        "tabs": tabs("unassigned_list"),
        "filter": chosen,
        "is_filtered": chosen.is_used,
        "table": table,
        "most": MOST_AT_ONCE,
        "customers": active_customers().values_list("pk", "name"),
    }
    return page(request, "vms/unassigned_list.html", context, part="table")


@require(Action.VM_ASSIGN)
def vm_assign(request: PortalRequest) -> HttpResponse:
    """GET names the chosen machines (``vm``, or ``all`` of the filters) and what giving them away means;
    POST does it and says of each what became of it."""
    vms = chosen_vms(request)
    if not vms:
        messages.error(request, _("No machine was chosen."))
        return redirect("vms:unassigned_list")
    initial = {"customer": request.GET.get("customer")}
    form = AssignForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        tenant = form.cleaned_data["customer"]
        results = assign_all(Actor.of(request), vms, tenant)
        tell(tenant.pk)
        done = [result for result in results if result.done]
        context = {"results": results, "done": done, "tenant": tenant, "left": len(results) - len(done)}
        return page(request, "vms/assign_results.html", context)
    free = [vm for vm in vms if vm.tenant_id is None]
    context = {
        "form": form,
        "vms": vms,
        "shown": vms[:SHOWN],
        "over": max(0, len(vms) - SHOWN),
        "free_count": len(free),
        "points": sum(vm.restore_point_count for vm in free),
        "cut_at": MOST_AT_ONCE if len(vms) == MOST_AT_ONCE else None,
    }
    return page(request, "vms/vm_assign.html", context)


@require(Action.VM_ASSIGN, on=VirtualMachine)
def vm_release(request: PortalRequest, pk: str) -> HttpResponse:
    """Takes a machine away from its customer: GET says what goes with it, POST does it."""
    vm: VirtualMachine = request.target
    tenant = vm.tenant
    if tenant is None:
        messages.info(request, _("%(vm)s has no customer.") % {"vm": vm})
        return redirect("vms:vm_detail", vm.pk)
    problem = ""
    if request.method == "POST":
        try:
            assign(Actor.of(request), vm, None)
        except AssignmentRefused as refusal:
            problem = str(refusal)
        else:
            tell(tenant.pk)
            said = _("%(vm)s was taken away from %(customer)s.") % {"vm": vm, "customer": tenant}
            messages.success(request, said)
            return redirect("vms:vm_detail", vm.pk)
    return page(request, "vms/vm_release.html", {"vm": vm, "tenant": tenant, "problem": problem})


def unassigned(request: PortalRequest) -> QuerySet[VirtualMachine]:
    """What nobody has and a hub still lists."""
    vms = VirtualMachine.objects.visible_to(request.access, Action.VM_ASSIGN)
    return vms.filter(tenant__isnull=True, gone_at__isnull=True)


def unassigned_filter(request: PortalRequest) -> UnassignedFilter:
    """The list as its address narrows it."""
    return UnassignedFilter(request.GET, queryset=unassigned(request), request=request)


def chosen_vms(request: PortalRequest) -> list[VirtualMachine]:
    """The machines that the form names, or all that its filters leave; what is no machine is left out."""
    if request.GET.get("all"):
        return list(unassigned_filter(request).qs.order_by("name", "pk")[:MOST_AT_ONCE])
    keys = keys_of(asked_of(request).getlist("vm")[:MOST_AT_ONCE])
    vms = VirtualMachine.objects.visible_to(request.access, Action.VM_ASSIGN)
    return list(vms.filter(pk__in=keys, gone_at__isnull=True).select_related("tenant").order_by("name", "pk"))
