"""Signing in with a second factor, and looking after one's own."""

import json
import re
from collections.abc import Callable

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from sendense_portal.audit.models import AuditEntry
from sendense_portal.sign_in import second_factors
from sendense_portal.tenancy.models import User
from tests.conftest import AsPerson, Cast
from tests.sign_in.conftest import SECRET, code_at, give_password, is_signed_in, wrong_code

pytestmark = pytest.mark.django_db

Browser = Callable[[User], Client]
WithApp = Callable[[User], list[str]]


def test_the_password_alone_does_not_let_in_who_has_a_second_factor(cast: Cast, with_app: WithApp) -> None:
    with_app(cast.acme_viewer)
    browser = Client()
    answer = give_password(browser, cast.acme_viewer.email)
    assert answer["Location"] == "/sign-in/second-factor/"
    assert not is_signed_in(browser)
    answer = browser.post("/sign-in/second-factor/", {"code": wrong_code()})
    assert b"This code is not right" in answer.content
    assert not is_signed_in(browser)
    answer = browser.post("/sign-in/second-factor/", {"code": code_at()})
    assert answer["Location"] == "/"
    assert is_signed_in(browser)
    entry = AuditEntry.objects.get(action="person.sign_in")
    assert entry.parameters == {"by": "password, authenticator app"}
    assert AuditEntry.objects.get(action="person.second_factor_try").outcome == "refused"


def test_one_goes_on_to_where_one_was_going(cast: Cast, with_app: WithApp) -> None:
    with_app(cast.acme_viewer)
    browser = Client()
    give_password(browser, cast.acme_viewer.email, next="/vms/")
    assert browser.post("/sign-in/second-factor/", {"code": code_at()})["Location"] == "/vms/"


def test_a_code_counts_once(cast: Cast, with_app: WithApp) -> None:
    with_app(cast.acme_viewer)
    code = code_at()
    for expected in (True, False):
        browser = Client()
        give_password(browser, cast.acme_viewer.email)
        browser.post("/sign-in/second-factor/", {"code": code})
        assert is_signed_in(browser) is expected


def test_a_recovery_code_lets_in_once(cast: Cast, with_app: WithApp) -> None:
    code = with_app(cast.acme_viewer)[3]
    for typed, expected in ((f"{code[:4]} {code[4:]}", True), (code, False)):
        browser = Client()
        give_password(browser, cast.acme_viewer.email)
        browser.post("/sign-in/second-factor/", {"code": typed})
        assert is_signed_in(browser) is expected
    assert second_factors.factors_of(cast.acme_viewer).codes_left == 9


def test_the_second_step_alone_leads_to_the_first(cast: Cast, with_app: WithApp) -> None:
    with_app(cast.acme_viewer)
    answer = Client().post("/sign-in/second-factor/", {"code": code_at()})
    assert answer["Location"] == "/sign-in/"


@pytest.mark.parametrize(
    "credential", ["", "{}", "[]", "x", '{"response": {"userHandle": "AAAA"}}', "{" * 99]
)
def test_a_made_up_passkey_is_refused_in_words(cast: Cast, credential: str) -> None:
    browser = Client()
    browser.post("/sign-in/passkey/options/")
    answer = browser.post("/sign-in/passkey/", {"credential": credential}, follow=True)
    assert "This passkey is not known here." in answer.content.decode()
    assert not is_signed_in(browser)


def test_the_question_to_passkeys_names_nobody(cast: Cast) -> None:
    asked = json.loads(Client().post("/sign-in/passkey/options/").content)["publicKey"]
    assert asked["allowCredentials"] == [] if "allowCredentials" in asked else True
    assert asked["userVerification"] == "required"


