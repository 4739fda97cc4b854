"""Whole accounts, for the provider: staff roles, switching off, sessions of a person."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from sendense_portal.audit.log import Actor
from sendense_portal.people import services
from sendense_portal.people.forms import RoleForm
from sendense_portal.people.granting import roles_to_give
from sendense_portal.people.invitations import PersonRefused
from sendense_portal.tenancy.access import require
from sendense_portal.tenancy.models import User
from sendense_portal.tenancy.requests import PortalRequest
from sendense_portal.tenancy.roles import Action
from sendense_portal.ui.pages import page


@require(Action.PERSON_VIEW, on=User)
def account_detail(request: PortalRequest, pk: str) -> HttpResponse:
    """A person with all customers that they are in."""
    person: User = request.target
    context = {
        "person": person,
        "memberships": person.memberships.select_related("tenant").order_by("tenant__name"),
        "form": role_form(request, person),
        "is_oneself": person.pk == request.user.pk,
    }
    return page(request, "people/account_detail.html", context)


def role_form(request: PortalRequest, person: User) -> RoleForm | None:
    """For staff whose role may be changed by this reader."""
    if not person.provider_role or person.pk == request.user.pk or not roles_to_give(request.access, None):
        return None
    data = request.POST if request.method == "POST" else None
    return RoleForm(data, access=request.access, tenant_id=None, role=person.provider_role)


@require(Action.PERSON_EDIT, on=User)
@require_POST
def account_role(request: PortalRequest, pk: str) -> HttpResponse:
    """Another role in the staff, or none."""
    person: User = request.target
    form = role_form(request, person)
    if form is not None and form.is_valid():
        try:
            services.change_provider_role(Actor.of(request), person, form.cleaned_data["role"])
        except PersonRefused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("The role of %(person)s was changed.") % {"person": person})
    else:
        messages.error(request, _("You can’t change the role of %(person)s.") % {"person": person})
    return redirect("people:account_detail", pk)


@require(Action.PERSON_EDIT, on=User)
def account_switch(request: PortalRequest, pk: str) -> HttpResponse:
    """Asks, saying what will happen; then switches the account off, or on again."""
    person: User = request.target
    problem = ""
    if request.method == "POST":
        try:
            services.switch(Actor.of(request), person, on=not person.is_active)
        except PersonRefused as refusal:
            problem = str(refusal)
        else:
            said = (
                _("%(person)s can’t sign in any more.")
                if person.is_active
                else _("%(person)s may sign in again.")
            )
            messages.success(request, said % {"person": person})
            return redirect("people:account_detail", pk)
    context = {"person": person, "problem": problem, "customers": services.customers_of(person)}
    return page(request, "people/account_switch.html", context)


@require(Action.PERSON_EDIT, on=User)
@require_POST
def account_sessions(request: PortalRequest, pk: str) -> HttpResponse:
    """Signs the person out everywhere."""
    person: User = request.target
    count = services.end_sessions(Actor.of(request), person)
    messages.success(
        request, _("%(count)s sessions of %(person)s were ended.") % {"count": count, "person": person}
    )
    return redirect("people:account_detail", pk)


@require(Action.PERSON_EDIT, on=User)
@require_POST
def account_password(request: PortalRequest, pk: str) -> HttpResponse:
    """Mails a link for a new password."""
    person: User = request.target
    if person.is_active:
        services.send_password_link(Actor.of(request), person)
        messages.success(
            request, _("A link for a new password is on its way to %(email)s.") % {"email": person.email}
        )
    return redirect("people:account_detail", pk)
