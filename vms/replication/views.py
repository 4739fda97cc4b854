"""Pages of replication: its machines, its runs, and the start of one."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django_tables2 import RequestConfig

from sendense_portal.audit.log import Actor
from sendense_portal.lists.choices import hidden_columns
from sendense_portal.tenancy.access import require
from sendense_portal.tenancy.requests import PortalRequest
from sendense_portal.tenancy.roles import Action
from sendense_portal.ui.pages import page
from vms.customers import has_several
from vms.freshness import as_of
from vms.models import ReplicationRun, VirtualMachine
from vms.replication.filters import ReplicationFilter, RunFilter
from vms.replication.forms import StartForm
from vms.replication.starts import ReplicationRefused, ask, objection
from vms.replication.states import replicated
from vms.replication.tables import ReplicationTable, RunTable, count_running
from vms.replication.tabs import tabs


@require(Action.VM_VIEW)
def replication_list(request: PortalRequest) -> HttpResponse:
    """The machines that are replicated, with how far they are; failover as a state alone."""
    mine = VirtualMachine.objects.visible_to(request.access).filter(replicated(), gone_at__isnull=True)
    chosen = ReplicationFilter(request.GET, queryset=mine.select_related("tenant"), request=request)
    left_out = [
        *hidden_columns(request.access.user, "replications"),
        *(() if has_several(request.access) else ("customer",)),
        *(() if request.access.can_somewhere(Action.REPLICATION_START) else ("actions",)),
    ]
    table = ReplicationTable(chosen.qs, exclude=left_out)
    RequestConfig(request).configure(table)
    context = {
        "tabs": tabs("replication_list"),
        "filter": chosen,
        "is_filtered": chosen.is_used,
        "table": table,
        "running": count_running(mine),
        "as_of": as_of(request.access),
    }
    return page(request, "vms/replication/list.html", context, part="table")


@require(Action.VM_VIEW)
def replication_run_list(request: PortalRequest) -> HttpResponse:
    """Each replication that the hub remembers or that was asked for here, the newest first."""
    mine = ReplicationRun.objects.visible_to(request.access).select_related("vm__tenant")
    chosen = RunFilter(request.GET, queryset=mine, request=request)
    left_out = [
        *hidden_columns(request.access.user, "replication-runs"),
        *(() if has_several(request.access) else ("customer",)),
    ]
    table = RunTable(chosen.qs, exclude=left_out)
    RequestConfig(request).configure(table)
    context = {
        "tabs": tabs("replication_run_list"),
        "filter": chosen,
        "is_filtered": chosen.is_used,
        "table": table,
        "as_of": as_of(request.access),
    }
    return page(request, "vms/replication/runs.html", context, part="table")


@require(Action.REPLICATION_START, on=VirtualMachine)
def replication_start(request: PortalRequest, pk: str) -> HttpResponse:
    """GET says what will happen; POST asks for it, and leads to the runs."""
    vm: VirtualMachine = request.target
    form = StartForm(vm, request.POST if request.method == "POST" else None)
    reason = objection(vm)
    if request.method == "POST" and form.is_valid():
        try:
            ask(Actor.of(request), vm, form.cleaned_data["target"], form.chosen_kind)
        except ReplicationRefused as refusal:
            reason = str(refusal)
        else:
            messages.success(request, _("The hub is asked to replicate %(vm)s.") % {"vm": vm})
            return redirect("vms:replication_run_list")
    return page(request, "vms/replication/start.html", {"vm": vm, "form": form, "reason": reason})
