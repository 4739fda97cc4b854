"""The people of customers: list, role, removal, a link for a new password."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_tables2 import RequestConfig

from sendense_portal.audit.log import Actor
from sendense_portal.people import services
from sendense_portal.people.filters import MemberFilter
from sendense_portal.people.forms import RoleForm
from sendense_portal.people.granting import may_grant
from sendense_portal.people.invitations import PersonRefused
from sendense_portal.people.models import Invitation
from sendense_portal.people.tables import MemberTable, StaffTable
from sendense_portal.tenancy.access import Access, require
from sendense_portal.tenancy.models import Membership, User
from sendense_portal.tenancy.requests import PortalRequest
from sendense_portal.tenancy.roles import Action
from sendense_portal.ui.pages import page

SHOWN_INVITATIONS = 50


@require(Action.PERSON_VIEW)
def person_list(request: PortalRequest) -> HttpResponse:
    """People of one's customers, invitations that wait, and for the provider its staff."""
    access = request.access
    rows = Membership.objects.visible_to(access).filter(user__is_service=False)
    chosen = MemberFilter(request.GET, queryset=rows, request=request)
    several = access.is_provider or len(access.tenant_roles) > 1
    table = MemberTable(chosen.qs.select_related("user", "tenant"), exclude=() if several else ("customer",))
    RequestConfig(request, paginate={"per_page": MemberTable.per_page}).configure(table)
    invitations = Invitation.objects.visible_to(access).filter(accepted_at=None, revoked_at=None)
    context = {
        "filter": chosen,
        "is_filtered": chosen.is_used,
        "table": table,
        "staff": staff_table(request) if access.is_provider else None,
        "invitations": invitations.select_related("tenant")[:SHOWN_INVITATIONS],
    }
    return page(request, "people/person_list.html", context, part="table")


def staff_table(request: PortalRequest) -> StaffTable:
    """The provider's own people."""
    table = StaffTable(User.objects.exclude(provider_role="").filter(is_service=False))
    RequestConfig(request, paginate={"per_page": StaffTable.per_page}).configure(table)
    return table


@require(Action.PERSON_VIEW, on=Membership)
def member_detail(request: PortalRequest, pk: int) -> HttpResponse:
    """A person of a customer, and what may be changed of them."""
    return member_page(request, role_form(request, request.target))


def member_page(request: PortalRequest, form: RoleForm | None) -> HttpResponse:
    """The page with a form that may hold what was typed."""
    membership: Membership = request.target
    context = {
        "membership": membership,
        "form": form,
        "is_oneself": membership.user_id == request.user.pk,
    }
    return page(request, "people/member_detail.html", context)


def role_form(request: PortalRequest, membership: Membership) -> RoleForm | None:
    """None for people whom this reader may not change: themselves, or somebody who may do more."""
    access = request.access
    if membership.user_id == request.user.pk or not may_change(access, membership):
        return None
    data = request.POST if request.method == "POST" else None
    return RoleForm(data, access=access, tenant_id=membership.tenant_id, role=membership.role)


def may_change(access: Access, membership: Membership) -> bool:
    """One may take from others only what one could give them."""
    return may_grant(access, membership.role, membership.tenant_id)


@require(Action.PERSON_EDIT, on=Membership)
@require_POST
def member_role(request: PortalRequest, pk: int) -> HttpResponse:
    """Another role."""
    membership: Membership = request.target
    form = role_form(request, membership)
    if form is None or not form.is_valid():
        return member_page(request, form)
    try:
        services.change_role(Actor.of(request), membership, form.cleaned_data["role"])
    except PersonRefused as refusal:
        form.add_error(None, str(refusal))
        return member_page(request, form)
    messages.success(
        request,
        _("%(person)s is now %(role)s.") % {"person": membership.user, "role": membership.get_role_display()},
    )
    return redirect("people:member_detail", pk)


@require(Action.PERSON_EDIT, on=Membership)
def member_remove(request: PortalRequest, pk: int) -> HttpResponse:
    """Asks, saying what will happen; then takes the person out of the customer."""
    membership: Membership = request.target
    problem = "" if may_change(request.access, membership) else _("They may do more here than you may.")
    if request.method == "POST" and not problem:
        try:
            services.remove(Actor.of(request), membership)
        except PersonRefused as refusal:
            problem = str(refusal)
        else:
            words = {"person": membership.user, "customer": membership.tenant}
            messages.success(request, _("%(person)s no longer belongs to %(customer)s.") % words)
            return redirect("people:person_list")
    context = {
        "membership": membership,
        "problem": problem,
        "is_last": services.is_last_administrator(membership),
    }
    return page(request, "people/member_remove.html", context)


@require(Action.PERSON_EDIT, on=Membership)
@require_POST
def member_password(request: PortalRequest, pk: int) -> HttpResponse:
    """Mails a link for a new password."""
    membership: Membership = request.target
    if may_change(request.access, membership) and membership.user.is_active:
        services.send_password_link(Actor.of(request), membership.user, membership)
        messages.success(
            request,
            _("A link for a new password is on its way to %(email)s.") % {"email": membership.user.email},
        )
    else:
        messages.error(request, _("You can’t do this for %(person)s.") % {"person": membership.user})
    return redirect("people:member_detail", pk)
