"""What a bearer of a token gets, and that it is never more than its owner may."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.utils import timezone

from sendense_portal.audit.log import PORTAL, Actor
from sendense_portal.audit.models import AuditEntry, Outcome
from sendense_portal.tenancy.access import Access
from sendense_portal.tenancy.models import Membership, Tenant, User
from sendense_portal.tenancy.roles import Action
from sendense_portal.tokens import guesses
from sendense_portal.tokens.authentication import authenticate
from sendense_portal.tokens.middleware import TokenMiddleware
from sendense_portal.tokens.models import ApiToken
from sendense_portal.tokens.services import TokenRefused, make_account, make_token, revoke, switch_account
from tests.conftest import AsPerson, Cast

pytestmark = pytest.mark.django_db
ME = "/api/v1/me/"
DAY = timedelta(days=1)
SEE_AND_START = [Action.VM_VIEW, Action.BACKUP_START]


@pytest.fixture(autouse=True)
def no_guesses() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def token_of(
    person: User,
    actions: list[Action] | None = None,
    lifetime: timedelta = DAY,
    tenant: Tenant | None = None,
) -> str:
    """A token's text."""
    wanted = SEE_AND_START if actions is None else actions
    access = Access.of(person)
    return make_token(PORTAL, access, name="CI", actions=wanted, lifetime=lifetime, tenant=tenant)[1]


def ask(text: str, **extra: Any) -> Any:
    """The API's answer to who one is; a fresh browser each time."""
    return Client().get(ME, headers={"Authorization": f"Bearer {text}"}, **extra)


def test_a_token_tells_whose_it_is_and_what_it_may(cast: Cast) -> None:
    answer = ask(token_of(cast.acme_operator))
    assert answer.status_code == 200
    assert answer.json()["name"] == cast.acme_operator.email
    assert answer.json()["actions"] == ["vm.view", "backup.start"]
    assert answer.json()["customers"] == [
        {
            "id": str(cast.acme.pk),
            "name": "Acme",
            "role": "operator",
            "actions": ["vm.view", "backup.start"],
        }
    ]


def test_the_database_and_the_trail_hold_no_secret(cast: Cast) -> None:
    text = token_of(cast.acme_operator)
    secret = text.split("_", 2)[2]
    assert len(secret) >= 43, "256 bits in base64"
    token = ApiToken.objects.get()
    kept = [str(value) for value in ApiToken.objects.values_list().get()]
    assert token.digest in kept
    assert not any(secret in value for value in kept)
    entries = AuditEntry.objects.filter(action="token.create", tenant=cast.acme)
    assert [entry.outcome for entry in entries.order_by("id")] == [Outcome.STARTED, Outcome.OK]
    assert not any(secret in str(entry.parameters) + entry.target_name for entry in entries)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text[:-1] + ("A" if text[-1] != "A" else "B"),
        lambda text: text.split("_", 2)[2],
        lambda text: "_".join(text.split("_", 2)[:2]) + "_",
        lambda text: text + "x" * 300,
        lambda text: "",
        lambda text: "sdp__",
    ],
)
def test_what_is_not_the_whole_token_opens_nothing(cast: Cast, change: Callable[[str], str]) -> None:
    answer = ask(change(token_of(cast.acme_operator)))
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert answer.json() == {"error": "Unauthorized"}


def test_it_ends_with_its_time(cast: Cast) -> None:
    text = token_of(cast.acme_operator)
    ApiToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert ask(text).status_code == 401


def test_it_ends_when_it_is_revoked(cast: Cast) -> None:
    text = token_of(cast.acme_operator)
    revoke(PORTAL, ApiToken.objects.get())
    assert ask(text).status_code == 401


@pytest.mark.parametrize("days", [0, -1, 366, 4000])
def test_a_token_without_an_end_within_a_year_is_not_made(cast: Cast, days: int) -> None:
    with pytest.raises(TokenRefused, match="year"):
        token_of(cast.acme_operator, lifetime=timedelta(days=days))


def test_a_lost_role_cuts_the_token_at_once(cast: Cast) -> None:
    text = token_of(cast.acme_operator)
    Membership.objects.filter(user=cast.acme_operator).update(role="viewer")
    assert ask(text).json()["actions"] == ["vm.view"]
    Membership.objects.filter(user=cast.acme_operator).delete()
    assert ask(text).status_code == 401


def test_a_better_role_gives_the_token_nothing(cast: Cast) -> None:
    text = token_of(cast.acme_viewer, [Action.VM_VIEW])
    Membership.objects.filter(user=cast.acme_viewer).update(role="tenant_admin")
    assert ask(text).json()["actions"] == ["vm.view"]


