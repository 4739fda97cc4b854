"""Forgotten passwords: nobody learns whose address it is, by text, by time or by the letter's link."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from sendense_portal.audit.models import AuditEntry
from sendense_portal.people import afterwards
from sendense_portal.tenancy.models import User
from tests.conftest import PASSWORD, AsPerson, Cast
from tests.people.conftest import Letters

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("removable_trail")]

OTHER = "another long enough password"


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(afterwards, "DELAY", 0.05)


def forgotten(email: str, **headers: str) -> str:
    """What the page answers, without what differs between any two answers."""
    answer = Client().post("/forgotten-password/", {"email": email}, headers=headers)
    assert answer.status_code == 200
    return re.sub(r"[A-Za-z0-9]{64}", "", answer.content.decode())


def test_nobody_learns_who_has_an_account(cast: Cast, letters: Letters) -> None:
    answers = {
        forgotten(email) for email in (cast.acme_viewer.email, "nobody@acme.test", cast.disabled.email)
    }
    assert len(answers) == 1
    assert [letter.to for letter in letters()] == [[cast.acme_viewer.email]]


def test_before_the_answer_the_same_is_done_for_every_address(
    cast: Cast, letters: Letters, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By time: an address that somebody has costs no query, letter or entry more until the answer is gone."""
    monkeypatch.setattr(afterwards, "DELAY", 1.0)
    robot = User.objects.create_user("robot@acme.test", is_service=True)
    forgotten("first@acme.test")  # what is done once only is done
    asked = set()
    for email in (cast.acme_viewer.email, "nobody@acme.test", cast.disabled.email, robot.email):
        with CaptureQueriesContext(connection) as queries:
            forgotten(email)
        asked.add(tuple(query["sql"] for query in queries))
    assert len(asked) == 1
    assert not AuditEntry.objects.filter(action="person.password_link").exists()
    assert [letter.to for letter in letters()] == [[cast.acme_viewer.email]]
    assert AuditEntry.objects.filter(action="person.password_link").count() == 1


def test_the_link_is_the_portal_s_whatever_the_request_calls_it(
    cast: Cast, letters: Letters, settings: object
) -> None:
    settings.PUBLIC_URL = "https://portal.acme.test"  # type: ignore[attr-defined]  # pytest-django's
    evil = {"email": cast.acme_viewer.email}
    assert Client().post("/forgotten-password/", evil, headers={"host": "evil.test"}).status_code == 400
    forgotten(cast.acme_viewer.email, host="localhost", x_forwarded_host="evil.test")
    (letter,) = letters()
    links = re.findall(r"https?://\S+", str(letter.body))
    assert links
    assert all(link.startswith("https://portal.acme.test/new-password/") for link in links)


def test_a_link_sets_a_password_once_and_signs_out_everywhere(
    cast: Cast, as_person: AsPerson, letters: Letters
) -> None:
    browser = as_person(cast.acme_viewer)
    forgotten(cast.acme_viewer.email)
    found = re.search(r"https?://(\S+?)(/new-password/\S+)", str(letters()[0].body))
    assert found
    path = found[2]
    assert (
        "The two passwords are not the same"
        in Client().post(path, {"password1": OTHER, "password2": PASSWORD}).content.decode()
    )
    assert Client().post(path, {"password1": OTHER, "password2": OTHER})["Location"] == "/sign-in/"
    assert Client().get(path).status_code == 404
    assert "/sign-in/" in browser.get("/vms/")["Location"]
    cast.acme_viewer.refresh_from_db()
    assert cast.acme_viewer.check_password(OTHER)


def test_an_address_can_t_be_flooded(cast: Cast, letters: Letters) -> None:
    for _ in range(9):
        forgotten(cast.acme_viewer.email)
    assert 1 <= len(letters()) <= 5
