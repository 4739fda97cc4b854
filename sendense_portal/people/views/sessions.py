"""Where one is signed in, and ending it elsewhere."""

from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from sendense_portal.audit import log
from sendense_portal.audit.log import Actor
from sendense_portal.audit.models import Outcome
from sendense_portal.people import services
from sendense_portal.tenancy.access import require
from sendense_portal.tenancy.requests import PortalRequest
from sendense_portal.tenancy.roles import Action
from sendense_portal.ui.pages import page


@require(Action.PROFILE_EDIT)
def session_list(request: PortalRequest) -> HttpResponse:
    """One's own sessions that still count, the newest first."""
    sessions = UserSession.objects.filter(user=request.user).order_by("-created_at")
    live = [session for session in sessions if session.exists()]
    context = {"sessions": live, "own_key": request.session.session_key}
    return page(request, "people/session_list.html", context)


@require(Action.PROFILE_EDIT)
@require_POST
def session_end(request: PortalRequest, pk: int) -> HttpResponse:
    """Ends one of one's own sessions."""
    session = UserSession.objects.filter(user=request.user, pk=pk).first()
    if session is None:
        raise Http404("not found")
    session.end()
    log.record(Actor.of(request), "person.end_sessions", Outcome.OK, request.user, count=1)
    messages.success(request, _("That session was ended."))
    return redirect("people:session_list")


@require(Action.PROFILE_EDIT)
@require_POST
def sessions_end_others(request: PortalRequest) -> HttpResponse:
    """Ends all but the one that asks."""
    count = services.end_sessions(Actor.of(request), request.user, but=request.session.session_key or "")
    messages.success(request, _("%(count)s other sessions were ended.") % {"count": count})
    return redirect("people:session_list")
