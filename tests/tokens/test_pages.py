"""The pages of tokens and service accounts."""

import re
from typing import Any

import pytest
from django.test import Client

from sendense_portal.audit.models import AuditEntry
from sendense_portal.tenancy.models import Membership, User
from sendense_portal.tokens.models import ApiToken, ServiceAccount
from tests.conftest import AsPerson, Cast

pytestmark = pytest.mark.django_db
TOKENS, ACCOUNTS = "/profile/tokens/", "/service-accounts/"


def made(browser: Client, path: str = f"{TOKENS}new/", **fields: Any) -> str:
    """The text of a token made by the form."""
    form = {"name": "CI", "days": "90", "actions": ["vm.view"]} | fields
    found = re.search(r'id="token-text">(sdp_[^<]+)<', browser.post(path, form).content.decode())
    assert found
    return found[1]


def test_a_token_is_shown_once_and_then_by_its_beginning(cast: Cast, as_person: AsPerson) -> None:
    browser = as_person(cast.acme_viewer)
    text = made(browser)
    html = browser.get(TOKENS).content.decode()
    assert text not in html
    assert ApiToken.objects.get().prefix in html
    assert text.startswith(ApiToken.objects.get().prefix)
    assert "never" in html
    Client().get("/api/v1/me/", headers={"Authorization": f"Bearer {text}"}, REMOTE_ADDR="192.0.2.7")
    assert "from 192.0.2.7" in browser.get(TOKENS).content.decode()


def test_only_rights_that_one_has_are_offered_and_taken(cast: Cast, as_person: AsPerson) -> None:
    browser = as_person(cast.acme_viewer)
    html = browser.get(f"{TOKENS}new/").content.decode()
    assert 'value="vm.view"' in html
    for beyond in ("backup.start", "token.edit", "approval.decide"):
        assert f'value="{beyond}"' not in html
    answer = browser.post(f"{TOKENS}new/", {"name": "CI", "days": "90", "actions": ["backup.start"]})
    assert answer.context["form"].errors["actions"]
    assert 'value="CI"' in answer.content.decode(), "what was typed stays"
    assert not ApiToken.objects.exists()


def test_an_end_beyond_a_year_and_another_customer_can_not_be_chosen(cast: Cast, as_person: AsPerson) -> None:
    browser = as_person(cast.acme_viewer)
    form = {"name": "CI", "days": "4000", "actions": ["vm.view"], "tenant": str(cast.borealis.pk)}
    assert "days" in browser.post(f"{TOKENS}new/", form).context["form"].errors
    made(browser, tenant=str(cast.borealis.pk))
    assert ApiToken.objects.get().tenant == cast.acme, "their only one, whatever was sent"
    staff = as_person(cast.provider_admin)
    made(staff, tenant=str(cast.acme.pk))
    assert ApiToken.objects.get(owner=cast.provider_admin).tenant == cast.acme


def test_revoking_asks_first_and_is_in_the_trail(cast: Cast, as_person: AsPerson) -> None:
    browser = as_person(cast.acme_viewer)
    text = made(browser)
    path = f"{TOKENS}{ApiToken.objects.get().pk}/revoke/"
    assert "there is no way back" in browser.get(path).content.decode()
    assert ApiToken.objects.get().revoked_at is None
    browser.post(path)
    assert ApiToken.objects.get().revoked_at is not None
    answer = Client().get("/api/v1/me/", headers={"Authorization": f"Bearer {text}"})
    assert answer.status_code == 401
    assert AuditEntry.objects.filter(action="token.revoke", outcome="ok").count() == 1
    browser.post(path)
    assert AuditEntry.objects.filter(action="token.revoke", outcome="ok").count() == 1


def test_others_tokens_are_neither_seen_nor_ended(cast: Cast, as_person: AsPerson) -> None:
    made(as_person(cast.acme_viewer))
    token = ApiToken.objects.get()
    for person in (cast.acme_admin, cast.provider_admin, cast.borealis_admin):
        browser = as_person(person)
        assert token.prefix not in browser.get(TOKENS).content.decode()
        assert browser.post(f"{TOKENS}{token.pk}/revoke/").status_code == 404


