"""One's own second factors."""

from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import clear_totp_secret, get_totp_secret, validate_totp_code
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from sendense_portal.audit.log import Actor
from sendense_portal.sign_in import passkeys, second_factors
from sendense_portal.sign_in.demands import is_demanded
from sendense_portal.sign_in.forms import CodeForm, KeyForm, RenameForm
from sendense_portal.sign_in.passkeys import PasskeyRefused
from sendense_portal.sign_in.pictures import qr_path
from sendense_portal.sign_in.proofs import with_proof
from sendense_portal.sign_in.second_factors import FactorRefused, Type
from sendense_portal.tenancy.access import require
from sendense_portal.tenancy.requests import PortalRequest
from sendense_portal.tenancy.roles import Action
from sendense_portal.ui.pages import page

FEW_CODES = 3


@require(Action.PROFILE_EDIT)
def security(request: PortalRequest) -> HttpResponse:
    """What one has, and what is missing."""
    factors = second_factors.factors_of(request.user)
    context = {
        "factors": factors,
        "is_demanded": is_demanded(request.access),
        "has_few_codes": factors.count and factors.codes_left < FEW_CODES,
        "has_password": request.user.has_usable_password(),
        "identities": request.user.sso_identities.select_related("connection__tenant"),
    }
    return page(request, "sign_in/security.html", context)


@require(Action.PROFILE_EDIT)
@never_cache
@with_proof
def app_add(request: PortalRequest) -> HttpResponse:
    """Shows a secret as a picture and as text, and takes the first code that an app makes of it."""
    form = CodeForm(request.POST or None)
    secret = get_totp_secret(regenerate=request.method != "POST")
    if request.method == "POST" and form.is_valid():
        if validate_totp_code(secret, form.cleaned_data["code"]):
            try:
                codes = second_factors.add_app(Actor.of(request), request.user, secret)
            except FactorRefused as refusal:
                messages.error(request, str(refusal))
                return redirect("sign_in:security")
            clear_totp_secret(request)
            return done(request, codes, _("Your authenticator app is set up."))
        form.add_error("code", _("This is not the code that the app should show now. Is its clock right?"))
    address = get_adapter().build_totp_url(request.user, secret)
    context = {"form": form, "secret": in_fours(secret), "path": qr_path(address)}
    return page(request, "sign_in/app_add.html", context)


@require(Action.PROFILE_EDIT)
@never_cache
@with_proof
def key_add(request: PortalRequest) -> HttpResponse:
    """A passkey (``?kind=passkey``: opens the door alone) or a security key (only beside the password)."""
    is_passkey = request.GET.get("kind") == "passkey"
    default = _("My passkey") if is_passkey else _("Security key")
    form = KeyForm(request.POST or None, initial={"name": default})
    problem = ""
    if request.method == "POST" and form.is_valid():
        try:
            passkeys.check_new(form.cleaned_data["credential"])
        except PasskeyRefused:
            problem = _("The browser’s answer did not fit. Try again.")
        else:
            data = form.cleaned_data
            codes = second_factors.add_key(Actor.of(request), request.user, data["name"], data["credential"])
            return done(request, codes, _("“%(name)s” was added.") % {"name": data["name"]})
    context = {
        "form": form,
        "is_passkey": is_passkey,
        "problem": problem,
        "options": passkeys.creation_options(request.user, passwordless=is_passkey),
    }
    return page(request, "sign_in/key_add.html", context)


@require(Action.PROFILE_EDIT)
@with_proof
def key_rename(request: PortalRequest, pk: int) -> HttpResponse:
    """Another name for one's own passkey."""
    key = own_factor(request, pk)
    if key.type != Type.WEBAUTHN:
        raise Http404("not found")
    form = RenameForm(request.POST or None, initial={"name": second_factors.name_of(key)})
    if request.method == "POST" and form.is_valid():
        second_factors.rename_key(Actor.of(request), request.user, key, form.cleaned_data["name"])
        messages.success(request, _("It is called “%(name)s” now.") % form.cleaned_data)
        return redirect("sign_in:security")
    return page(request, "sign_in/key_rename.html", {"form": form, "name": second_factors.name_of(key)})


@require(Action.PROFILE_EDIT)
@with_proof
def factor_remove(request: PortalRequest, pk: int) -> HttpResponse:
    """Asks, saying what will happen; then takes one of one's own factors away."""
    factor = own_factor(request, pk)
    if factor.type == Type.RECOVERY_CODES:
        raise Http404("not found")
    name = _("the authenticator app") if factor.type == Type.TOTP else second_factors.name_of(factor)
    problem = ""
    if request.method == "POST":
        try:
            second_factors.remove(
                Actor.of(request), request.user, factor, is_demanded=is_demanded(request.access)
            )
        except FactorRefused as refusal:
            problem = str(refusal)
        else:
            messages.success(request, _("Removed: %(name)s.") % {"name": name})
            return redirect("sign_in:security")
    is_last = second_factors.factors_of(request.user).count == 1
    context = {"name": name, "is_last": is_last, "problem": problem}
    return page(request, "sign_in/factor_remove.html", context)


@require(Action.PROFILE_EDIT)
@never_cache
@with_proof
def recovery_codes(request: PortalRequest) -> HttpResponse:
    """GET says how many are left and never which; POST makes new ones and tells them this once."""
    if request.method == "POST":
        try:
            codes = second_factors.new_codes(Actor.of(request), request.user)
        except FactorRefused as refusal:
            messages.error(request, str(refusal))
            return redirect("sign_in:security")
        return done(request, codes, _("These are your new recovery codes."))
    return page(request, "sign_in/recovery_codes.html", {"factors": second_factors.factors_of(request.user)})


def done(request: PortalRequest, codes: list[str], sentence: str) -> HttpResponse:
    """Back to the list; if there are new recovery codes, by way of the only page that ever shows them."""
    if not codes:
        messages.success(request, sentence)
        return redirect("sign_in:security")
    halves = [f"{code[:4]} {code[4:]}" for code in codes]
    return page(request, "sign_in/codes_shown.html", {"codes": halves, "sentence": sentence})


def own_factor(request: PortalRequest, pk: int) -> Any:
    """One's own; somebody else's is not found."""
    factor = Authenticator.objects.filter(user=request.user, pk=pk).first()
    if factor is None:
        raise Http404("not found")
    return factor


def in_fours(secret: str) -> str:
    """A secret as one types it off a screen."""
    return " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
