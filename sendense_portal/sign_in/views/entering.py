"""After the password: the second factor; and without one: a passkey."""

from typing import Any

from allauth.account.internal.flows.login import perform_login
from allauth.account.models import Login
from allauth.account.stages import LoginStageController
from allauth.core import ratelimit
from allauth.mfa.base.internal.flows import post_authentication
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from sendense_portal.audit import log
from sendense_portal.audit.log import Actor
from sendense_portal.audit.models import Outcome
from sendense_portal.sign_in import passkeys
from sendense_portal.sign_in.forms import CodeForm, CredentialForm
from sendense_portal.sign_in.guesses import Locked, try_code
from sendense_portal.sign_in.passkeys import PasskeyRefused
from sendense_portal.sign_in.second_factors import factors_of
from sendense_portal.sign_in.stages import SecondFactorStage
from sendense_portal.tenancy.access import public
from sendense_portal.tenancy.models import User
from sendense_portal.ui.pages import page


@public
@never_cache
def second_factor(request: HttpRequest) -> HttpResponseBase:
    """A code or a passkey of somebody who has just given their password; others begin at the beginning."""
    stage = (
        None if request.user.is_authenticated else LoginStageController.enter(request, SecondFactorStage.key)
    )
    if stage is None:
        return redirect("sign_in")
    person: User = stage.login.user
    form = CodeForm(request.POST if "code" in request.POST else None)
    credential = CredentialForm(request.POST if "credential" in request.POST else None)
    try:
        factor = shown_factor(request, person, form, credential)
    except Locked:
        stage.abort()
        messages.error(
            request,
            _("Too many wrong codes. For a while no code counts; your administrator can end that."),
        )
        return redirect("sign_in")
    if factor is not None:
        post_authentication(request, factor)
        answer: HttpResponseBase = stage.exit()
        return answer
    factors = factors_of(person)
    context: dict[str, Any] = {"form": form, "credential_form": credential, "factors": factors}
    if factors.keys:
        context["options"] = passkeys.request_options(person)
    return page(request, "sign_in/second_factor.html", context)


def shown_factor(
    request: HttpRequest, person: User, form: CodeForm, credential: CredentialForm
) -> Any | None:
    """The factor of a form that was sent and is right; what is wrong stands in the form. Raises Locked."""
    actor = Actor.of(request)
    if form.is_bound and form.is_valid():
        if factor := try_code(actor, person, form.cleaned_data["code"]):
            return factor
        form.add_error("code", _("This code is not right, or was used already. Wait for the next one."))
        log.record(actor, "person.second_factor_try", Outcome.REFUSED, person, by="code")
    elif credential.is_bound and credential.is_valid():
        try:
            return passkeys.shown_key(credential.cleaned_data["credential"], person)
        except PasskeyRefused:
            credential.add_error(None, _("This is not your passkey."))
            log.record(actor, "person.second_factor_try", Outcome.REFUSED, person, by="passkey")
    return None


@public
@never_cache
@require_POST
def passkey_options(request: HttpRequest) -> HttpResponse:
    """The question to whichever passkey the browser holds; tells nothing of anybody."""
    if not ratelimit.consume(request, action="login"):
        return JsonResponse({"error": _("Too many tries. Wait a minute.")}, status=429)
    return JsonResponse(passkeys.request_options(None))


@public
@never_cache
@require_POST
def passkey_sign_in(request: HttpRequest) -> HttpResponseBase:
    """Signs in with a passkey that knows its holder by PIN or finger: that is two factors in one."""
    if request.user.is_authenticated:
        return redirect("dashboard")
    form = CredentialForm(request.POST)
    try:
        if not form.is_valid():
            raise PasskeyRefused
        key = passkeys.shown_key(form.cleaned_data["credential"], None)
    except PasskeyRefused:
        log.record(Actor.of(request), "person.sign_in", Outcome.REFUSED, by="passkey")
        messages.error(request, _("This passkey is not known here."))
        return redirect("sign_in")
    post_authentication(request, key, passwordless=True)
    following = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(following, {request.get_host()}):
        following = ""
    answer: HttpResponseBase = perform_login(request, Login(user=key.user, redirect_url=following or None))
    return answer