def test_a_person_switched_off_and_a_suspended_customer_end_it(cast: Cast) -> None:
    text, of_staff = token_of(cast.acme_operator), token_of(cast.provider_admin, tenant=cast.acme)
    assert ask(of_staff).status_code == 200
    Tenant.objects.filter(pk=cast.acme.pk).update(state="suspended")
    assert (ask(text).status_code, ask(of_staff).status_code) == (401, 401)
    Tenant.objects.update(state="active")
    User.objects.filter(pk=cast.acme_operator.pk).update(is_active=False)
    assert ask(text).status_code == 401


def test_nobody_puts_more_into_a_token_than_they_have(cast: Cast) -> None:
    with pytest.raises(TokenRefused):
        token_of(cast.acme_viewer, [Action.BACKUP_START])
    with pytest.raises(TokenRefused):
        token_of(cast.acme_admin, [Action.VM_VIEW], tenant=cast.borealis)
    with pytest.raises(TokenRefused):
        token_of(cast.acme_viewer, [])
    for never in (Action.TOKEN_EDIT, Action.SERVICE_ACCOUNT_EDIT, Action.APPROVAL_DECIDE):
        with pytest.raises(TokenRefused):
            token_of(cast.acme_admin, [never])


def test_rights_written_into_the_row_by_hand_still_have_the_ceiling(cast: Cast) -> None:
    text = token_of(cast.acme_viewer, [Action.VM_VIEW])
    ApiToken.objects.update(actions=[*Action.values, "no.such"])
    assert "backup.start" not in ask(text).json()["actions"]
    assert "token.edit" not in ask(text).json()["actions"]


def test_a_provider_token_for_one_customer_sees_that_customer_alone(cast: Cast) -> None:
    bearer = authenticate(f"Bearer {token_of(cast.provider_admin, tenant=cast.acme)}")
    assert bearer is not None
    assert bearer.access.can(Action.VM_VIEW, cast.acme.pk)
    assert not bearer.access.can(Action.VM_VIEW, cast.borealis.pk)
    assert not bearer.access.can(Action.VM_VIEW, None)


def test_the_access_of_a_request_is_the_tokens_and_not_the_sessions(cast: Cast, as_person: AsPerson) -> None:
    browser = as_person(cast.provider_admin)
    answer = browser.get(
        ME, headers={"Authorization": f"Bearer {token_of(cast.acme_viewer, [Action.VM_VIEW])}"}
    )
    assert answer.json()["actions"] == ["vm.view"]
    assert answer.json()["provider_role"] is None
    assert browser.get(ME).status_code == 401, "a session is no token"


def test_no_cookie_is_set_and_nothing_is_kept(cast: Cast) -> None:
    for answer in (ask(token_of(cast.acme_viewer, [Action.VM_VIEW])), Client().get(ME)):
        assert not answer.cookies
        assert answer["Cache-Control"] == "no-store"


def test_the_api_needs_no_csrf_token_and_pages_still_do(cast: Cast) -> None:
    text = token_of(cast.acme_viewer, [Action.VM_VIEW])
    browser = Client(enforce_csrf_checks=True)
    assert browser.post(ME, headers={"Authorization": f"Bearer {text}"}).status_code == 405
    assert browser.post("/theme/", headers={"Authorization": f"Bearer {text}"}).status_code == 403


def test_a_token_opens_no_page(cast: Cast) -> None:
    answer = Client().get("/vms/", headers={"Authorization": f"Bearer {token_of(cast.acme_operator)}"})
    assert answer.status_code == 302


def test_what_needs_a_person_and_what_is_not_there_is_said_as_json(cast: Cast) -> None:
    text = token_of(cast.acme_viewer, [Action.VM_VIEW])
    missing = Client().get("/api/v1/none/", headers={"Authorization": f"Bearer {text}"})
    assert (missing.status_code, missing.json()) == (404, {"error": "Not Found"})
    assert Client().get("/api/v1/none/").status_code == 401, "nobody learns what there is"

    def to_confirm(request: HttpRequest) -> HttpResponse:
        return HttpResponse(status=302, headers={"Location": "/confirm/"})

    request = HttpRequest()
    request.path, request.META = ME, {"HTTP_AUTHORIZATION": f"Bearer {text}"}
    answer = TokenMiddleware(to_confirm)(request)
    assert answer.status_code == 403
    assert b"needs a person" in answer.content


def test_last_use_is_kept_and_written_once_a_minute(cast: Cast, django_assert_num_queries: Any) -> None:
    text = token_of(cast.acme_operator)
    ask(text, REMOTE_ADDR="192.0.2.7")
    token = ApiToken.objects.get()
    assert token.last_used_address == "192.0.2.7"
    first = token.last_used_at
    ask(text, REMOTE_ADDR="192.0.2.8")
    token.refresh_from_db()
    assert (token.last_used_at, token.last_used_address) == (first, "192.0.2.7")
    ApiToken.objects.update(last_used_at=timezone.now() - timedelta(seconds=61))
    ask(text, REMOTE_ADDR="192.0.2.8")
    token.refresh_from_db()
    assert token.last_used_address == "192.0.2.8"


