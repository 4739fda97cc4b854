"""Inviting: the letter, the link, and who may give which role."""

import re
from datetime import timedelta

import pytest
from django.core.mail import EmailMessage
from django.db.models import F
from django.test import Client

from sendense_portal.audit.models import AuditEntry
from sendense_portal.people.models import Invitation
from sendense_portal.tenancy.models import Membership, Tenant, User
from tests.conftest import PASSWORD, AsPerson, Cast
from tests.people.conftest import Letters

pytestmark = pytest.mark.django_db

NEW = "new.person@acme.test"
JOINING = {"name": "New Person", "password1": PASSWORD, "password2": PASSWORD}


def invite(browser: Client, place: object, role: str, email: str = NEW, **headers: str) -> str:
    answer = browser.post(
        "/people/invite/", {"email": email, "place": str(place), "role": role}, follow=True, headers=headers
    )
    assert answer.status_code == 200
    return answer.content.decode()


def link_of(letter: EmailMessage) -> str:
    found = re.search(r"https?://\S+(/invitation/\S+)", str(letter.body))
    assert found
    return found[1]


def test_a_letter_leads_somebody_new_in(cast: Cast, as_person: AsPerson, letters: Letters) -> None:
    assert "An invitation is on its way" in invite(as_person(cast.acme_admin), cast.acme.pk, "operator")
    (letter,) = letters()
    assert (letter.to, "Acme" in letter.subject, "Operator" in letter.body) == ([NEW], True, True)
    browser = Client()
    path = link_of(letter)
    assert "invites you to Acme, as Operator" in browser.get(path).content.decode()
    assert browser.post(path, JOINING)["Location"] == "/"
    person = User.objects.get(email=NEW)
    assert Membership.objects.get(user=person).role == "operator"
    assert browser.get("/vms/").status_code == 200
    actions = list(AuditEntry.objects.filter(tenant=cast.acme).values_list("action", flat=True))
    assert {"person.invite", "person.join"} <= set(actions)


def test_a_link_works_once_and_wrong_ones_answer_alike(
    cast: Cast, as_person: AsPerson, letters: Letters
) -> None:
    invite(as_person(cast.acme_admin), cast.acme.pk, "viewer")
    path = link_of(letters()[0])
    Client().post(path, JOINING)
    used, wrong = Client().get(path), Client().get("/invitation/nonsense/")
    assert (used.status_code, wrong.status_code) == (404, 404)


@pytest.mark.parametrize("end", ["expired", "revoked", "invited again", "customer suspended"])
def test_a_link_that_no_longer_counts(cast: Cast, as_person: AsPerson, letters: Letters, end: str) -> None:
    admin = as_person(cast.acme_admin)
    invite(admin, cast.acme.pk, "viewer")
    path, row = link_of(letters()[0]), Invitation.objects.get()
    if end == "expired":
        Invitation.objects.update(expires_at=F("expires_at") - timedelta(days=8))
    elif end == "revoked":
        admin.post(f"/people/invitations/{row.pk}/revoke/")
    elif end == "invited again":
        admin.post(f"/people/invitations/{row.pk}/again/")
        assert Client().get(link_of(letters()[1])).status_code == 200
    else:
        Tenant.objects.filter(pk=cast.acme.pk).update(state="suspended")
    assert Client().get(path).status_code == 404
    assert Client().post(path, JOINING).status_code == 404
    assert not User.objects.filter(email=NEW).exists()


def test_only_the_owner_of_an_account_accepts_for_it(
    cast: Cast, as_person: AsPerson, letters: Letters
) -> None:
    invite(as_person(cast.provider_admin), cast.borealis.pk, "viewer", email=cast.acme_viewer.email)
    path = link_of(letters()[0])
    assert "/sign-in/" in Client().get(path)["Location"]
    assert b"for somebody else" in as_person(cast.acme_operator).post(path).content
    assert not Membership.objects.filter(user=cast.acme_viewer, tenant=cast.borealis).exists()
    assert as_person(cast.acme_viewer).post(path)["Location"] == "/"
    assert Membership.objects.filter(user=cast.acme_viewer).count() == 2


def test_the_link_never_leads_where_a_request_says(
    cast: Cast, as_person: AsPerson, letters: Letters, settings: pytest.FixtureRequest
) -> None:
    settings.ALLOWED_HOSTS = ["*"]  # type: ignore[attr-defined]  # pytest-django's
    invite(as_person(cast.acme_admin), cast.acme.pk, "viewer", host="evil.test")
    assert "evil.test" not in str(letters()[0].body)


def test_only_the_link_s_sum_is_kept(cast: Cast, as_person: AsPerson, letters: Letters) -> None:
    invite(as_person(cast.acme_admin), cast.acme.pk, "viewer")
    secret = link_of(letters()[0]).split("/")[2]
    assert secret not in str(Invitation.objects.values().get())
    assert all(secret not in str(entry.parameters) for entry in AuditEntry.objects.all())


def test_a_tenant_administrator_invites_to_nobody_else_and_to_no_staff(
    cast: Cast, as_person: AsPerson, letters: Letters
) -> None:
    admin = as_person(cast.acme_admin)
    page = admin.get("/people/invite/").content.decode()
    assert "Borealis" not in page
    assert "provider_admin" not in page
    for place, role in (
        (cast.borealis.pk, "viewer"),
        ("provider", "provider_admin"),
        (cast.acme.pk, "provider_admin"),
    ):
        invite(admin, place, role)
    assert Invitation.objects.count() == 0
    assert letters() == []


def test_what_was_typed_stays_when_it_can_t_be(cast: Cast, as_person: AsPerson) -> None:
    html = invite(as_person(cast.acme_admin), cast.acme.pk, "viewer", email=cast.acme_viewer.email)
    assert "belongs here already" in html
    assert cast.acme_viewer.email in html
