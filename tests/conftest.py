"""What every test may use: a fixed cast of people and customers."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import Client

from sendense_portal.tenancy.models import Membership, Tenant, User
from sendense_portal.tenancy.roles import ProviderRole, TenantRole

PASSWORD = "correct horse battery staple"


@dataclass(frozen=True)
class Cast:
    """Two customers, Acme and Borealis, with one person per role in Acme; named by what they are."""

    acme: Tenant
    borealis: Tenant
    provider_admin: User
    provider_operator: User
    provider_auditor: User
    acme_admin: User
    acme_operator: User
    acme_restorer: User
    acme_viewer: User
    acme_auditor: User
    borealis_admin: User
    stranger: User
    """Signed in, but in no customer."""
    disabled: User


@pytest.fixture
def cast(db: None) -> Cast:
    acme = Tenant.objects.create(name="Acme")
    borealis = Tenant.objects.create(name="Borealis")

    def provider(role: ProviderRole) -> User:
        return User.objects.create_user(f"{role.value}@provider.test", PASSWORD, provider_role=role.value)

    def member(tenant: Tenant, role: TenantRole) -> User:
        person = User.objects.create_user(f"{role.value}@{tenant.name.lower()}.test", PASSWORD)
        Membership.objects.create(user=person, tenant=tenant, role=role.value)
        return person

    return Cast(
        acme=acme,
        borealis=borealis,
        provider_admin=provider(ProviderRole.ADMIN),
        provider_operator=provider(ProviderRole.OPERATOR),
        provider_auditor=provider(ProviderRole.AUDITOR),
        acme_admin=member(acme, TenantRole.ADMIN),
        acme_operator=member(acme, TenantRole.OPERATOR),
        acme_restorer=member(acme, TenantRole.RESTORE_OPERATOR),
        acme_viewer=member(acme, TenantRole.VIEWER),
        acme_auditor=member(acme, TenantRole.AUDITOR),
        borealis_admin=member(borealis, TenantRole.ADMIN),
        stranger=User.objects.create_user("stranger@nowhere.test", PASSWORD),
        disabled=User.objects.create_user("disabled@nowhere.test", PASSWORD, is_active=False),
    )


@pytest.fixture
def as_person() -> Iterator["AsPerson"]:
    yield AsPerson()


class AsPerson:
    """``as_person(cast.acme_viewer)`` is a browser signed in as that person."""

    def __call__(self, person: User) -> Client:
        client = Client()
        client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client


@pytest.fixture(autouse=True)
def connection_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test within a transaction lives on its one connection: sockets and sync must not drop it as old.

    Django's test client sees to that itself, by leaving the signals of a request away.
    """
    drop_if_old = BaseDatabaseWrapper.close_if_unusable_or_obsolete

    def unless_within_a_test(database: BaseDatabaseWrapper) -> None:
        if not database.in_atomic_block:
            drop_if_old(database)

    monkeypatch.setattr(BaseDatabaseWrapper, "close_if_unusable_or_obsolete", unless_within_a_test)


@pytest.fixture
def removable_trail(transactional_db: None) -> None:
    """For tests with real transactions: their clean-up deletes rows, which the trail's triggers refuse."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER IF EXISTS audit_no_delete")
