"""The one way out for everything that goes wrong: a page, or for htmx a message on the page that is there."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from sendense_portal.hub import (
    HubBusy,
    HubError,
    HubFailed,
    HubLoginFailed,
    HubNotFound,
    HubOutcomeUnknown,
    HubProtocolError,
    HubRejected,
    HubUnavailable,
)
from sendense_portal.tenancy.access import Access
from sendense_portal.tenancy.models import Tenant
from sendense_portal.ui.pages import page, wants_part

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Answer:
    """How one kind of failure is told: its HTTP status, what happened, and what to do next."""

    status: int
    title: str | Promise
    next_step: str | Promise
    tone: str = "error"
    can_retry: bool = True


ANSWERS: dict[type[HubError], Answer] = {
    HubUnavailable: Answer(
        503,
        _("The hub does not answer"),
        _("Nothing was changed. Lists and details stay readable; try again in a minute."),
    ),
    HubOutcomeUnknown: Answer(
        503,
        _("It is not known whether this was done"),
        _("The hub took the request and then fell silent. Don't repeat it: look at the list first. "
          "The portal asks on and will show what came of it."),
        tone="warning",
    ),
    HubLoginFailed: Answer(
        502,
        _("The hub does not let the portal in"),
        _("Your own sign-in is fine. The provider has to set the hub's token again under Hubs."),
    ),
    HubNotFound: Answer(
        404,
        _("The hub no longer has this"),
        _("It may have been deleted at the hub. Go back to the list, which is brought up to date."),
        tone="warning",
        can_retry=False,
    ),
    HubRejected: Answer(
        409,
        _("The hub refuses this"),
        _("Asking again will be refused again. Change what the sentence above names, then try once more."),
        tone="warning",
        can_retry=False,
    ),
    HubBusy: Answer(
        409,
        _("The hub has no room for this now"),
        _("Close a restore point that is no longer needed, or try again in a few minutes."),
        tone="warning",
    ),
    HubProtocolError: Answer(
        502,
        _("The hub's answer makes no sense"),
        _("Nothing was taken from it. If it happens again, give the provider the reference below."),
    ),
    HubFailed: Answer(
        502,
        _("The hub tried and failed"),
        _("Try again once. If it fails again, give the provider the reference below."),
    ),
}  # fmt: skip


def answer_for(error: HubError) -> Answer:
    """The answer of the error's own kind, or of the kind it descends from."""
    for kind in type(error).__mro__:
        if kind in ANSWERS:
            return ANSWERS[kind]
    return ANSWERS[HubFailed]


class HubErrorMiddleware:
    """Turns what the hub client raises into an answer; the hub's own words go to the log only."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """None leaves everything that is not a hub's failure to Django."""
        if not isinstance(exception, HubError):
            return None
        request_id = getattr(request, "request_id", "")
        logger.warning("hub: %s request=%s detail=%r", exception, request_id, exception.detail)
        answer = answer_for(exception)
        context = {
            "tone": answer.tone,
            "title": answer.title,
            "text": exception.sentence,
            "next_step": answer.next_step,
            "can_retry": answer.can_retry and request.method == "GET",
            "code": str(exception.code),
            "status": answer.status,
            "reference": request_id,
        }
        return told(request, "errors/hub.html", context, answer.status)


def told(request: HttpRequest, template: str, context: dict[str, Any], status: int) -> HttpResponse:
    """A page, or a toast when htmx asked: an error must not take the place of what one was reading."""
    if not wants_part(request):
        return page(request, template, context, status=status)
    response = page(request, "errors/toast.html", context, status=status)
    response["HX-Retarget"] = "#toasts"
    response["HX-Reswap"] = "beforeend"
    return response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: a form or an address that no page of ours makes."""
    return told_plainly(
        request, 400, _("That request could not be read"), _("Go back, reload the page, and try again.")
    )


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403: one may see it, but not do this."""
    if answer := told_no_access(request, 403):
        return answer
    return told_plainly(
        request,
        403,
        _("You may not do this"),
        _("Your role does not include it. Ask an administrator of your organisation if you need it."),
        wanted=str(exception) if exception.args else "",
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: the form's token is not the browser's, mostly after signing in anew in another tab."""
    return told_plainly(
        request,
        403,
        _("This form was too old to send"),
        _("Go back, reload the page and send it again. Nothing was changed."),
    )


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: not there, or not yours; the same words for both."""
    if answer := told_no_access(request, 404):
        return answer
    return told_plainly(
        request,
        404,
        _("There is nothing here"),
        _("It was deleted, never existed, or is somebody else's. The navigation leads to what is there."),
    )


def told_no_access(request: HttpRequest, status: int) -> HttpResponse | None:
    """For somebody who is signed in and has no rights at all: why, whatever they asked for.

    None for everybody else. The status stays, so that nothing can be learnt from it.
    """
    access: Access | None = getattr(request, "access", None)
    if access is None or access.provider_role or access.tenant_roles:
        return None
    tenants = list(Tenant.objects.filter(memberships__user=access.user).exclude(state=Tenant.State.ACTIVE))
    if not tenants:
        return None
    context = {
        "tone": "warning",
        "title": _("Your organisation’s access is switched off"),
        "next_step": _("Ask your provider, who did this. Backups are kept, and nothing was deleted."),
        "tenants": tenants,
        "status": status,
        "reference": getattr(request, "request_id", ""),
    }
    return told(request, "tenancy/no_access.html", context, status)


def server_error(request: HttpRequest) -> HttpResponse:
    """500: our own fault; the reference finds it in the log."""
    return told_plainly(
        request,
        500,
        _("The portal made a mistake"),
        _("It was written to the log. Try again; if it happens again, pass on the reference below."),
    )


def told_plainly(
    request: HttpRequest, status: int, title: str | Promise, next_step: str | Promise, wanted: str = ""
) -> HttpResponse:
    """One of the four standard answers."""
    context = {
        "tone": "error" if status == 500 else "warning",
        "title": title,
        "next_step": next_step,
        "wanted": wanted,
        "status": status,
        "reference": getattr(request, "request_id", ""),
    }
    return told(request, f"errors/{status}.html", context, status)