def test_an_app_is_set_up_with_its_first_code_and_recovery_codes_are_shown_this_once(
    cast: Cast, proved: Browser
) -> None:
    browser = proved(cast.acme_viewer)
    page = browser.get("/profile/security/app/").content.decode()
    secret = re.search(r"<code>([A-Z2-7 ]+)</code>", page)
    assert secret
    assert '<svg class="qr"' in page
    assert "data:" not in page
    wrong = browser.post("/profile/security/app/", {"code": wrong_code(secret[1].replace(" ", ""))})
    assert "not the code that the app should show" in wrong.content.decode()
    assert secret[1] in wrong.content.decode()
    answer = browser.post("/profile/security/app/", {"code": code_at(secret=secret[1].replace(" ", ""))})
    codes = re.findall(r"<li>(\d{4} \d{4})</li>", answer.content.decode())
    assert len(set(codes)) == 10
    for address in ("/profile/security/", "/profile/security/codes/"):
        assert not re.search(r"\d{4} ?\d{4}<", browser.get(address).content.decode())
    assert [entry.parameters for entry in AuditEntry.objects.filter(action="person.factor_add")] == [
        {"factor": "authenticator app"}
    ]


def test_secrets_lie_sealed_in_the_database(cast: Cast, with_app: WithApp) -> None:
    with_app(cast.acme_viewer)
    assert SECRET not in json.dumps(list(Authenticator.objects.values_list("data", flat=True)))


def test_new_recovery_codes_make_the_old_ones_void(cast: Cast, with_app: WithApp, proved: Browser) -> None:
    old = with_app(cast.acme_viewer)
    page = proved(cast.acme_viewer).post("/profile/security/codes/").content.decode()
    new = re.findall(r"<li>(\d{4} \d{4})</li>", page)
    assert len(new) == 10
    assert not {code.replace(" ", "") for code in new} & set(old)


def test_the_last_factor_takes_the_recovery_codes_with_it(
    cast: Cast, with_app: WithApp, proved: Browser
) -> None:
    with_app(cast.acme_viewer)
    app = Authenticator.objects.get(type="totp")
    browser = proved(cast.acme_viewer)
    assert b"your recovery codes are void" in browser.get(f"/profile/security/{app.pk}/remove/").content
    browser.post(f"/profile/security/{app.pk}/remove/")
    assert not Authenticator.objects.exists()


def test_where_one_must_have_one_the_last_stays(cast: Cast, with_app: WithApp, proved: Browser) -> None:
    with_app(cast.acme_viewer)
    cast.acme.require_second_factor = True
    cast.acme.save()
    app = Authenticator.objects.get(type="totp")
    page = proved(cast.acme_viewer).post(f"/profile/security/{app.pk}/remove/").content.decode()
    assert "Add another one before you remove this" in page
    assert Authenticator.objects.filter(pk=app.pk).exists()


def test_somebody_else_s_factor_is_not_found(cast: Cast, with_app: WithApp, proved: Browser) -> None:
    with_app(cast.acme_viewer)
    app = Authenticator.objects.get(type="totp")
    browser = proved(cast.acme_admin)
    for step in ("remove", "rename"):
        assert browser.post(f"/profile/security/{app.pk}/{step}/").status_code == 404


@pytest.mark.parametrize("path", ["app", "key", "codes"])
def test_what_one_signs_in_with_changes_only_after_a_fresh_proof(
    cast: Cast, as_person: AsPerson, path: str
) -> None:
    answer = as_person(cast.acme_viewer).get(f"/profile/security/{path}/")
    assert answer["Location"] == f"/confirm/?next=%2Fprofile%2Fsecurity%2F{path}%2F"


def test_signing_in_gives_a_new_session_and_leaves_the_old_one_powerless(cast: Cast) -> None:
    browser = Client()
    browser.get("/sign-in/?next=/vms/")
    browser.post("/sign-in/passkey/options/")
    before = browser.cookies["sessionid"].value
    give_password(browser, cast.acme_viewer.email)
    assert browser.cookies["sessionid"].value != before
    thief = Client()
    thief.cookies["sessionid"] = before
    assert not is_signed_in(thief)
