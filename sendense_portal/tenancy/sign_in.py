"""How people are let in: allauth's account views, with the doors shut that this portal does not have,
and each outcome in the trail."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from sendense_portal.audit import log
from sendense_portal.audit.models import Outcome
from sendense_portal.tenancy.models import User


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Nobody signs themselves up: people are invited."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """allauth's "signed in as …" toasts are noise beside a page that shows it."""

    def pre_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse | None:
        """A program has tokens and never a session, whoever vouches for its address."""
        if user.is_service:
            return self.respond_user_inactive(request, user)
        answer: HttpResponse | None = super().pre_login(request, user, **kwargs)
        return answer

    def login(self, request: HttpRequest, user: User) -> None:
        super().login(request, user)
        log.record(log.Actor.of(request), "person.sign_in", Outcome.OK, user)

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

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Also kept for addresses that nobody has: guessing must be seen."""
        super().authentication_failed(request, **credentials)
        log.record(
            log.Actor.of(request),
            "person.sign_in",
            Outcome.REFUSED,
            email=str(credentials.get("email", ""))[:254],
        )
