"""How people are let in: allauth's machinery, with the doors shut that this portal does not have, and each
outcome in the trail."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa.adapter import DefaultMFAAdapter
from django.contrib import messages
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from sendense_portal.audit import log
from sendense_portal.audit.models import Outcome
from sendense_portal.sign_in.sessions import PENDING, TIED, note_proof
from sendense_portal.tenancy import secrets
from sendense_portal.tenancy.models import User

SAID_ONCE_IN = 300
"""Seconds: as long as the limit of wrong passwords lasts (settings.ACCOUNT_RATE_LIMITS)."""


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Nobody signs themselves up: people are invited, or vouched for by their customer."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "too_many_login_attempts": _lazy("Too many wrong tries. Wait five minutes, then try again."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """allauth's "signed in as …" toasts are noise beside a page that shows it."""

    def get_login_stages(self) -> list[str]:
        """After the password one thing only: the second factor of those who have one."""
        return ["sendense_portal.sign_in.stages.SecondFactorStage"]

    def pre_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse | None:
        """A program has tokens and never a session, whoever vouches for its address."""
        # Written for every way of signing in, so that no other one inherits what was vouched for.
        request.session[PENDING] = getattr(request, "vouched_by", "")
        if user.is_service:
            return self.respond_user_inactive(request, user)
        answer: HttpResponse | None = super().pre_login(request, user, **kwargs)
        return answer

    def login(self, request: HttpRequest, user: User) -> None:
        shown = ways_of(request, user)
        vouched_by = request.session.pop(PENDING, "")
        super().login(request, user)
        request.session[TIED] = vouched_by
        note_proof(request.session)
        log.record(log.Actor.of(request), "person.sign_in", Outcome.OK, user, by=", ".join(shown))

    def logout(self, request: HttpRequest) -> None:
        actor, person = log.Actor.of(request), request.user
        super().logout(request)
        if isinstance(person, User):
            log.record(actor, "person.sign_out", Outcome.OK, person)

    def respond_user_inactive(self, request: HttpRequest, user: User) -> HttpResponse:
        """Said only to somebody who knows the password."""
        messages.error(request, _("This account was switched off. Ask your administrator."))
        log.record(log.Actor.of(request), "person.sign_in", Outcome.REFUSED, user)
        return redirect("sign_in")

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Takes a try before the password is looked at; raises ValidationError when there is none left."""
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            note_lock_out(request, str(credentials.get("email", "")))
            raise

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Also kept for addresses that nobody has: guessing must be seen."""
        super().authentication_failed(request, **credentials)
        log.record(
            log.Actor.of(request),
            "person.sign_in",
            Outcome.REFUSED,
            email=str(credentials.get("email", ""))[:254],
        )


def note_lock_out(request: HttpRequest, email: str) -> None:
    """Tells the trail that an address or a place has no tries left; once, not for every further guess."""
    actor = log.Actor.of(request)
    if cache.add(f"locked-out:{email.lower()[:254]}:{actor.address}", True, SAID_ONCE_IN):
        log.record(actor, "person.lock_out", Outcome.OK, what="sign-in", email=email[:254])


def ways_of(request: HttpRequest, user: User) -> list[str]:
    """What somebody has shown in this attempt to sign in, in words that the trail keeps."""
    words = {"password": "password", "totp": "authenticator app", "recovery_codes": "recovery code"}
    words |= {"webauthn": "passkey", "sso": "single sign-on"}
    records = get_authentication_records(request, user)
    shown = [str(record.get("type") or record.get("method")) for record in records]
    return list(dict.fromkeys(words.get(way, way) for way in shown))


class FactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types
    """A copy of the database alone gives nobody a code."""

    def encrypt(self, text: str) -> str:
        return secrets.seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        return secrets.unseal(encrypted_text)
