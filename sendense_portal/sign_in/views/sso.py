"""Signing in with one's organisation."""

from typing import Any

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from allauth.core import ratelimit
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.crypto import constant_time_compare, get_random_string
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.cache import never_cache

from sendense_portal.audit import log
from sendense_portal.audit.log import Actor
from sendense_portal.audit.models import Outcome
from sendense_portal.sign_in.models import SsoConnection
from sendense_portal.sign_in.sso.connections import found_for
from sendense_portal.sign_in.sso.identities import SsoRefused, person_for
from sendense_portal.sign_in.sso.oidc import BROKEN, OidcAdapter, host_of, usable
from sendense_portal.tenancy.access import public
from sendense_portal.ui.pages import page

NOT_IN = _lazy("Your organisation’s sign-in did not let you in here. Ask your administrator.")
NOT_ANSWERING = _lazy(
    "Your organisation’s sign-in does not answer as it should. Try again, or use a password."
)


class OrganisationForm(forms.Form):
    """One's address at work."""

    email = forms.EmailField(
        label=_lazy("Your e-mail address at work"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True}),
    )


@public
@never_cache
def sso_find(request: HttpRequest) -> HttpResponse:
    """From an address to its organisation's sign-in, by its domain alone."""
    form = OrganisationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if not ratelimit.consume(request, action="login"):
            form.add_error(None, _("Too many tries. Wait a minute."))
        elif connection := found_for(form.cleaned_data["email"]):
            return leave(request, connection)
        else:
            form.add_error("email", _("No organisation here signs in with addresses like this."))
    return page(request, "sign_in/sso_find.html", {"form": form, "next": next_of(request)})


@public
@never_cache
def sso_start(request: HttpRequest, slug: str) -> HttpResponse:
    """An organisation's own address, for bookmarks; POST leaves for its identity provider."""
    connection = usable(slug)
    if connection is None:
        raise Http404("not found")
    if request.method == "POST":
        return leave(request, connection)
    return page(request, "sign_in/sso_start.html", {"connection": connection, "next": next_of(request)})


def leave(request: HttpRequest, connection: SsoConnection) -> HttpResponse:
    """A page that goes on to the identity provider by itself.

    A redirect would not do: the content policy lets forms lead to this portal only.
    """
    nonce = get_random_string(32)
    asked = {"nonce": nonce}
    if request.user.is_authenticated:
        # To confirm who one is means to be asked, not to be recognised.
        asked["prompt"] = "login"
    provider = get_adapter().get_provider(request, connection.slug)
    try:
        answer = provider.redirect(
            request, "login", next_url=next_of(request) or None, auth_params=asked, nonce=nonce
        )
        address = answer["Location"]
    except BROKEN as error:
        return failed(request, connection.slug, error)
    context = {"connection": connection, "address": address, "host": host_of(address)}
    going = page(request, "sign_in/sso_leaving.html", context)
    going["Refresh"] = f"0; url={address}"
    return going


@public
@never_cache
def sso_callback(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Where the identity provider sends people back to; goes on in ``admitted`` or ``failed``."""
    if usable(slug) is None:
        raise Http404("not found")
    try:
        answer: HttpResponseBase = OAuth2CallbackView.adapter_view(OidcAdapter(request, slug))(request)
    except SocialApp.DoesNotExist:
        raise Http404("not found") from None
    except BROKEN as error:
        return failed(request, slug, error)
    return answer


def admitted(request: HttpRequest, sociallogin: Any) -> HttpResponseBase:
    """The provider has answered, and the library has checked that: signs its person in, or says no."""
    connection = usable(sociallogin.account.provider)
    if connection is None:
        raise Http404("not found")
    actor, claims = Actor.of(request), sociallogin.account.extra_data["id_token"]
    try:
        if not constant_time_compare(str(claims.get("nonce")), str(sociallogin.state.get("nonce"))):
            raise SsoRefused("the answer is not to this question")
        person = person_for(actor, connection, claims)
        if request.user.is_authenticated and request.user.pk != person.pk:
            raise SsoRefused("somebody else is signed in here")
    except SsoRefused as refusal:
        log.record(
            actor, "person.sso", Outcome.REFUSED, connection, reason=str(refusal),
            email=str(claims.get("email", ""))[:254],
        )  # fmt: skip
        messages.error(request, str(NOT_IN))
        return redirect("dashboard" if request.user.is_authenticated else "sign_in")
    record_authentication(request, person, "sso")
    request.vouched_by = str(connection.pk)  # type: ignore[attr-defined]  # read by AccountAdapter.pre_login
    log.record(actor, "person.sso", Outcome.OK, connection, person=str(person), email=person.email)
    login = Login(user=person, redirect_url=sociallogin.state.get("next"))
    answer: HttpResponseBase = perform_login(request, login)
    return answer


def failed(request: HttpRequest, slug: str, error: BaseException | None) -> HttpResponse:
    """The identity provider could not be asked, or its answer is no good; why is in the customer's trail."""
    connection = usable(slug)
    if connection is not None:
        reason = str(error)[:200] if error else "it did not sign anybody in"
        log.record(Actor.of(request), "person.sso", Outcome.FAILED, connection, reason=reason)
    messages.error(request, str(NOT_ANSWERING))
    return redirect("sign_in")


def next_of(request: HttpRequest) -> str:
    """The page of ours to go to afterwards."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    return wanted if url_has_allowed_host_and_scheme(wanted, {request.get_host()}) else ""
