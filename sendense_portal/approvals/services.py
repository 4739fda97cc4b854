"""Asking for a second person, and being one: the only code that changes a request."""

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from sendense_portal.approvals.approvers import refusal_for
from sendense_portal.approvals.letters import tell_approvers
from sendense_portal.approvals.models import ApprovalRequest
from sendense_portal.approvals.registry import Kind, NotNow, kind_of, kinds
from sendense_portal.audit import log
from sendense_portal.audit.log import PORTAL, Actor
from sendense_portal.audit.models import Outcome
from sendense_portal.hub import HubError
from sendense_portal.live.events import Event, publish_now
from sendense_portal.tenancy.access import Access
from sendense_portal.tenancy.models import Tenant

State = ApprovalRequest.State
TOO_LATE = _lazy("Somebody else was faster: it is decided already.")


class DecisionRefused(Exception):
    """The portal said no; ``str()`` is the sentence to show."""


def ask(
    actor: Actor,
    kind: str,
    tenant: Tenant,
    target: models.Model,
    *,
    parameters: Mapping[str, Any] | None = None,
    reason: str = "",
) -> ApprovalRequest:
    """Puts a change before a second person; the right to it was checked at the door.

    Of one target one change of a kind waits at a time: asking again for the same gives the one that waits,
    asking for another takes its place if it is one's own. Raises DecisionRefused.
    """
    if actor.user is None or actor.user.is_service:
        # Whoever made a service account could otherwise approve what it asked for, and be alone.
        raise DecisionRefused(_("This needs two people, and a program is none."))
    request = ApprovalRequest(
        tenant=tenant,
        kind=kind,
        requester=actor.user,
        requester_name=str(actor.user),
        target_kind=target._meta.model_name or "",
        target_id=str(target.pk),
        target_name=str(target),
        parameters=dict(parameters or {}),
        reason=reason.strip()[:500],
    )
    request.fingerprint = kinds[kind].fingerprint(request) or ""
    if not request.fingerprint:
        raise DecisionRefused(_("It is no longer there."))
    title = str(kinds[kind].title)
    try:
        with transaction.atomic():
            if same := waiting_for_same(actor, request):
                return same
            request.save(force_insert=True)
            log.record(actor, "approval.ask", Outcome.OK, request, kind=title, why=request.reason)
            transaction.on_commit(lambda: tell_approvers(request))
    except IntegrityError:
        raise DecisionRefused(_("Somebody has just asked for this. Look at it again.")) from None
    tell(request)
    return request


def waiting_for_same(actor: Actor, request: ApprovalRequest) -> ApprovalRequest | None:
    """The request that waits already; an outdated one makes room."""
    found = (
        ApprovalRequest.objects.select_for_update()
        .filter(kind=request.kind, target_id=request.target_id, state=State.WAITING)
        .first()
    )
    if found is None:
        return None
    if not found.is_waiting:
        end(PORTAL, found, State.EXPIRED)
    elif found.fingerprint != request.fingerprint:
        end(PORTAL, found, State.VOID, outcome=_("What it is about has changed since."))
    elif found.parameters == request.parameters:
        return found
    elif found.requester_id == request.requester_id:
        end(actor, found, State.WITHDRAWN)
    else:
        raise DecisionRefused(_("Another change of this waits for a second person already."))
    return None


def approve(actor: Actor, access: Access, request: ApprovalRequest, note: str = "") -> ApprovalRequest:
    """Makes the change in the approver's name, once, whoever approves at the same moment.

    Raises DecisionRefused where nothing was done. What the hub then refuses stands in ``outcome``.
    """
    kind = kind_of(request)
    must_be_second_person(actor, access, request)
    if reason := void_reason(request):
        end(PORTAL, request, State.VOID, outcome=reason)
        raise DecisionRefused(reason)
    try:
        kind.check(request)
    except NotNow as obstacle:
        raise DecisionRefused(str(obstacle)) from None
    with transaction.atomic():
        if not take(actor, request, State.APPROVED, note):
            raise DecisionRefused(str(TOO_LATE))
        log.record(actor, "approval.approve", Outcome.OK, request, **told(request))
    try:
        execute(actor, kind, request)
    finally:
        request.save(update_fields=["outcome"])
        tell(request)
    return request


