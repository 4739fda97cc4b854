"""What roles may do, and which customer one sees."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect

from sendense_portal.people import switching
from sendense_portal.people.roles_table import columns, lines
from sendense_portal.tenancy.access import require
from sendense_portal.tenancy.models import Tenant
from sendense_portal.tenancy.requests import PortalRequest
from sendense_portal.tenancy.roles import Action
from sendense_portal.ui.pages import page


@require(Action.ROLE_VIEW)
def role_list(request: PortalRequest) -> HttpResponse:
    """Role × action, in words."""
    staff = request.access.is_provider
    context = {"roles": columns(staff=staff), "groups": lines(staff=staff)}
    return page(request, "people/role_list.html", context)


@require(Action.PROFILE_EDIT)
def customer_switch(request: PortalRequest) -> HttpResponse:
    """GET offers one's customers; POST sees one of them only, or (without one) all of one's own again."""
    if request.method != "POST":
        memberships = request.user.memberships.filter(tenant__state=Tenant.State.ACTIVE)
        context = {"memberships": memberships.select_related("tenant").order_by("tenant__name")}
        return page(request, "people/customer_switch.html", context)
    key = request.POST.get("customer", "")
    if not key:
        switching.clear(request)
    elif not switching.choose(request, open_customer(key)):
        messages.error(request, str(switching.NOT_YOURS))
    return redirect("dashboard")


def open_customer(key: str) -> Tenant | None:
    """The customer of a form's value, if there is one and it is open."""
    try:
        return Tenant.objects.filter(pk=UUID(key), state=Tenant.State.ACTIVE).first()
    except ValueError:
        return None
