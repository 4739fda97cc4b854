"""People with second factors, and codes computed here (RFC 6238) rather than by what is tested."""

import base64
import hashlib
import hmac
import struct
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from sendense_portal.audit.log import PORTAL
from sendense_portal.sign_in import second_factors
from sendense_portal.sign_in.models import CodeGuesses
from sendense_portal.sign_in.sessions import note_proof
from sendense_portal.tenancy.models import User
from tests.conftest import PASSWORD, AsPerson

SECRET = base64.b32encode(b"only-for-these-tests").decode()


def code_at(seconds: float = 0, secret: str = SECRET) -> str:
    """What an app shows so many seconds from now."""
    counter = struct.pack(">Q", int(time.time() + seconds) // 30)
    digest = hmac.new(base64.b32decode(secret), counter, hashlib.sha1).digest()
    place = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[place : place + 4])[0] & 0x7FFFFFFF) % 10**6:06d}"


def wrong_code(secret: str = SECRET) -> str:
    """Six digits that no app shows for the next minutes, nor did."""
    near = {code_at(step * 30, secret) for step in range(-10, 11)}
    return next(code for number in range(100) if (code := f"{number:06d}") not in near)


@pytest.fixture(autouse=True)
def fresh_limits() -> Iterator[None]:
    """Limits of tries lie in the cache, which tests share."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def with_app() -> Callable[[User], list[str]]:
    """Gives somebody an app with ``SECRET``; returns their recovery codes."""
    return lambda person: second_factors.add_app(PORTAL, person, SECRET)


@pytest.fixture
def proved(as_person: AsPerson) -> Callable[[User], Client]:
    """A browser of somebody who has just proved who they are."""

    def browser(person: User) -> Client:
        client = as_person(person)
        session = client.session
        note_proof(session)
        session.save()
        return client

    return browser


def give_password(browser: Client, email: str, password: str = PASSWORD, **more: Any) -> Any:
    """The first step of signing in."""
    return browser.post("/sign-in/", {"login": email, "password": password, **more})


def is_signed_in(browser: Client) -> bool:
    return browser.get("/profile/").status_code == 200


def forget_guesses() -> None:
    CodeGuesses.objects.all().delete()