def test_an_address_that_guesses_has_to_wait_and_others_do_not(cast: Cast) -> None:
    text = token_of(cast.acme_operator)
    for _ in range(guesses.MOST):
        assert ask("sdp_0123456789ab_guess", REMOTE_ADDR="192.0.2.9").status_code == 401
    waiting = ask(text, REMOTE_ADDR="192.0.2.9")
    assert waiting.status_code == 429
    assert int(waiting["Retry-After"]) > 0
    assert ask(text, REMOTE_ADDR="192.0.2.10").status_code == 200
    entry = AuditEntry.objects.get(action="token.guess")
    assert (entry.address, entry.outcome) == ("192.0.2.9", Outcome.REFUSED)


def test_the_trail_says_that_it_was_a_token(cast: Cast) -> None:
    bearer = authenticate(f"Bearer {token_of(cast.acme_operator)}")
    request = HttpRequest()
    request.user = cast.acme_operator
    request.bearer = bearer  # type: ignore[attr-defined]  # as the middleware does
    assert f"API {ApiToken.objects.get().prefix}" in Actor.of(request).name


def test_a_service_account_acts_by_tokens_alone(cast: Cast) -> None:
    access = Access.of(cast.acme_admin)
    account = make_account(PORTAL, access, name="robot", tenant=cast.acme, role="operator")
    _token, text = make_token(PORTAL, access, name="CI", actions=SEE_AND_START, lifetime=DAY, account=account)
    told = ask(text).json()
    assert (told["name"], told["kind"]) == ("robot", "service_account")
    assert told["actions"] == ["vm.view", "backup.start"]
    assert not account.user.has_usable_password()
    switch_account(PORTAL, access, account, on=False)
    assert ask(text).status_code == 401
    switch_account(PORTAL, access, account, on=True)
    assert ask(text).status_code == 200


def test_a_service_account_can_not_sign_in_even_with_a_password(cast: Cast) -> None:
    access = Access.of(cast.acme_admin)
    account = make_account(PORTAL, access, name="robot", tenant=cast.acme, role="operator")
    account.user.set_password("correct horse battery staple")
    account.user.save()
    browser = Client()
    browser.post("/sign-in/", {"login": account.user.email, "password": "correct horse battery staple"})
    assert browser.get("/vms/").status_code == 302


def test_a_service_account_outlives_its_maker_and_ends_with_its_own_role(cast: Cast) -> None:
    access = Access.of(cast.acme_admin)
    account = make_account(PORTAL, access, name="robot", tenant=cast.acme, role="operator")
    _token, text = make_token(PORTAL, access, name="CI", actions=SEE_AND_START, lifetime=DAY, account=account)
    User.objects.filter(pk=cast.acme_admin.pk).update(is_active=False)
    assert ask(text).status_code == 200
    Membership.objects.filter(user=account.user).update(role="viewer")
    assert ask(text).json()["actions"] == ["vm.view"]


def test_nobody_makes_an_account_that_may_more_than_they(cast: Cast) -> None:
    admin, staff = Access.of(cast.acme_admin), Access.of(cast.provider_admin)
    for access, tenant, role in (
        (admin, cast.borealis, "viewer"),
        (admin, None, "provider_auditor"),
        (staff, cast.acme, "tenant_admin"),  # it could consent in the customer's name
        (Access.of(cast.acme_viewer), cast.acme, "operator"),
        (admin, cast.acme, "no_such_role"),
    ):
        with pytest.raises(TokenRefused):
            make_account(PORTAL, access, name="robot", tenant=tenant, role=role)
    of_customer = make_account(PORTAL, admin, name="robot", tenant=cast.acme, role="tenant_admin")
    of_provider = make_account(PORTAL, staff, name="robot", tenant=None, role="provider_auditor")
    assert (of_customer.tenant, of_provider.tenant) == (cast.acme, None)


def test_a_person_of_two_customers_has_tokens_for_both_or_for_one(cast: Cast) -> None:
    Membership.objects.create(user=cast.acme_operator, tenant=cast.borealis, role="viewer")
    both = ask(token_of(cast.acme_operator)).json()["customers"]
    assert {customer["name"]: customer["actions"] for customer in both} == {
        "Acme": ["vm.view", "backup.start"],
        "Borealis": ["vm.view"],
    }
    one = ask(token_of(cast.acme_operator, [Action.VM_VIEW], tenant=cast.borealis)).json()["customers"]
    assert [customer["name"] for customer in one] == ["Borealis"]