def execute(actor: Actor, kind: Kind, request: ApprovalRequest) -> None:
    """Does what was approved; ``outcome`` says how it ended, also where somebody said no to it."""
    failed = _("Approved, but it failed: %(reason)s")
    request.outcome = _("Approved, but it was interrupted. Look whether it was done.")
    try:
        with log.attempt(actor, "approval.execute", request, **told(request)) as attempt:
            try:
                request.outcome = kind.execute(actor, request)
            except DecisionRefused as refusal:
                attempt.note(why=str(refusal))
                raise
    except HubError as error:
        request.outcome = failed % {"reason": error.sentence}
    except DecisionRefused as refusal:
        request.outcome = failed % {"reason": refusal}


def decline(actor: Actor, access: Access, request: ApprovalRequest, note: str = "") -> None:
    """Says no. Raises DecisionRefused."""
    must_be_second_person(actor, access, request)
    end(actor, request, State.DECLINED, note=note)


def withdraw(actor: Actor, request: ApprovalRequest, note: str = "") -> None:
    """The requester thinks better of it. Raises DecisionRefused."""
    if actor.user is None or request.requester_id != actor.user.pk:
        raise DecisionRefused(_("Only %(person)s can withdraw it.") % {"person": request.requester_name})
    end(actor, request, State.WITHDRAWN, note=note)


def must_be_second_person(actor: Actor, access: Access, request: ApprovalRequest) -> None:
    """Raises DecisionRefused for the requester, for who lacks the right to the change, and out of time."""
    if reason := refusal_for(actor, access, request):
        raise DecisionRefused(reason)


def void_reason(request: ApprovalRequest) -> str | None:
    """Why a request counts no more: its target changed, or its requester may no longer do it."""
    kind = kind_of(request)
    if request.requester is None or not Access.of(request.requester).can(kind.action, request.tenant_id):
        return _("%(person)s no longer has the right to this.") % {"person": request.requester_name}
    if kind.fingerprint(request) != request.fingerprint:
        return _("What it is about has changed since it was asked for.")
    return None


def take(actor: Actor, request: ApprovalRequest, state: str, note: str = "") -> bool:
    """Decides a waiting request; False when somebody else has. The database lets one in."""
    request.state, request.note = state, note.strip()[:500]
    request.decided_by, request.decided_by_name = actor.user, str(actor.user or actor.name)
    request.decided_at = timezone.now()
    waiting = ApprovalRequest.objects.filter(pk=request.pk, state=State.WAITING)
    if state == State.APPROVED:
        waiting = waiting.filter(expires_at__gt=request.decided_at)
    decided = waiting.update(
        state=request.state,
        note=request.note,
        decided_by=request.decided_by,
        decided_by_name=request.decided_by_name,
        decided_at=request.decided_at,
        outcome=request.outcome,
    )
    return decided == 1


def told(request: ApprovalRequest) -> dict[str, str]:
    """What each of its entries in the trail tells."""
    facts = {"note": request.note, "why": request.outcome}
    return {"kind": str(kind_of(request).title), "asked_by": request.requester_name} | {
        name: value for name, value in facts.items() if value
    }


WORDS = {
    State.DECLINED: "approval.decline",
    State.EXPIRED: "approval.expire",
    State.VOID: "approval.void",
    State.WITHDRAWN: "approval.withdraw",
}


def end(actor: Actor, request: ApprovalRequest, state: State, *, note: str = "", outcome: str = "") -> None:
    """Ends a request without its change, with an entry in the trail. Raises DecisionRefused."""
    request.outcome = outcome
    with transaction.atomic():
        if not take(actor, request, state, note):
            raise DecisionRefused(str(TOO_LATE))
        log.record(actor, WORDS[state], Outcome.OK, request, **told(request))
    tell(request)


def expire_due() -> None:
    """Notes of those whose time is over that it is."""
    for request in ApprovalRequest.objects.filter(state=State.WAITING, expires_at__lte=timezone.now()):
        try:
            end(PORTAL, request, State.EXPIRED)
        except DecisionRefused:
            continue


def tell(request: ApprovalRequest) -> None:
    """Open pages ask again."""
    publish_now(Event("approval", str(request.pk), request.tenant_id, signals=("approvals",)))