def test_an_administrator_makes_an_account_with_a_token_and_switches_it_off(
    cast: Cast, as_person: AsPerson
) -> None:
    browser = as_person(cast.acme_admin)
    form = {"name": "Nightly report", "tenant": str(cast.acme.pk), "role": "viewer"}
    answer = browser.post(f"{ACCOUNTS}new/", form, follow=True)
    assert "Nightly report" in answer.content.decode()
    account = ServiceAccount.objects.get()
    assert (account.tenant, account.created_by) == (cast.acme, cast.acme_admin)
    new = f"{ACCOUNTS}{account.pk}/tokens/new/"
    assert 'value="backup.start"' not in browser.get(new).content.decode(), "a viewer may not"
    text = made(browser, new)
    me = Client().get("/api/v1/me/", headers={"Authorization": f"Bearer {text}"}).json()
    assert me["name"] == "Nightly report"
    switch = f"{ACCOUNTS}{account.pk}/switch/"
    assert "1 token is refused" in browser.get(switch).content.decode()
    assert User.objects.get(is_service=True).is_active
    browser.post(switch, {"state": "off"})
    assert not User.objects.get(is_service=True).is_active
    revoked = browser.post(f"{TOKENS}{ApiToken.objects.get().pk}/revoke/")
    assert revoked["Location"] == f"{ACCOUNTS}{account.pk}/"
    made_entry = AuditEntry.objects.filter(action="service_account.create", outcome="ok").get()
    assert made_entry.tenant == cast.acme


def test_a_role_above_ones_own_is_refused_at_its_field(cast: Cast, as_person: AsPerson) -> None:
    staff = as_person(cast.provider_admin)
    for tenant, role in (
        (str(cast.acme.pk), "tenant_admin"),
        ("", "viewer"),
        (str(cast.acme.pk), "provider_admin"),
    ):
        answer = staff.post(f"{ACCOUNTS}new/", {"name": "robot", "tenant": tenant, "role": role})
        assert answer.context["form"].errors["role"]
    acme = as_person(cast.acme_admin)
    for tenant, role in (
        ("", "viewer"),
        (str(cast.borealis.pk), "viewer"),
        (str(cast.acme.pk), "provider_admin"),
    ):
        assert (
            acme.post(f"{ACCOUNTS}new/", {"name": "robot", "tenant": tenant, "role": role})
            .context["form"]
            .errors
        )
    assert not ServiceAccount.objects.exists()


def test_switching_on_again_needs_the_rights_of_making_it(cast: Cast, as_person: AsPerson) -> None:
    as_person(cast.acme_admin).post(
        f"{ACCOUNTS}new/", {"name": "robot", "tenant": str(cast.acme.pk), "role": "tenant_admin"}
    )
    account = ServiceAccount.objects.get()
    staff = as_person(cast.provider_admin)
    staff.post(f"{ACCOUNTS}{account.pk}/switch/", {"state": "off"})
    answer = staff.post(f"{ACCOUNTS}{account.pk}/switch/", {"state": "on"})
    assert "may do more than you" in answer.content.decode()
    assert not User.objects.get(is_service=True).is_active


def test_accounts_of_other_customers_are_not_listed(cast: Cast, as_person: AsPerson) -> None:
    as_person(cast.borealis_admin).post(
        f"{ACCOUNTS}new/", {"name": "Secret robot", "tenant": str(cast.borealis.pk), "role": "viewer"}
    )
    assert Membership.objects.filter(user__is_service=True).get().tenant == cast.borealis
    assert "Secret robot" not in as_person(cast.acme_admin).get(ACCOUNTS).content.decode()
    assert "Secret robot" in as_person(cast.provider_admin).get(ACCOUNTS).content.decode()


def test_the_list_of_accounts_asks_few_questions(
    cast: Cast, as_person: AsPerson, django_assert_max_num_queries: Any
) -> None:
    staff = as_person(cast.provider_admin)
    users = User.objects.bulk_create(
        User(email=f"{number}@service.invalid", name=f"robot {number}", is_service=True)
        for number in range(120)
    )
    ServiceAccount.objects.bulk_create(
        ServiceAccount(user=user, tenant=cast.acme, role="viewer") for user in users
    )
    with django_assert_max_num_queries(10):
        assert staff.get(ACCOUNTS).content.decode().count('class="row-link"') == 50
