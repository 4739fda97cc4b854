"""Single sign-on with a real OpenID provider, an honest one and one that lies."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from sendense_portal.audit.models import AuditEntry
from sendense_portal.people.models import Invitation
from sendense_portal.sign_in.models import SsoConnection, SsoIdentity
from sendense_portal.tenancy.models import Membership, User
from tests.conftest import AsPerson, Cast
from tests.sign_in.conftest import code_at, give_password, is_signed_in
from tests.sign_in.provider_process import ProviderProcess, asked, leave, sign_in

pytestmark = pytest.mark.django_db

WithApp = Callable[[User], list[str]]


@pytest.fixture(scope="module")
def provider() -> Iterator[ProviderProcess]:
    with ProviderProcess() as process:
        yield process


@pytest.fixture
def acme(cast: Cast, provider: ProviderProcess, settings: object) -> SsoConnection:
    """Acme's connection; the provider's staff entered all domains that a customer could wish for."""
    settings.SSO_ALLOW_PRIVATE = True  # type: ignore[attr-defined]  # pytest-django's
    connection = SsoConnection(
        tenant=cast.acme, issuer=provider.issuer, client_id="portal", enabled=True,
        domains=["acme.test", "provider.test", "borealis.test", "nowhere.test"],
    )  # fmt: skip
    connection.client_secret = "a secret of Acme's"
    connection.save()
    return connection


def start_of(connection: SsoConnection) -> str:
    return f"/sso/{connection.slug}/"


def refusal(connection: SsoConnection) -> str:
    """Why the last one was not let in, as the customer's trail has it."""
    entry = AuditEntry.objects.filter(action="person.sso", tenant=connection.tenant).latest("sequence")
    assert entry.outcome == "refused"
    return str(entry.parameters["reason"])


def test_a_member_signs_in_and_is_linked(
    cast: Cast, acme: SsoConnection, provider: ProviderProcess, as_person: AsPerson
) -> None:
    provider.says("viewer", email=cast.acme_viewer.email.upper(), email_verified=True)
    browser = Client()
    assert sign_in(browser, provider, start_of(acme), "viewer")["Location"] == "/"
    assert is_signed_in(browser)
    assert browser.get("/vms/").status_code == 200
    identity = SsoIdentity.objects.get()
    assert (identity.user, identity.subject, identity.connection) == (cast.acme_viewer, "viewer", acme)
    vouched = AuditEntry.objects.get(action="person.sso")
    assert (vouched.tenant, vouched.outcome) == (cast.acme, "ok")
    assert AuditEntry.objects.get(action="person.sign_in").parameters == {"by": "single sign-on"}


def test_state_nonce_and_pkce_are_sent_and_the_secret_is_not(cast: Cast, acme: SsoConnection) -> None:
    sent = asked(leave(Client(), start_of(acme)))
    assert sent["code_challenge_method"] == "S256"
    assert min(len(sent["state"]), len(sent["nonce"]), len(sent["code_challenge"])) >= 16
    assert sent["redirect_uri"].endswith(f"/sso/{acme.slug}/callback/")
    assert "secret" not in str(sent)
    assert acme.client_secret not in acme.sealed_client_secret


def test_one_goes_on_to_where_one_was_going(
    cast: Cast, acme: SsoConnection, provider: ProviderProcess
) -> None:
    provider.says("viewer", email=cast.acme_viewer.email, email_verified=True)
    browser = Client()
    back = provider.approve(leave(browser, start_of(acme), next="/vms/"), "viewer")
    assert browser.get(back)["Location"] == "/vms/"


def test_an_address_leads_to_its_organisation_whether_or_not_anybody_has_it(
    cast: Cast, acme: SsoConnection
) -> None:
    hosts = set()
    for email in (cast.acme_viewer.email, "nobody-has-this@acme.test"):
        page = Client().post("/sign-in/organisation/", {"email": email})
        hosts.add((page.status_code, page["Refresh"].partition("?")[0]))
    assert len(hosts) == 1
    unknown = Client().post("/sign-in/organisation/", {"email": "kim@unknown.test"})
    assert b"No organisation here signs in" in unknown.content
    assert b'value="kim@unknown.test"' in unknown.content


