"""Roles, removal, switching off, and that nobody gives or takes more than they may."""

import pytest
from django.test import Client

from sendense_portal.audit.models import AuditEntry
from sendense_portal.people.granting import may_grant, roles_to_give
from sendense_portal.tenancy.access import Access
from sendense_portal.tenancy.models import Membership, User
from sendense_portal.tenancy.roles import Action, ProviderRole, TenantRole
from tests.conftest import AsPerson, Cast

pytestmark = pytest.mark.django_db


def member(person: User) -> Membership:
    return Membership.objects.get(user=person)


def test_a_role_changes_at_once_and_is_in_the_trail(cast: Cast, as_person: AsPerson) -> None:
    viewer = as_person(cast.acme_viewer)
    assert viewer.get("/restore/").status_code == 403
    page = as_person(cast.acme_admin).post(
        f"/people/members/{member(cast.acme_viewer).pk}/role/", {"role": "restore_operator"}, follow=True
    )
    assert b"is now Restore operator" in page.content
    assert viewer.get("/restore/").status_code == 200
    entry = AuditEntry.objects.get(action="person.role")
    assert (entry.tenant, entry.parameters["before"], entry.parameters["role"]) == (
        cast.acme, "viewer", "restore_operator",
    )  # fmt: skip


def test_nobody_changes_or_removes_themselves(cast: Cast, as_person: AsPerson) -> None:
    own = member(cast.acme_admin)
    admin = as_person(cast.acme_admin)
    admin.post(f"/people/members/{own.pk}/role/", {"role": "viewer"})
    assert "can’t change your own rights" in admin.post(f"/people/members/{own.pk}/remove/").content.decode()
    assert member(cast.acme_admin).role == "tenant_admin"


def test_removed_people_are_refused_at_the_next_click(cast: Cast, as_person: AsPerson) -> None:
    operator = as_person(cast.acme_operator)
    assert operator.get("/vms/").status_code == 200
    admin, pk = as_person(cast.acme_admin), member(cast.acme_operator).pk
    assert b"within seconds" in admin.get(f"/people/members/{pk}/remove/").content
    admin.post(f"/people/members/{pk}/remove/")
    assert operator.get("/vms/").status_code == 403
    assert AuditEntry.objects.get(action="person.remove").parameters["role"] == "operator"


def test_the_last_administrator_of_a_customer_is_warned_about(cast: Cast, as_person: AsPerson) -> None:
    page = as_person(cast.provider_admin).get(f"/people/members/{member(cast.acme_admin).pk}/remove/")
    assert b"last administrator" in page.content


def test_the_provider_keeps_an_administrator(cast: Cast, as_person: AsPerson) -> None:
    second = User.objects.create_user("second@provider.test", "x" * 20, provider_role=ProviderRole.ADMIN)
    first = as_person(cast.provider_admin)
    first.post(f"/people/accounts/{second.pk}/switch/")
    second.refresh_from_db()
    assert not second.is_active
    first.post(f"/people/accounts/{cast.provider_admin.pk}/switch/")
    cast.provider_admin.refresh_from_db()
    assert cast.provider_admin.is_active


def test_an_account_that_is_switched_off_is_signed_out(cast: Cast, as_person: AsPerson) -> None:
    viewer = as_person(cast.acme_viewer)
    as_person(cast.provider_admin).post(f"/people/accounts/{cast.acme_viewer.pk}/switch/")
    assert "/sign-in/" in viewer.get("/vms/")["Location"]


@pytest.mark.parametrize("role", list(TenantRole))
def test_nobody_gives_more_than_they_have(cast: Cast, role: TenantRole) -> None:
    admin = Access.of(cast.acme_admin)
    assert may_grant(admin, role, cast.acme.pk)
    assert not may_grant(admin, role, cast.borealis.pk)
    assert not any(may_grant(admin, staff, None) for staff in ProviderRole)
    for other in (cast.acme_operator, cast.acme_viewer, cast.provider_operator, cast.provider_auditor):
        assert not may_grant(Access.of(other), role, cast.acme.pk)
    lowered = Access.of(cast.acme_admin).limited_to(frozenset({Action.PERSON_EDIT}))
    assert roles_to_give(lowered, cast.acme.pk) == []


def test_the_list_shows_one_s_own_people_alone(cast: Cast, as_person: AsPerson) -> None:
    html = as_person(cast.acme_admin).get("/people/").content.decode()
    assert cast.acme_viewer.email in html
    assert cast.borealis_admin.email not in html
    assert cast.provider_admin.email not in html
    everybody = as_person(cast.provider_auditor).get("/people/").content.decode()
    assert cast.borealis_admin.email in everybody
    assert cast.provider_admin.email in everybody


@pytest.mark.parametrize("query", ["search=viewer", "role=viewer"])
def test_the_list_is_filtered(cast: Cast, as_person: AsPerson, query: str) -> None:
    html = as_person(cast.acme_admin).get(f"/people/?{query}").content.decode()
    assert cast.acme_viewer.email in html
    assert cast.acme_operator.email not in html


def test_the_roles_page_is_the_table_that_is_asked(cast: Cast, as_person: AsPerson) -> None:
    html = as_person(cast.acme_viewer).get("/roles/").content.decode()
    assert "Start a backup" in html
    assert "Provider administrator" not in html
    assert "Provider administrator" in as_person(cast.provider_auditor).get("/roles/").content.decode()


def test_few_queries_however_many_people(
    cast: Cast, as_person: AsPerson, django_assert_max_num_queries: pytest.FixtureRequest
) -> None:
    for number in range(60):
        person = User.objects.create(email=f"p{number}@acme.test")
        Membership.objects.create(user=person, tenant=cast.acme, role="viewer")
    browser: Client = as_person(cast.provider_admin)
    with django_assert_max_num_queries(15):  # type: ignore[operator]  # makes a context manager
        browser.get("/people/?page=2")
