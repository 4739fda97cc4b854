"""Proving again who one is before what can't be taken back: deleting, giving rights, downloading."""

from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from sendense_portal.sign_in.sessions import is_outgrown, proved_within
from sendense_portal.tenancy.access import Access
from sendense_portal.tenancy.models import Tenant
from sendense_portal.tenancy.requests import PortalRequest
from sendense_portal.tenancy.roles import Action


class Kind(StrEnum):
    """What a customer can ask to be confirmed; the ends of the names of ``Tenant.step_up_…``."""

    DELETE = "delete"
    GRANT = "grant"
    DOWNLOAD = "download"


KINDS = {
    Action.BACKUP_DELETE: Kind.DELETE,
    Action.REPOSITORY_DELETE: Kind.DELETE,
    Action.CREDENTIAL_DELETE: Kind.DELETE,
    Action.CREDENTIAL_EDIT: Kind.GRANT,
    Action.PERSON_EDIT: Kind.GRANT,
    Action.PERSON_SECOND_FACTOR: Kind.GRANT,
    Action.TENANT_POLICY: Kind.GRANT,
    Action.STAFF_POLICY: Kind.GRANT,
    Action.SERVICE_ACCOUNT_EDIT: Kind.GRANT,
    Action.TOKEN_EDIT: Kind.GRANT,
    Action.SSO_EDIT: Kind.GRANT,
    Action.CONSENT_EDIT: Kind.GRANT,
    Action.FILE_DOWNLOAD: Kind.DOWNLOAD,
}


def is_fresh(request: PortalRequest) -> bool:
    """Whether this person proved who they are a short while ago; a token proves nothing of that."""
    if getattr(request, "bearer", None):
        return False
    return proved_within(request.session, settings.STEP_UP_MINUTES * 60)


def is_asked(access: Access, action: Action, tenant_id: UUID | None) -> bool:
    """Whether the provider (for its staff) or the customer wants to be sure before this."""
    kind = KINDS.get(action)
    if kind is None:
        return False
    if access.steps_up:
        return True
    tenants = [tenant_id] if tenant_id else access.tenants_with(action)
    if not tenants:
        return False
    return Tenant.objects.filter(pk__in=tenants, **{f"step_up_{kind}": True}).exists()


def confirm_first(request: PortalRequest, action: Action, tenant_id: UUID | None) -> HttpResponse | None:
    """The access condition: leads to "Confirm it is you", or None."""
    if action not in KINDS or is_fresh(request) or not is_asked(request.access, action, tenant_id):
        return None
    return to_confirm(request, is_download=KINDS[action] == Kind.DOWNLOAD)


View = Callable[..., HttpResponse]


def with_proof(view: View) -> View:
    """For a view that always asks: one's own second factor. Stands below ``require``."""

    @wraps(view)
    def asking(request: PortalRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if is_outgrown(request.user, request.session):
            messages.error(request, _("You belong to others too now: sign in by password to change this."))
            return redirect("sign_in:security")
        return view(request, *args, **kwargs) if is_fresh(request) else to_confirm(request)

    return asking


def to_confirm(request: PortalRequest, *, is_download: bool = False) -> HttpResponse:
    """To the confirmation, and afterwards to the page again; what was posted is not kept."""
    page_address = f"{reverse('sign_in:confirm')}?"
    if request.htmx:
        back = request.htmx.current_url_abs_path or "/"
        return HttpResponseClientRedirect(page_address + urlencode({"next": back}))
    if request.method != "GET":
        if not getattr(request, "bearer", None):
            messages.info(request, _("Nothing was done yet. Confirm that it is you, then send it again."))
        back = page_before(request)
    else:
        # A download leaves the page where it is: afterwards one is better there than on the confirmation.
        back = page_before(request, request.get_full_path()) if is_download else request.get_full_path()
    return redirect(page_address + urlencode({"next": back}))


def page_before(request: PortalRequest, otherwise: str = "/") -> str:
    """The page of ours whose form or link was used."""
    referer = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(referer, {request.get_host()}):
        return otherwise
    parts = urlsplit(referer)
    return parts.path + (f"?{parts.query}" if parts.query else "")