@pytest.mark.parametrize("who", ["provider_admin", "provider_operator", "provider_auditor", "borealis_admin"])
def test_a_hostile_provider_takes_over_nobody_beyond_its_customer(
    cast: Cast, acme: SsoConnection, provider: ProviderProcess, who: str
) -> None:
    acme.role = "tenant_admin"
    acme.save()
    victim: User = getattr(cast, who)
    provider.says("mallory", email=victim.email, email_verified=True)
    browser = Client()
    answer = sign_in(browser, provider, start_of(acme), "mallory")
    assert answer["Location"] == "/sign-in/"
    assert not is_signed_in(browser)
    assert not SsoIdentity.objects.exists()
    assert not Membership.objects.filter(user=victim, tenant=cast.acme).exists()
    # The customer's trail tells no more than that: not whose address it is.
    assert refusal(acme) == "this address can’t sign in this way"


def test_somebody_linked_who_later_joins_another_customer_is_refused(
    cast: Cast, acme: SsoConnection, provider: ProviderProcess
) -> None:
    provider.says("viewer", email=cast.acme_viewer.email, email_verified=True)
    sign_in(Client(), provider, start_of(acme), "viewer")
    Membership.objects.create(user=cast.acme_viewer, tenant=cast.borealis, role="tenant_admin")
    browser = Client()
    sign_in(browser, provider, start_of(acme), "viewer")
    assert not is_signed_in(browser)


def test_a_session_vouched_for_has_no_rights_elsewhere_even_if_they_come_later(
    cast: Cast, acme: SsoConnection, provider: ProviderProcess
) -> None:
    provider.says("viewer", email=cast.acme_viewer.email, email_verified=True)
    browser = Client()
    sign_in(browser, provider, start_of(acme), "viewer")
    Membership.objects.create(user=cast.acme_viewer, tenant=cast.borealis, role="tenant_admin")
    User.objects.filter(pk=cast.acme_viewer.pk).update(provider_role="provider_admin")
    assert browser.get("/people/").status_code == 403
    assert browser.get(f"/customers/{cast.borealis.pk}/").status_code == 404
    assert browser.get("/hubs/").status_code == 403
    assert browser.get("/vms/").status_code == 200
    # Nor can it leave a key behind that would open the other doors later.
    for path in ("app/", "key/", "codes/"):
        assert browser.post(f"/profile/security/{path}")["Location"] == "/profile/security/"
    # By password the same person has them all.
    other = Client()
    give_password(other, cast.acme_viewer.email)
    assert other.get("/hubs/").status_code == 200


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"email": "viewer@acme.test"}, "the e-mail address is not verified"),
        ({"email": "viewer@acme.test", "email_verified": False}, "the e-mail address is not verified"),
        ({"email": "viewer@acme.test", "email_verified": "true"}, "the e-mail address is not verified"),
        ({"email": "viewer@evil.test", "email_verified": True}, "the e-mail address is of another domain"),
        ({"email": "v@acme.test.evil", "email_verified": True}, "the e-mail address is of another domain"),
        ({"email": "viewer", "email_verified": True}, "it sent no e-mail address"),
        ({"email": "new@acme.test", "email_verified": True}, "nobody invited this person"),
        ({"name": "No address"}, "it sent no e-mail address"),
    ],
)  # fmt: skip
def test_what_is_not_good_enough_is_refused_and_told_to_the_customer(
    cast: Cast, acme: SsoConnection, provider: ProviderProcess, claims: dict[str, object], reason: str
) -> None:
    provider.says("someone", **claims)
    browser = Client()
    sign_in(browser, provider, start_of(acme), "someone")
    assert not is_signed_in(browser)
    assert refusal(acme) == reason
    assert not User.objects.filter(email="new@acme.test").exists()


