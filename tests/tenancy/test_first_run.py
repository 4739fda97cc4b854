"""The first administrator is made through a one-time link, and through nothing else."""

import pytest
from django.core import signing
from django.core.management import call_command
from django.test import Client

from sendense_portal.audit.models import AuditEntry
from sendense_portal.tenancy import first_run
from sendense_portal.tenancy.models import User
from tests.conftest import PASSWORD, Cast

pytestmark = pytest.mark.django_db
FORM = {"name": "Ada", "email": "Ada@Provider.test", "password1": PASSWORD, "password2": PASSWORD}


def test_the_link_makes_an_administrator_signs_in_and_is_then_void() -> None:
    browser, link = Client(), first_run.link_path()
    assert browser.get(link).status_code == 200
    assert browser.post(link, FORM).status_code == 302
    person = User.objects.get()
    assert (person.email, person.provider_role) == ("ada@provider.test", "provider_admin")
    assert browser.get("/").status_code == 200
    assert Client().get(link).status_code == 404
    assert Client().post(link, FORM | {"email": "eve@provider.test"}).status_code == 404
    assert AuditEntry.objects.filter(action="person.first_run").count() == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"password2": "something else entirely"}, "password2"),
        ({"password1": "short", "password2": "short"}, "password1"),
        ({"email": "nonsense"}, "email"),
    ],
)
def test_bad_input_is_named_at_its_field_and_keeps_what_was_typed(change: dict[str, str], field: str) -> None:
    answer = Client().post(first_run.link_path(), FORM | change)
    assert answer.status_code == 200
    assert field in answer.context["form"].errors
    assert b"Ada" in answer.content
    assert not User.objects.exists()


def test_a_forged_or_old_link_is_not_found() -> None:
    assert Client().get("/first-run/nonsense/").status_code == 404
    other = signing.dumps("administrator", salt="something-else")
    assert Client().get(f"/first-run/{other}/").status_code == 404


def test_no_link_is_given_out_once_there_is_an_administrator(
    cast: Cast, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("first_run_link")
    assert capsys.readouterr().out == ""


def test_a_wrong_password_is_refused_with_the_same_words_as_an_unknown_address(cast: Cast) -> None:
    def text_of(email: str) -> list[str]:
        answer = Client().post("/sign-in/", {"login": email, "password": "wrong " + PASSWORD})
        assert answer.status_code == 200
        return [str(error) for errors in answer.context["form"].errors.values() for error in errors]

    assert text_of(cast.acme_viewer.email) == text_of("nobody@nowhere.test") != []


def test_sign_in_and_out_are_in_the_trail(cast: Cast) -> None:
    browser = Client()
    answer = browser.post("/sign-in/", {"login": cast.acme_viewer.email.upper(), "password": PASSWORD})
    assert answer.status_code == 302
    browser.post("/sign-out/")
    browser.post("/sign-in/", {"login": cast.acme_viewer.email, "password": "wrong"})
    trail = list(AuditEntry.objects.order_by("id").values_list("action", "outcome"))
    assert trail == [("person.sign_in", "ok"), ("person.sign_out", "ok"), ("person.sign_in", "refused")]


def test_a_disabled_person_stays_outside(cast: Cast) -> None:
    browser = Client()
    browser.post("/sign-in/", {"login": cast.disabled.email, "password": PASSWORD})
    assert browser.get("/").status_code == 302


def test_guessing_is_stopped(cast: Cast) -> None:
    browser = Client()
    for _ in range(8):
        browser.post("/sign-in/", {"login": cast.acme_admin.email, "password": "guess"})
    answer = browser.post("/sign-in/", {"login": cast.acme_admin.email, "password": PASSWORD})
    assert "_auth_user_id" not in browser.session
    assert b"Too many" in answer.content
