"""Taking another person's second factor away."""

from collections.abc import Callable

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from sendense_portal.approvals.models import ApprovalRequest
from sendense_portal.audit.models import AuditEntry
from sendense_portal.sign_in.guesses import MOST_WRONG, is_locked
from sendense_portal.tenancy.models import Membership, User
from tests.conftest import AsPerson, Cast
from tests.sign_in.conftest import code_at, give_password, is_signed_in, wrong_code

pytestmark = pytest.mark.django_db

WithApp = Callable[[User], list[str]]


def page_of(person: User) -> str:
    return f"/people/members/{Membership.objects.get(user=person).pk}/second-factor/"


def test_it_says_what_will_happen_then_does_it_and_ends_the_sessions(
    cast: Cast, as_person: AsPerson, with_app: WithApp
) -> None:
    with_app(cast.acme_viewer)
    phone = Client()
    give_password(phone, cast.acme_viewer.email)
    phone.post("/sign-in/second-factor/", {"code": code_at()})
    assert is_signed_in(phone)
    admin = as_person(cast.acme_admin)
    assert b"All sessions of this person end" in admin.get(page_of(cast.acme_viewer)).content
    admin.post(page_of(cast.acme_viewer))
    assert not Authenticator.objects.exists()
    assert not is_signed_in(phone)
    entry = AuditEntry.objects.get(action="person.second_factor")
    assert (entry.tenant, entry.actor, entry.target_kind) == (cast.acme, cast.acme_admin, "membership")
    assert entry.parameters["factors"] == "authenticator app, recovery codes"


def test_of_somebody_who_is_elsewhere_too_only_the_provider_takes_it(
    cast: Cast, as_person: AsPerson, with_app: WithApp
) -> None:
    with_app(cast.acme_viewer)
    page = page_of(cast.acme_viewer)
    Membership.objects.create(user=cast.acme_viewer, tenant=cast.borealis, role="viewer")
    answer = as_person(cast.acme_admin).post(page)
    assert "Ask your provider" in answer.content.decode()
    assert Authenticator.objects.exists()
    as_person(cast.provider_admin).post(page)
    assert not Authenticator.objects.exists()


def test_one_s_own_is_not_removed_this_way(cast: Cast, as_person: AsPerson, with_app: WithApp) -> None:
    with_app(cast.acme_admin)
    as_person(cast.acme_admin).post(page_of(cast.acme_admin))
    with_app(cast.provider_admin)
    as_person(cast.provider_admin).post(f"/people/accounts/{cast.provider_admin.pk}/second-factor/")
    assert Authenticator.objects.filter(type="totp").count() == 2


def test_the_provider_takes_it_from_its_staff(cast: Cast, as_person: AsPerson, with_app: WithApp) -> None:
    with_app(cast.provider_operator)
    as_person(cast.provider_admin).post(f"/people/accounts/{cast.provider_operator.pk}/second-factor/")
    assert not Authenticator.objects.exists()


def test_under_four_eyes_one_asks_and_another_approves(
    cast: Cast, as_person: AsPerson, with_app: WithApp
) -> None:
    cast.acme.four_eyes_second_factor = True
    cast.acme.save()
    with_app(cast.acme_viewer)
    second = User.objects.create_user("second@acme.test")
    Membership.objects.create(user=second, tenant=cast.acme, role="tenant_admin")
    asked = as_person(cast.acme_admin).post(page_of(cast.acme_viewer), {"reason": "lost telephone"})
    request = ApprovalRequest.objects.get()
    assert asked["Location"] == f"/approvals/{request.pk}/"
    assert Authenticator.objects.exists()
    as_person(cast.acme_admin).post(f"/approvals/{request.pk}/approve/")
    assert Authenticator.objects.exists()
    as_person(second).post(f"/approvals/{request.pk}/approve/")
    assert not Authenticator.objects.exists()
    assert AuditEntry.objects.get(action="person.second_factor").actor == second


def test_four_eyes_can_t_be_walked_around_by_the_account_s_page(
    cast: Cast, as_person: AsPerson, with_app: WithApp
) -> None:
    cast.acme.four_eyes_second_factor = True
    cast.acme.save()
    with_app(cast.acme_viewer)
    answer = as_person(cast.provider_admin).post(f"/people/accounts/{cast.acme_viewer.pk}/second-factor/")
    assert "wants two people for this" in answer.content.decode()
    elsewhere = Membership.objects.create(user=cast.acme_viewer, tenant=cast.borealis, role="viewer")
    as_person(cast.provider_admin).post(f"/people/members/{elsewhere.pk}/second-factor/")
    assert Authenticator.objects.exists()


def test_an_approval_is_void_once_the_factors_are_others(
    cast: Cast, as_person: AsPerson, with_app: WithApp
) -> None:
    cast.acme.four_eyes_second_factor = True
    cast.acme.save()
    with_app(cast.acme_viewer)
    as_person(cast.acme_admin).post(page_of(cast.acme_viewer))
    Authenticator.objects.all().delete()
    with_app(cast.acme_viewer)
    as_person(cast.provider_admin).post(f"/approvals/{ApprovalRequest.objects.get().pk}/approve/")
    assert Authenticator.objects.exists()


def test_an_administrator_lets_somebody_try_codes_again(
    cast: Cast, as_person: AsPerson, with_app: WithApp
) -> None:
    with_app(cast.acme_viewer)
    browser = Client()
    give_password(browser, cast.acme_viewer.email)
    for _ in range(MOST_WRONG):
        browser.post("/sign-in/second-factor/", {"code": wrong_code()})
    assert is_locked(cast.acme_viewer)
    admin = as_person(cast.acme_admin)
    assert b"Too many wrong codes were typed" in admin.get(page_of(cast.acme_viewer)).content
    admin.post(page_of(cast.acme_viewer), {"unlock": "1"})
    assert not is_locked(cast.acme_viewer)
    assert Authenticator.objects.exists()
    assert AuditEntry.objects.get(action="person.unlock").tenant == cast.acme
