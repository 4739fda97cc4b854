"""“Confirm it is you”: by second factor, by password where there is none, or by one’s organisation again."""

from typing import Any
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from sendense_portal.audit import log
from sendense_portal.audit.log import Actor
from sendense_portal.audit.models import Outcome
from sendense_portal.sign_in import passkeys, sessions
from sendense_portal.sign_in.forms import CodeForm, CredentialForm, PasswordForm
from sendense_portal.sign_in.guesses import Locked, try_code
from sendense_portal.sign_in.models import SsoConnection
from sendense_portal.sign_in.passkeys import PasskeyRefused
from sendense_portal.sign_in.second_factors import Factors, factors_of, name_of
from sendense_portal.tenancy.access import require
from sendense_portal.tenancy.requests import PortalRequest
from sendense_portal.tenancy.roles import Action
from sendense_portal.ui.pages import page


@require(Action.PROFILE_EDIT)
@never_cache
@sensitive_post_parameters("password")
def confirm(request: PortalRequest) -> HttpResponse:
    """A proof that counts for the next minutes; then back to where one was."""
    factors = factors_of(request.user)
    forms = forms_of(request, factors)
    shown = way_shown(request, forms)
    back = page_back(request)
    if shown:
        sessions.note_proof(request.session)
        log.record(Actor.of(request), "person.step_up", Outcome.OK, request.user, by=shown)
        return redirect(back)
    context: dict[str, Any] = {
        "forms": forms,
        "factors": factors,
        "back": back,
        "sso_url": sso_url(request, back),
    }
    if factors.keys:
        context["options"] = passkeys.request_options(request.user)
    return page(request, "sign_in/confirm.html", context)


Forms = dict[str, PasswordForm | CodeForm | CredentialForm]


def forms_of(request: PortalRequest, factors: Factors) -> Forms:
    """One for each way that this person has; the one that was sent holds what was sent.

    Who has a second factor shows that: a password alone, which others may have learnt, would make less of it.
    """
    ways: Forms = {}
    for name, form, is_there in (
        ("password", PasswordForm, request.user.has_usable_password() and not factors.count),
        ("code", CodeForm, bool(factors.app or factors.codes_left)),
        ("credential", CredentialForm, bool(factors.keys)),
    ):
        if is_there:
            ways[name] = form(request.POST if name in request.POST else None)
    return ways


def way_shown(request: PortalRequest, forms: Forms) -> str:
    """What was shown and is right, in words for the trail; what is wrong stands in its form."""
    actor, person = Actor.of(request), request.user
    for name, form in forms.items():
        if not form.is_bound or not form.is_valid():
            continue
        value = form.cleaned_data[name]
        try:
            if name == "password":
                if get_adapter().authenticate(request, email=person.email, password=value) == person:
                    return "password"
                form.add_error("password", _("This is not your password."))
            elif name == "code":
                if factor := try_code(actor, person, value):
                    return name_of(factor)
                form.add_error(
                    "code", _("This code is not right, or was used already. Wait for the next one.")
                )
            else:
                return name_of(passkeys.shown_key(value, person))
        except ValidationError as error:
            form.add_error(None, error)
        except Locked:
            form.add_error(None, _("Too many wrong codes. For a while no code counts."))
        except PasskeyRefused:
            form.add_error(None, _("This is not your passkey."))
        log.record(actor, "person.step_up", Outcome.REFUSED, person, by=name)
    return ""


def sso_url(request: PortalRequest, back: str) -> str:
    """Where somebody whom their organisation vouches for can be vouched for again."""
    key = sessions.connection_of(request.session)
    connection = SsoConnection.objects.filter(pk=key, enabled=True).first() if key else None
    if connection is None:
        return ""
    return f"{reverse('sso_start', args=[connection.slug])}?{urlencode({'next': back})}"


def page_back(request: PortalRequest) -> str:
    """The page of ours that one came from."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    return wanted if url_has_allowed_host_and_scheme(wanted, {request.get_host()}) else reverse("dashboard")
