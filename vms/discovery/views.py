"""Looking for machines at a vCenter, what was found, and adding of it."""

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django_tables2 import RequestConfig

from sendense_portal.audit.log import Actor
from sendense_portal.tenancy.access import require
from sendense_portal.tenancy.requests import PortalRequest
from sendense_portal.tenancy.roles import Action
from sendense_portal.ui.pages import page
from sendense_portal.ui.ticks import ticked_keys
from vms.discovery.adding import AddingRefused, want
from vms.discovery.filters import FoundFilter
from vms.discovery.forms import AddForm, DiscoverForm
from vms.discovery.models import Credential, Discovery, FoundMachine
from vms.discovery.runs import ask
from vms.discovery.tables import CAN_BE_ADDED, DiscoveryTable, FoundTable
from vms.discovery.tabs import tabs

MOST = 200
"""Machines of one form."""
IN_LINE = (FoundMachine.State.WAITING, FoundMachine.State.ADDING)


@require(Action.CREDENTIAL_VIEW)
def discovery_list(request: PortalRequest) -> HttpResponse:
    """Where to look, and what was looked for of late."""
    rows = Discovery.objects.visible_to(request.access).select_related("hub", "credential")
    counted = rows.annotate(
        found=Count("machines"), free=Count("machines", filter=Q(machines__state__in=CAN_BE_ADDED))
    )
    table = DiscoveryTable(counted)
    RequestConfig(request).configure(table)
    form = DiscoverForm(initial={"credential": request.GET.get("credential")})
    context = {
        "tabs": tabs("discovery_list"),
        "table": table,
        "form": form,
        "has_credential": Credential.objects.visible_to(request.access)
        .filter(gone_at__isnull=True, is_active=True, hub__enabled=True)
        .exists(),
    }
    return page(request, "vms/discovery/discovery_list.html", context, part="table")


@require(Action.DISCOVERY_RUN)
def discovery_run(request: PortalRequest) -> HttpResponse:
    """POST asks for a look; its page tells how far it is."""
    form = DiscoverForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        begun = ask(Actor.of(request), form.cleaned_data["credential"], form.cleaned_data["name_filter"])
        return redirect("vms:discovery_detail", begun.pk)
    return page(request, "vms/discovery/discovery_run.html", {"form": form})


@require(Action.CREDENTIAL_VIEW, on=Discovery)
def discovery_detail(request: PortalRequest, pk: str) -> HttpResponse:
    """How far it is, and what was found."""
    discovery: Discovery = request.target
    found = FoundMachine.objects.filter(discovery=discovery)
    chosen = FoundFilter(request.GET, queryset=found.select_related("customer"))
    may_add = request.access.can(Action.VM_ADD)
    table = FoundTable(chosen.qs, exclude=() if may_add else ("chosen",))
    RequestConfig(request).configure(table)
    counts = dict(found.order_by().values_list("state").annotate(count=Count("pk")))
    in_line = sum(counts.get(state, 0) for state in IN_LINE)
    context = {
        "discovery": discovery,
        "filter": chosen,
        "table": table,
        "may_add": may_add,
        "in_line": in_line,
        "added": counts.get(FoundMachine.State.ADDED, 0),
        "refused": counts.get(FoundMachine.State.REFUSED, 0),
        "free": counts.get(FoundMachine.State.NEW, 0),
        "total": sum(counts.values()),
        "is_open": discovery.is_open or in_line > 0,
    }
    return page(request, "vms/discovery/discovery_detail.html", context, part="live")


@require(Action.VM_ADD, on=Discovery)
def discovery_add(request: PortalRequest, pk: str) -> HttpResponse:
    """GET names the ticked machines (``row``) and what adding means; POST puts them in line."""
    discovery: Discovery = request.target
    found = FoundMachine.objects.filter(discovery=discovery, state__in=CAN_BE_ADDED)
    machines = list(found.filter(pk__in=ticked_keys(request, MOST)).order_by("name"))
    if not machines:
        messages.error(request, _("No machine was chosen that can be added."))
        return redirect("vms:discovery_detail", discovery.pk)
    form = AddForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            want(Actor.of(request), discovery, machines, form.cleaned_data["customer"])
        except AddingRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("vms:discovery_detail", discovery.pk)
    context = {"discovery": discovery, "form": form, "machines": machines}
    return page(request, "vms/discovery/discovery_add.html", context)