def test_a_customer_can_take_addresses_without_that_word_but_not_unverified_ones(
    cast: Cast, acme: SsoConnection, provider: ProviderProcess
) -> None:
    acme.vouches_for_addresses = True
    acme.save()
    for verified, expected in ((None, True), (False, False)):
        more = {} if verified is None else {"email_verified": verified}
        provider.says("viewer", email=cast.acme_viewer.email, **more)
        browser = Client()
        sign_in(browser, provider, start_of(acme), "viewer")
        assert is_signed_in(browser) is expected


def test_who_is_new_comes_in_with_the_role_for_new_people(
    cast: Cast, acme: SsoConnection, provider: ProviderProcess
) -> None:
    acme.role = "viewer"
    acme.save()
    provider.says("new", email="new@acme.test", email_verified=True, name="New Person")
    browser = Client()
    sign_in(browser, provider, start_of(acme), "new")
    person = User.objects.get(email="new@acme.test")
    assert (person.name, person.has_usable_password()) == ("New Person", False)
    assert [(one.tenant, one.role) for one in person.memberships.all()] == [(cast.acme, "viewer")]
    assert is_signed_in(browser)
    assert AuditEntry.objects.get(action="person.join").tenant == cast.acme


def test_who_was_invited_comes_in_as_invited(
    cast: Cast, acme: SsoConnection, provider: ProviderProcess
) -> None:
    Invitation.objects.create(
        email="new@acme.test", tenant=cast.acme, role="operator", digest="0" * 64,
        invited_by_name="Acme", expires_at=timezone.now() + timedelta(days=1),
    )  # fmt: skip
    provider.says("new", email="new@acme.test", email_verified=True)
    sign_in(Client(), provider, start_of(acme), "new")
    assert Membership.objects.get(user__email="new@acme.test").role == "operator"
    assert Invitation.objects.get().accepted_at


def test_another_subject_with_the_same_address_is_somebody_else(
    cast: Cast, acme: SsoConnection, provider: ProviderProcess
) -> None:
    for subject, expected in (("first", True), ("second", False)):
        provider.says(subject, email=cast.acme_viewer.email, email_verified=True)
        browser = Client()
        sign_in(browser, provider, start_of(acme), subject)
        assert is_signed_in(browser) is expected


def test_somebody_switched_off_stays_out(cast: Cast, acme: SsoConnection, provider: ProviderProcess) -> None:
    User.objects.filter(pk=cast.acme_viewer.pk).update(is_active=False)
    provider.says("viewer", email=cast.acme_viewer.email, email_verified=True)
    browser = Client()
    sign_in(browser, provider, start_of(acme), "viewer")
    assert not is_signed_in(browser)


def test_a_second_factor_of_the_portal_is_asked_for_unless_the_customer_trusts_its_own(
    cast: Cast, acme: SsoConnection, provider: ProviderProcess, with_app: WithApp
) -> None:
    with_app(cast.acme_viewer)
    provider.says("viewer", email=cast.acme_viewer.email, email_verified=True)
    browser = Client()
    assert sign_in(browser, provider, start_of(acme), "viewer")["Location"] == "/sign-in/second-factor/"
    assert not is_signed_in(browser)
    browser.post("/sign-in/second-factor/", {"code": code_at()})
    assert is_signed_in(browser)
    acme.counts_as_second_factor = True
    acme.save()
    browser = Client()
    assert sign_in(browser, provider, start_of(acme), "viewer")["Location"] == "/"
    assert is_signed_in(browser)


def test_a_demanded_second_factor_is_met_by_single_sign_on_only_where_the_customer_says_so(
    cast: Cast, acme: SsoConnection, provider: ProviderProcess
) -> None:
    cast.acme.require_second_factor = True
    cast.acme.save()
    provider.says("viewer", email=cast.acme_viewer.email, email_verified=True)
    browser = Client()
    sign_in(browser, provider, start_of(acme), "viewer")
    assert browser.get("/vms/")["Location"] == "/profile/security/"
    acme.counts_as_second_factor = True
    acme.save()
    assert browser.get("/vms/").status_code == 200
    # By password one is still asked: the customer trusts its provider, not the password.
    other = Client()
    give_password(other, cast.acme_viewer.email)
    assert other.get("/vms/")["Location"] == "/profile/security/"


