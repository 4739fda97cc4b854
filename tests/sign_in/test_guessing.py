"""Guessing passwords and codes, one by one and all at once (trust.md row 7)."""

import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.conf import global_settings
from django.contrib.auth.hashers import MD5PasswordHasher, PBKDF2PasswordHasher
from django.db import connections
from django.test import Client
from django.utils import timezone

from sendense_portal.audit.log import PORTAL
from sendense_portal.audit.models import AuditEntry
from sendense_portal.sign_in.guesses import MOST_WRONG, Locked, is_locked, try_code, unlock
from sendense_portal.sign_in.models import CodeGuesses
from sendense_portal.tenancy.models import User
from tests.conftest import Cast
from tests.sign_in.conftest import code_at, give_password, is_signed_in, wrong_code

WithApp = Callable[[User], list[str]]
MANY = 24


def at_once(task: Callable[[int], object], count: int = MANY) -> list[object]:
    """Runs a task so many times at the same moment, each with a connection of its own."""
    together = threading.Barrier(count)

    def run(number: int) -> object:
        try:
            together.wait(10)
            return task(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def outcome_of(person: User, code: str) -> str:
    try:
        return "right" if try_code(PORTAL, person, code) else "wrong"
    except Locked:
        return "locked"


@pytest.mark.django_db
def test_after_eight_wrong_codes_not_even_the_right_one_counts(cast: Cast, with_app: WithApp) -> None:
    with_app(cast.acme_viewer)
    browser = Client()
    give_password(browser, cast.acme_viewer.email)
    for _ in range(MOST_WRONG - 1):
        assert browser.post("/sign-in/second-factor/", {"code": wrong_code()}).status_code == 200
    answer = browser.post("/sign-in/second-factor/", {"code": wrong_code()}, follow=True)
    assert "Too many wrong codes" in answer.content.decode()
    # The attempt is over: it begins with the password again, and then the right code counts for nothing.
    assert browser.get("/sign-in/second-factor/")["Location"] == "/sign-in/"
    give_password(browser, cast.acme_viewer.email)
    browser.post("/sign-in/second-factor/", {"code": code_at()})
    assert not is_signed_in(browser)
    entry = AuditEntry.objects.get(action="person.lock_out")
    assert (entry.target_id, entry.parameters["what"]) == (str(cast.acme_viewer.pk), "second factor")


@pytest.mark.django_db
def test_a_lock_ends_by_itself_lasts_longer_each_time_and_an_administrator_ends_it(
    cast: Cast, with_app: WithApp
) -> None:
    person = cast.acme_viewer
    with_app(person)
    lasted = []
    for _ in range(2):
        for _ in range(MOST_WRONG):
            outcome_of(person, wrong_code())
        row = CodeGuesses.objects.get(user=person)
        assert row.locked_until
        lasted.append(row.locked_until - timezone.now())
        CodeGuesses.objects.update(locked_until=timezone.now() - timedelta(seconds=1))
    assert lasted[1] > lasted[0] * 1.9
    assert outcome_of(person, code_at()) == "right"
    for _ in range(MOST_WRONG):
        outcome_of(person, wrong_code())
    assert is_locked(person)
    unlock(PORTAL, person)
    assert outcome_of(person, code_at(30)) == "right"


@pytest.mark.django_db
def test_a_right_code_forgets_the_wrong_ones(cast: Cast, with_app: WithApp) -> None:
    with_app(cast.acme_viewer)
    for _ in range(MOST_WRONG - 1):
        outcome_of(cast.acme_viewer, wrong_code())
    assert outcome_of(cast.acme_viewer, code_at()) == "right"
    assert outcome_of(cast.acme_viewer, wrong_code()) == "wrong"


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("removable_trail")
def test_guesses_at_the_same_moment_have_no_more_tries(cast: Cast, with_app: WithApp) -> None:
    with_app(cast.acme_viewer)
    outcomes = at_once(lambda _: outcome_of(cast.acme_viewer, wrong_code()))
    assert outcomes.count("wrong") == MOST_WRONG - 1
    assert outcomes.count("locked") == MANY - MOST_WRONG + 1
    assert AuditEntry.objects.filter(action="person.lock_out").count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("removable_trail")
@pytest.mark.parametrize("kind", ["recovery code", "app"])
def test_a_right_code_sent_many_times_at_once_counts_once(cast: Cast, with_app: WithApp, kind: str) -> None:
    codes = with_app(cast.acme_viewer)
    code = codes[0] if kind == "recovery code" else code_at()
    outcomes = at_once(lambda _: outcome_of(cast.acme_viewer, code), MOST_WRONG - 1)
    assert outcomes.count("right") == 1


@pytest.mark.django_db
def test_after_eight_wrong_passwords_not_even_the_right_one_counts(cast: Cast) -> None:
    browser = Client()
    for _ in range(8):
        give_password(browser, cast.acme_viewer.email, "wrong")
    answer = give_password(browser, cast.acme_viewer.email)
    assert "Too many wrong tries" in answer.content.decode()
    assert not is_signed_in(browser)
    assert AuditEntry.objects.filter(action="person.lock_out").count() == 1
    # Others at the same place still get in.
    assert give_password(browser, cast.acme_admin.email)["Location"] == "/"


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("removable_trail")
def test_passwords_guessed_at_the_same_moment_are_looked_at_eight_times(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at = counted(monkeypatch)

    def guess(_number: int) -> int:
        status: int = give_password(Client(), cast.acme_viewer.email, "wrong").status_code
        return status

    assert set(at_once(guess)) == {200}
    assert len(looked_at) == 8


def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every calculation of a password's hash from now on (the tests' hasher is fast, not fewer)."""
    calculations: list[str] = []
    encode = MD5PasswordHasher.encode

    def counting(self: MD5PasswordHasher, password: str, salt: str) -> str:
        calculations.append(password)
        return encode(self, password, salt)

    monkeypatch.setattr(MD5PasswordHasher, "encode", counting)
    return calculations


@pytest.mark.django_db
def test_an_unknown_address_costs_as_many_hashes_as_a_known_one_and_reads_the_same(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    no_password = User.objects.create_user("nopassword@acme.test")
    answers, costs = set(), set()
    calculations = counted(monkeypatch)
    for email in (
        cast.acme_viewer.email, "nobody@acme.test", no_password.email, cast.disabled.email, "x@y.test",
    ):  # fmt: skip
        calculations.clear()
        answer = give_password(Client(), email, "wrong password")
        costs.add(len(calculations))
        answers.add((answer.status_code, without_what_differs(answer.content.decode(), email)))
    assert costs == {1}
    assert len(answers) == 1


@pytest.mark.django_db
def test_being_locked_out_reads_the_same_for_an_address_that_nobody_has(cast: Cast) -> None:
    answers = set()
    for email in (cast.acme_viewer.email, "nobody@acme.test"):
        browser = Client()
        for _ in range(8):
            give_password(browser, email, "wrong")
        answers.add(without_what_differs(give_password(browser, email).content.decode(), email))
    assert len(answers) == 1


@pytest.mark.django_db
def test_a_second_factor_is_told_of_only_to_who_knows_the_password(cast: Cast, with_app: WithApp) -> None:
    without = give_password(Client(), cast.acme_viewer.email, "wrong").content.decode()
    with_app(cast.acme_viewer)
    with_one = give_password(Client(), cast.acme_viewer.email, "wrong").content.decode()
    email = cast.acme_viewer.email
    assert without_what_differs(without, email) == without_what_differs(with_one, email)


def without_what_differs(page: str, email: str) -> str:
    return re.sub(r'value="[A-Za-z0-9]{64}"|X-CSRFToken[^}]*', "", page.replace(email, "…"))


def test_the_portal_s_own_hasher_is_a_slow_one() -> None:
    assert global_settings.PASSWORD_HASHERS[0].endswith("PBKDF2PasswordHasher")
    assert PBKDF2PasswordHasher.iterations >= 600_000
