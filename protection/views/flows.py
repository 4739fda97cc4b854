"""Flows: list, page with history, form, and what is done with several at once."""

from uuid import UUID

from django.contrib import messages
from django.db.models import Count, Max, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django_tables2 import RequestConfig

from protection.filters import FlowFilter
from protection.forms import FlowForm
from protection.members import left_unprotected, of_flow
from protection.models import Flow
from protection.objectives import objective_of, too_long_gap
from protection.services import ProtectionRefused, delete_flow, run_now, save_flow, switch
from protection.tables import FlowTable, RunTable
from protection.times import next_times
from protection.views.frames import choose_customer, customer_of, hidden_columns, tabs
from protection.views.results import MOST_AT_ONCE, Result, told
from sendense_portal.audit.log import Actor
from sendense_portal.tenancy.access import require
from sendense_portal.tenancy.requests import PortalRequest
from sendense_portal.tenancy.roles import Action
from sendense_portal.ui.pages import page
from sendense_portal.ui.ticks import asked_of, keys_of, ticked_keys
from vms.objectives import in_words


def listed(request: PortalRequest, action: Action | None = None) -> QuerySet[Flow]:
    """The flows there are, with what their rows show."""
    rows = Flow.objects.visible_to(request.access, action).filter(deleted_at__isnull=True)
    return rows.select_related("tenant", "schedule", "repository", "owner")


@require(Action.PROTECTION_VIEW)
def flow_list(request: PortalRequest) -> HttpResponse:
    """Every flow one may see."""
    rows = listed(request).annotate(last_run_at=Max("runs__began_at"))
    chosen = FlowFilter(request.GET, queryset=rows, request=request)
    may_edit = request.access.can_somewhere(Action.PROTECTION_EDIT)
    table = FlowTable(chosen.qs, exclude=hidden_columns(request))
    RequestConfig(request).configure(table)
    context = {
        "tabs": tabs("flow_list", request),
        "table": table,
        "filter": chosen,
        "may_edit": may_edit,
        "is_filtered": chosen.is_used,
    }
    return page(request, "protection/flow_list.html", context, part="table")


@require(Action.PROTECTION_VIEW, on=Flow)
def flow_detail(request: PortalRequest, pk: str) -> HttpResponse:
    """What it does, when it runs next, and every run there was."""
    flow: Flow = request.target
    runs = flow.runs.annotate(
        machines=Count("items"),
        started=Count("items", filter=Q(items__state="started")),
        refused=Count("items", filter=Q(items__state="refused")),
    )
    table = RunTable(runs)
    RequestConfig(request).configure(table)
    plan = flow.schedule if flow.next_run_at else None
    context = {
        "flow": flow,
        "machines": of_flow(flow),
        "next_runs": next_times(plan.cron, plan.zone, timezone.now(), 5) if plan else [],
        "objective": in_words(objective_of(flow)),
        "too_long_gap": too_long_gap(flow, timezone.now()) if flow.next_run_at else None,
        "table": table,
        "may_edit": request.access.can(Action.PROTECTION_EDIT, flow.tenant_id) and not flow.deleted_at,
    }
    return page(request, "protection/flow_detail.html", context, part="live")


@require(Action.PROTECTION_EDIT)
def flow_create(request: PortalRequest) -> HttpResponse:
    """A new one; ``?vm=`` is chosen already."""
    tenant = customer_of(request)
    if tenant is None:
        return choose_customer(request)
    return edited(request, Flow(tenant=tenant), {"vms": keys_of(request.GET.getlist("vm"))})


@require(Action.PROTECTION_EDIT, on=Flow)
def flow_edit(request: PortalRequest, pk: str) -> HttpResponse:
    """Whoever changes it is the one on whose behalf it runs from then on."""
    return edited(request, request.target, {})


def edited(request: PortalRequest, flow: Flow, initial: dict[str, list[UUID]]) -> HttpResponse:
    """The form; saving plans the next run."""
    is_new = flow._state.adding
    form = FlowForm(request.POST or None, instance=flow, initial=initial)
    if request.method == "POST" and form.is_valid():
        save_flow(Actor.of(request), form.save(commit=False), form.save_m2m)
        messages.success(request, _("The flow was saved. It runs on your behalf."))
        return redirect("protection:flow_detail", flow.pk)
    return page(request, "protection/flow_edit.html", {"form": form, "flow": flow, "is_new": is_new})


@require(Action.PROTECTION_EDIT)
def flow_bulk(request: PortalRequest) -> HttpResponse:
    """``row`` names flows and ``do`` what becomes of them; GET asks, POST does it and says of each."""
    verb = asked_of(request).get("do", "")
    flows = list(
        listed(request, Action.PROTECTION_EDIT)
        .filter(pk__in=ticked_keys(request, MOST_AT_ONCE))
        .order_by("name", "pk")
    )
    verb = verb if verb in ("enable", "disable", "run", "delete") else ""
    if request.method == "POST" and verb and flows:
        results = [done(Actor.of(request), flow, verb) for flow in flows]
        return told(request, results, "protection:flow_list", _("Protection"))
    lost = left_unprotected(flows) if verb in ("delete", "disable") else []
    return page(request, "protection/flow_bulk.html", {"flows": flows, "verb": verb, "lost": lost})


def done(actor: Actor, flow: Flow, verb: str) -> Result:
    """One flow."""
    try:
        if verb == "run":
            run = run_now(actor, flow)
            return Result(flow, True, _("Its backups are being started."), run)
        if verb == "delete":
            return Result(flow, True, delete_flow(actor, flow))
        return Result(flow, True, switch(actor, flow, verb == "enable"))
    except ProtectionRefused as refusal:
        return Result(flow, False, str(refusal))
