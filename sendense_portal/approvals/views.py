"""What waits for a second person, and the decision."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_tables2 import RequestConfig

from sendense_portal.approvals import services
from sendense_portal.approvals.approvers import refusal_for
from sendense_portal.approvals.models import ApprovalRequest
from sendense_portal.approvals.registry import kind_of
from sendense_portal.approvals.services import DecisionRefused, void_reason
from sendense_portal.approvals.tables import ApprovalTable, count_for, shown
from sendense_portal.audit.log import Actor
from sendense_portal.tenancy.access import require
from sendense_portal.tenancy.requests import PortalRequest
from sendense_portal.tenancy.roles import Action
from sendense_portal.ui.pages import page

TABS = ("waiting", "mine", "decided")


@require(Action.APPROVAL_VIEW)
def approval_list(request: PortalRequest) -> HttpResponse:
    """``?show=`` one of TABS."""
    name = request.GET.get("show", "")
    name = name if name in TABS else "waiting"
    table = ApprovalTable(shown(request.access, name))
    RequestConfig(request, paginate={"per_page": ApprovalTable.per_page}).configure(table)
    labels = (_("Waiting for me"), _("Asked by me"), _("Decided"))
    tabs = [
        (f"?show={tab}", label, tab == name, count_for(request.access) if tab == "waiting" else 0)
        for tab, label in zip(TABS, labels, strict=True)
    ]
    context = {"table": table, "shown": name, "tabs": tabs}
    return page(request, "approvals/approval_list.html", context, part="table")


@require(Action.APPROVAL_VIEW, on=ApprovalRequest)
def approval_detail(request: PortalRequest, pk: str) -> HttpResponse:
    """What would happen now, who asked, and the decision for who can take it."""
    return detail(request, request.target)


def detail(request: PortalRequest, asked: ApprovalRequest, problem: str = "") -> HttpResponse:
    """The page; with a problem it is the answer (409) to a decision that could not be taken."""
    is_own = asked.requester_id == request.user.pk
    context = {
        "approval": asked,
        "kind": kind_of(asked),
        "facts": kind_of(asked).facts(asked) if asked.is_waiting else [],
        "is_own": is_own,
        "refusal": refusal_for(Actor.of(request), request.access, asked) if asked.is_waiting else "",
        "void": void_reason(asked) if asked.is_waiting else "",
        "problem": problem,
        "note": request.POST.get("note", ""),
    }
    return page(
        request, "approvals/approval_detail.html", context, part="live", status=409 if problem else 200
    )


def decided(request: PortalRequest, decide: Callable[[Actor, ApprovalRequest, str], object]) -> HttpResponse:
    """Takes a decision and comes back to the page of the request."""
    asked: ApprovalRequest = request.target
    try:
        decide(Actor.of(request), asked, request.POST.get("note", ""))
    except DecisionRefused as refusal:
        asked.refresh_from_db()
        return detail(request, asked, str(refusal))
    asked.refresh_from_db()
    said = asked.outcome or _("The request is %(state)s.") % {"state": asked.get_state_display().lower()}
    messages.success(request, said)
    return redirect("approvals:approval_detail", asked.pk)


@require(Action.APPROVAL_DECIDE, on=ApprovalRequest)
@require_POST
def approval_approve(request: PortalRequest, pk: str) -> HttpResponse:
    """Makes the change."""
    return decided(request, lambda actor, asked, note: services.approve(actor, request.access, asked, note))


@require(Action.APPROVAL_DECIDE, on=ApprovalRequest)
@require_POST
def approval_decline(request: PortalRequest, pk: str) -> HttpResponse:
    """Says no."""
    return decided(request, lambda actor, asked, note: services.decline(actor, request.access, asked, note))


@require(Action.APPROVAL_VIEW, on=ApprovalRequest)
@require_POST
def approval_withdraw(request: PortalRequest, pk: str) -> HttpResponse:
    """The requester takes it back."""
    return decided(request, services.withdraw)
