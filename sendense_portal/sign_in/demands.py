"""Who must have a second factor, and what one can do until it is there: set it up, and sign out."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from sendense_portal.sign_in import second_factors
from sendense_portal.sign_in.models import SsoConnection
from sendense_portal.sign_in.sessions import connection_of
from sendense_portal.tenancy.access import Access
from sendense_portal.tenancy.requests import PortalRequest
from sendense_portal.tenancy.roles import Action

OPEN_WITHOUT = frozenset({
    "sign_in:security", "sign_in:app_add", "sign_in:key_add", "sign_in:recovery_codes", "sign_in:confirm",
    "set_theme",
})  # fmt: skip
"""Views that somebody who has to set up a second factor still reaches."""


def is_demanded(access: Access) -> bool:
    """Whether a customer of this person, or the provider of its staff, wants a second factor."""
    return access.demands_second_factor and not access.user.is_service


def is_missing(access: Access, session: Any) -> bool:
    """Whether this person must have a second factor and has none: they may see and do nothing."""
    if not is_demanded(access) or second_factors.has_one(access.user):
        return False
    connection = connection_of(session)
    if connection is None:
        return True
    trusted = SsoConnection.objects.filter(pk=connection, enabled=True, counts_as_second_factor=True)
    return not trusted.exists()


def set_up_first(request: PortalRequest, action: Action, tenant_id: UUID | None) -> HttpResponse | None:
    """The access condition: leads to the security page, or None."""
    match = request.resolver_match
    if match and match.view_name in OPEN_WITHOUT:
        return None
    session = None if getattr(request, "bearer", None) else request.session
    if not is_missing(request.access, session):
        return None
    if request.htmx:
        return HttpResponseClientRedirect(reverse("sign_in:security"))
    if session is not None:
        messages.info(request, _("Set up a second factor first: your organisation asks for one."))
    return redirect("sign_in:security")