def test_an_unfinished_single_sign_on_lends_nothing_to_a_password(
    cast: Cast, acme: SsoConnection, provider: ProviderProcess, with_app: WithApp
) -> None:
    with_app(cast.acme_viewer)
    provider.says("viewer", email=cast.acme_viewer.email, email_verified=True)
    browser = Client()
    sign_in(browser, provider, start_of(acme), "viewer")
    acme.counts_as_second_factor = True
    acme.save()
    give_password(browser, cast.acme_viewer.email)
    assert not is_signed_in(browser)
    assert browser.get("/sign-in/second-factor/").status_code == 200


def test_an_answer_counts_once_in_its_own_browser_and_for_its_own_question(
    cast: Cast, acme: SsoConnection, provider: ProviderProcess
) -> None:
    provider.says("viewer", email=cast.acme_viewer.email, email_verified=True)
    browser = Client()
    back = provider.approve(leave(browser, start_of(acme)), "viewer")
    thief = Client()
    thief.get(back)
    assert not is_signed_in(thief)
    browser.get(back)
    assert is_signed_in(browser)
    browser.post("/sign-out/")
    browser.get(back)
    assert not is_signed_in(browser)


def test_an_answer_with_another_nonce_is_refused(
    cast: Cast, acme: SsoConnection, provider: ProviderProcess
) -> None:
    provider.says("viewer", email=cast.acme_viewer.email, email_verified=True)
    browser = Client()
    address = leave(browser, start_of(acme))
    forged = address.replace(asked(address)["nonce"], "another")
    browser.get(provider.approve(forged, "viewer"))
    assert not is_signed_in(browser)
    assert refusal(acme) == "the answer is not to this question"


def test_confirming_asks_the_provider_again_and_for_the_same_person(
    cast: Cast, acme: SsoConnection, provider: ProviderProcess
) -> None:
    provider.says("viewer", email=cast.acme_viewer.email, email_verified=True)
    provider.says("admin", email=cast.acme_admin.email, email_verified=True)
    browser = Client()
    sign_in(browser, provider, start_of(acme), "viewer")
    session = browser.session
    session["proved_at"] = 0
    session.save()
    confirm = browser.get("/profile/security/app/")["Location"]
    start = f"/sso/{acme.slug}/?next=%2Fprofile%2Fsecurity%2Fapp%2F"
    assert start in browser.get(confirm).content.decode()
    address = leave(browser, start)
    assert asked(address)["prompt"] == "login"
    assert browser.get(provider.approve(address, "admin"))["Location"] == "/"
    assert browser.get("/profile/security/app/").status_code == 302
    back = provider.approve(leave(browser, start), "viewer")
    assert browser.get(back)["Location"] == "/profile/security/app/"
    assert browser.get("/profile/security/app/").status_code == 200


def test_a_suspended_customer_and_a_connection_switched_off_let_nobody_in(
    cast: Cast, acme: SsoConnection, provider: ProviderProcess
) -> None:
    provider.says("viewer", email=cast.acme_viewer.email, email_verified=True)
    browser = Client()
    back = provider.approve(leave(browser, start_of(acme)), "viewer")
    cast.acme.state = "suspended"
    cast.acme.save()
    assert browser.get(start_of(acme)).status_code == 404
    assert browser.get(back).status_code == 404
    assert not is_signed_in(browser)


def test_a_provider_that_is_down_is_said_in_words(cast: Cast, acme: SsoConnection, settings: object) -> None:
    acme.issuer = "http://127.0.0.1:9"
    acme.save()
    answer = Client().post(start_of(acme), follow=True)
    assert "does not answer as it should" in answer.content.decode()
    entry = AuditEntry.objects.get(action="person.sso")
    assert (entry.tenant, entry.outcome) == (cast.acme, "failed")


def test_a_provider_in_a_private_network_is_not_asked(
    cast: Cast, acme: SsoConnection, settings: object
) -> None:
    settings.SSO_ALLOW_PRIVATE = False  # type: ignore[attr-defined]  # pytest-django's
    answer = Client().post(start_of(acme), follow=True)
    assert "does not answer as it should" in answer.content.decode()
