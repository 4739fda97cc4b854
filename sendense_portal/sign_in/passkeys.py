"""The WebAuthn ceremonies: what the browser is asked, and whether its answer is right.

The challenge of a ceremony lies in the session and serves once.
"""

from typing import Any

from allauth.mfa.webauthn.internal import auth
from django.core.exceptions import ValidationError

from sendense_portal.tenancy.models import User


class PasskeyRefused(Exception):
    """The answer does not fit the question, or nobody's key gave it."""


def creation_options(person: User, *, passwordless: bool) -> dict[str, Any]:
    """What a browser needs to make a key; a passwordless one can tell who holds it (PIN, finger)."""
    options: dict[str, Any] = auth.begin_registration(person, passwordless)
    return options


def check_new(credential: dict[str, Any]) -> None:
    """Raises PasskeyRefused unless a key was made for this question."""
    try:
        auth.parse_registration_response(credential)
        auth.complete_registration(credential)
    except (ValidationError, ValueError, TypeError, KeyError) as error:
        raise PasskeyRefused from error


def request_options(person: User | None) -> dict[str, Any]:
    """What a browser needs to show a key: any of this person's, or (None) whichever it holds."""
    options: dict[str, Any] = auth.begin_authentication(person)
    return options


def shown_key(credential: dict[str, Any], person: User | None) -> Any:
    """The key (an allauth Authenticator) that gave the answer. Raises PasskeyRefused."""
    try:
        auth.parse_authentication_response(credential)
        owner = person or auth.extract_user_from_response(credential)
        return auth.complete_authentication(owner, credential)
    except (ValidationError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise PasskeyRefused from error
