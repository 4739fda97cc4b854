"""A forgotten password: the same answer for every address, and a link that works once."""

from uuid import UUID

from allauth.core import ratelimit
from django.contrib import messages
from django.contrib.auth.tokens import default_token_generator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import urlsafe_base64_decode
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from sendense_portal.audit import log
from sendense_portal.audit.log import Actor
from sendense_portal.audit.models import Outcome
from sendense_portal.people import services
from sendense_portal.people.afterwards import afterwards
from sendense_portal.people.forms import ForgottenForm, PasswordForm
from sendense_portal.tenancy.access import public
from sendense_portal.tenancy.models import User
from sendense_portal.ui.pages import page


@public
def password_forgotten(request: HttpRequest) -> HttpResponse:
    """Takes an address. Whether anybody has it is told to nobody: it is not even looked up before the answer
    has left, so the answer is the same and takes the same time."""
    form = ForgottenForm(request.POST if request.method == "POST" else None)
    is_sent = False
    if request.method == "POST" and form.is_valid():
        if ratelimit.consume(request, action="reset_password", key=form.cleaned_data["email"].lower()):
            afterwards(send_link, Actor.of(request), form.cleaned_data["email"])
        is_sent = True
    return page(request, "people/password_forgotten.html", {"form": form, "is_sent": is_sent})


def send_link(actor: Actor, email: str) -> None:
    """To a person who may sign in; others get nothing."""
    person = User.objects.filter(email=email.strip().lower(), is_active=True, is_service=False).first()
    if person:
        services.send_password_link(actor, person)


@public
@sensitive_post_parameters("password1", "password2")
def password_set(request: HttpRequest, uid: str, token: str) -> HttpResponse:
    """The page behind the link. Setting a password signs out everywhere and makes the link void."""
    person = person_of(uid)
    if person is None or not default_token_generator.check_token(person, token):
        raise Http404("not found")
    form = PasswordForm(request.POST if request.method == "POST" else None, person=person)
    if request.method == "POST" and form.is_valid():
        person.set_password(form.cleaned_data["password1"])
        person.save(update_fields=["password"])
        actor = Actor.of(request)
        log.record(actor, "person.password_change", Outcome.OK, person, person=str(person))
        services.end_sessions(actor, person)
        messages.success(request, _("Your new password is set. Sign in with it."))
        return redirect("sign_in")
    return page(request, "people/password_set.html", {"form": form, "person": person})


def person_of(uid: str) -> User | None:
    """Whom a link is for."""
    try:
        key = UUID(urlsafe_base64_decode(uid).decode())
    except ValueError:
        return None
    return User.objects.filter(pk=key, is_active=True, is_service=False).first()
