"""Proving again who one is, before what can't be taken back."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from sendense_portal.audit.models import AuditEntry
from sendense_portal.sign_in.proofs import KINDS
from sendense_portal.tenancy.models import Membership, ProviderPolicy, Tenant, User
from sendense_portal.tenancy.roles import Action
from tests.conftest import PASSWORD, AsPerson, Cast
from tests.factories import make_backup, make_repository, make_vm
from tests.sign_in.conftest import code_at, give_password, wrong_code

pytestmark = pytest.mark.django_db

Browser = Callable[[User], Client]
WithApp = Callable[[User], list[str]]


def ask_for(tenant: Tenant, *kinds: str) -> None:
    for kind in kinds:
        setattr(tenant, f"step_up_{kind}", True)
    tenant.save()


def role_page(person: User) -> str:
    return reverse("people:member_role", args=[Membership.objects.get(user=person).pk])


def test_deleting_asks_first_where_the_customer_wants_it(
    cast: Cast, as_person: AsPerson, proved: Browser
) -> None:
    page = reverse("backups:backup_delete", args=[make_backup(make_vm("web01", cast.acme)).pk])
    assert as_person(cast.acme_admin).get(page).status_code == 200
    ask_for(cast.acme, "delete")
    assert as_person(cast.acme_admin).get(page)["Location"].startswith("/confirm/?next=")
    assert proved(cast.acme_admin).get(page).status_code == 200


def test_deleting_several_asks_first_too(cast: Cast, as_person: AsPerson, proved: Browser) -> None:
    backup = make_backup(make_vm("web01", cast.acme))
    ask_for(cast.acme, "delete")
    browser = as_person(cast.acme_admin)
    look = browser.get("/backups/bulk/delete/", {"row": str(backup.pk)})
    assert look["Location"].startswith("/confirm/?next=")
    token = (
        proved(cast.acme_admin)
        .get("/backups/bulk/delete/", {"row": str(backup.pk)})
        .context["deletion"]
        .token
    )
    sent = browser.post("/backups/bulk/delete/", {"row": str(backup.pk), "token": token})
    assert sent["Location"].startswith("/confirm/?next=")
    assert not AuditEntry.objects.filter(action="backup.delete").exists()


def test_deleting_a_repository_asks_first_where_the_provider_wants_it(
    cast: Cast, as_person: AsPerson, proved: Browser
) -> None:
    page = reverse("backups:repository_delete", args=[make_repository().pk])
    assert as_person(cast.provider_admin).get(page).status_code == 200
    ProviderPolicy.objects.create(step_up=True)
    assert as_person(cast.provider_admin).post(page)["Location"].startswith("/confirm/?next=")
    assert not AuditEntry.objects.filter(action="repository.delete").exists()
    assert proved(cast.provider_admin).get(page).status_code == 200


def test_another_customer_s_wish_is_its_own(cast: Cast, as_person: AsPerson) -> None:
    ask_for(cast.borealis, "delete", "grant", "download")
    assert as_person(cast.acme_admin).get("/people/invite/").status_code == 200


def test_what_was_posted_is_not_done_and_one_comes_back_to_the_form(cast: Cast, as_person: AsPerson) -> None:
    ask_for(cast.acme, "grant")
    browser, page = as_person(cast.acme_admin), role_page(cast.acme_viewer)
    answer = browser.post(
        page, {"role": "operator"}, headers={"Referer": "http://testserver/people/members/1/"}
    )
    assert answer["Location"] == "/confirm/?next=%2Fpeople%2Fmembers%2F1%2F"
    shown = browser.get(answer["Location"]).content.decode()
    assert "Nothing was done yet" in shown
    assert Membership.objects.get(user=cast.acme_viewer).role == "viewer"
    done = browser.post("/confirm/", {"password": PASSWORD, "next": "/people/members/1/"})
    assert done["Location"] == "/people/members/1/"
    browser.post(page, {"role": "operator"})
    assert Membership.objects.get(user=cast.acme_viewer).role == "operator"
    entry = AuditEntry.objects.get(action="person.step_up")
    assert (entry.actor, entry.outcome, entry.parameters) == (cast.acme_admin, "ok", {"by": "password"})


def test_parts_move_the_whole_page(cast: Cast, as_person: AsPerson) -> None:
    ask_for(cast.acme, "grant")
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/people/?page=2"}
    answer = as_person(cast.acme_admin).post(
        role_page(cast.acme_viewer), {"role": "operator"}, headers=headers
    )
    assert answer["HX-Redirect"] == "/confirm/?next=%2Fpeople%2F%3Fpage%3D2"


def test_a_proof_lasts_as_long_as_the_setting_says(cast: Cast, proved: Browser) -> None:
    ask_for(cast.acme, "grant")
    browser = proved(cast.acme_admin)
    assert browser.get("/people/invite/").status_code == 200
    session = browser.session
    session["proved_at"] -= 601
    session.save()
    assert browser.get("/people/invite/")["Location"].startswith("/confirm/")
    session["proved_at"] += 10_000
    session.save()
    assert browser.get("/people/invite/")["Location"].startswith("/confirm/")


def test_signing_in_is_a_proof_itself(cast: Cast) -> None:
    ask_for(cast.acme, "grant")
    browser = Client()
    give_password(browser, cast.acme_admin.email)
    assert browser.get("/people/invite/").status_code == 200


def test_the_staff_is_asked_by_the_provider_and_by_the_customer(cast: Cast, as_person: AsPerson) -> None:
    page = reverse("customers:customer_rules", args=[cast.acme.pk])
    browser = as_person(cast.provider_admin)
    assert browser.get(page).status_code == 200
    ask_for(cast.acme, "grant")
    assert browser.get(page)["Location"].startswith("/confirm/")
    cast.acme.step_up_grant = False
    cast.acme.save()
    ProviderPolicy.objects.create(step_up=True)
    assert browser.get(page)["Location"].startswith("/confirm/")
    assert as_person(cast.acme_admin).get(page).status_code == 200


def test_too_little_right_is_refused_before_anything_is_asked(cast: Cast, as_person: AsPerson) -> None:
    ask_for(cast.acme, "grant")
    assert as_person(cast.acme_viewer).get("/people/invite/").status_code == 403


@pytest.mark.parametrize("way", ["code", "recovery code"])
def test_who_has_a_second_factor_confirms_with_that(
    cast: Cast, as_person: AsPerson, with_app: WithApp, way: str
) -> None:
    codes = with_app(cast.acme_admin)
    browser = as_person(cast.acme_admin)
    refused = browser.post("/confirm/", {"password": PASSWORD, "next": "/vms/"})
    assert (refused.status_code, b'name="password"' in refused.content) == (200, False)
    assert browser.get("/profile/security/app/")["Location"].startswith("/confirm/")
    code = code_at() if way == "code" else codes[0]
    assert browser.post("/confirm/", {"code": code, "next": "/vms/"})["Location"] == "/vms/"


def test_who_has_none_confirms_with_the_password(cast: Cast, as_person: AsPerson) -> None:
    browser = as_person(cast.acme_admin)
    assert b"This is not your password" in browser.post("/confirm/", {"password": "wrong"}).content
    assert browser.get("/profile/security/app/")["Location"].startswith("/confirm/")
    assert browser.post("/confirm/", {"password": PASSWORD, "next": "/vms/"})["Location"] == "/vms/"
    outcomes = AuditEntry.objects.filter(action="person.step_up").order_by("sequence")
    assert [entry.outcome for entry in outcomes] == ["refused", "ok"]


def test_a_wrong_code_is_refused_in_words_and_in_the_trail(
    cast: Cast, as_person: AsPerson, with_app: WithApp
) -> None:
    with_app(cast.acme_admin)
    browser = as_person(cast.acme_admin)
    assert b"This code is not right" in browser.post("/confirm/", {"code": wrong_code()}).content
    assert [entry.outcome for entry in AuditEntry.objects.filter(action="person.step_up")] == ["refused"]


def test_guessing_there_is_locked_out_too(cast: Cast, as_person: AsPerson, with_app: WithApp) -> None:
    browser = as_person(cast.acme_admin)
    for _ in range(8):
        browser.post("/confirm/", {"password": "wrong"})
    assert b"Too many wrong tries" in browser.post("/confirm/", {"password": PASSWORD}).content
    with_app(cast.acme_admin)
    for _ in range(8):
        browser.post("/confirm/", {"code": wrong_code()})
    assert b"Too many wrong codes" in browser.post("/confirm/", {"code": code_at()}).content


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "/\\evil"]
)
def test_nobody_is_led_elsewhere_afterwards(cast: Cast, as_person: AsPerson, target: str) -> None:
    answer = as_person(cast.acme_admin).post("/confirm/", {"password": PASSWORD, "next": target})
    assert answer["Location"] == "/"


def test_every_action_that_gives_rights_deletes_or_downloads_is_in_the_table() -> None:
    kinds = {action.value: kind.value for action, kind in KINDS.items()}
    assert kinds["backup.delete"] == "delete"
    assert kinds["file.download"] == "download"
    granting = {
        Action.PERSON_EDIT, Action.PERSON_SECOND_FACTOR, Action.TENANT_POLICY, Action.STAFF_POLICY,
        Action.SERVICE_ACCOUNT_EDIT, Action.TOKEN_EDIT, Action.SSO_EDIT, Action.CONSENT_EDIT,
        Action.CREDENTIAL_EDIT,
    }  # fmt: skip
    assert {action for action, kind in KINDS.items() if kind == "grant"} == granting


def test_a_basket_across_points_asks_first_too(cast: Cast, as_person: AsPerson) -> None:
    ask_for(cast.acme, "download")
    for path in ("/restore/basket/take/", "/restore/basket/"):
        answer = as_person(cast.acme_operator).post(path)
        assert answer["Location"].startswith("/confirm/")
