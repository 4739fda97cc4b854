"""Inviting people, and their coming in."""

from django.contrib import messages
from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from sendense_portal.audit.log import Actor
from sendense_portal.people import invitations
from sendense_portal.people.forms import InviteForm, JoinForm
from sendense_portal.people.granting import may_grant
from sendense_portal.people.invitations import PersonRefused
from sendense_portal.people.models import Invitation
from sendense_portal.tenancy.access import public, require, to_sign_in
from sendense_portal.tenancy.models import User
from sendense_portal.tenancy.requests import PortalRequest
from sendense_portal.tenancy.roles import Action
from sendense_portal.tenancy.views.account import BACKEND
from sendense_portal.ui.pages import page


@require(Action.PERSON_EDIT)
def person_invite(request: PortalRequest) -> HttpResponse:
    """Whom, to which customer, as what."""
    place = request.GET.get("customer", "")
    form = InviteForm(request.POST if request.method == "POST" else None, access=request.access, place=place)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            invitations.invite(Actor.of(request), data["email"], data["role"], form.tenant)
        except PersonRefused as refusal:
            form.add_error("email", str(refusal))
        else:
            messages.success(
                request, _("An invitation is on its way to %(email)s.") % {"email": data["email"]}
            )
            return redirect("people:person_list")
    return page(request, "people/person_invite.html", {"form": form, "days": invitations.LASTS.days})


@require(Action.PERSON_EDIT, on=Invitation)
@require_POST
def invitation_again(request: PortalRequest, pk: str) -> HttpResponse:
    """A new link; the old one stops working."""
    invitation: Invitation = request.target
    try:
        if not may_grant(request.access, invitation.role, invitation.tenant_id):
            raise PersonRefused(_("You can’t give this role."))
        invitations.again(Actor.of(request), invitation)
    except PersonRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(
            request, _("A new invitation is on its way to %(email)s.") % {"email": invitation.email}
        )
    return redirect("people:person_list")


@require(Action.PERSON_EDIT, on=Invitation)
@require_POST
def invitation_revoke(request: PortalRequest, pk: str) -> HttpResponse:
    """The link stops working."""
    invitation: Invitation = request.target
    try:
        invitations.revoke(Actor.of(request), invitation)
    except PersonRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(
            request, _("The invitation of %(email)s was withdrawn.") % {"email": invitation.email}
        )
    return redirect("people:person_list")


@public
@sensitive_post_parameters("password1", "password2")
def invitation_accept(request: PortalRequest, link: str) -> HttpResponse:
    """The page behind a mailed link. One that was used, withdrawn, or never sent answers like no page at all.

    Who has an account signs in and says yes; who has none chooses a name and a password.
    """
    invitation = invitations.found(link)
    if invitation is None:
        raise Http404("not found")
    known = User.objects.filter(email=invitation.email).first()
    if known is not None:
        return accept_known(request, invitation, known)
    person = User(email=invitation.email)
    form = JoinForm(request.POST if request.method == "POST" else None, person=person)
    if request.method == "POST" and form.is_valid():
        person = User.objects.create_user(
            invitation.email, form.cleaned_data["password1"], name=form.cleaned_data["name"]
        )
        login(request, person, backend=BACKEND)
        return joined(request, invitation, person)
    return page(request, "people/invitation_accept.html", {"invitation": invitation, "form": form})


def accept_known(request: PortalRequest, invitation: Invitation, known: User) -> HttpResponse:
    """Somebody who has an account: only its owner, signed in, can say yes."""
    if not request.user.is_authenticated:
        return to_sign_in(request)
    if request.user.pk != known.pk:
        context = {"invitation": invitation, "is_another": True}
        return page(request, "people/invitation_accept.html", context)
    if request.method == "POST":
        return joined(request, invitation, known)
    return page(request, "people/invitation_accept.html", {"invitation": invitation})


def joined(request: HttpRequest, invitation: Invitation, person: User) -> HttpResponse:
    """Says yes, once."""
    try:
        invitations.accept(Actor.of(request), invitation, person)
    except PersonRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Welcome! You are in."))
    return redirect("dashboard")
