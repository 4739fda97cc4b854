"""The page of all customers: right numbers, sorted and filtered, in few queries."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from backups.mirror.rows import count_restore_points
from backups.models import BackupState
from sendense_portal.overview.health import Health, health_of
from sendense_portal.quotas.models import Quota, QuotaKind
from sendense_portal.tenancy.models import Tenant
from tests.conftest import AsPerson, Cast
from tests.factories import make_backup, make_vm

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def machine(name: str, tenant: Tenant, *backups: tuple[BackupState, int]) -> None:
    """A VM with backups of a state, so many hours old, as the mirror keeps it."""
    vm = make_vm(name, tenant)
    for state, hours in backups:
        make_backup(vm, state, age=hours * HOUR)
    count_restore_points(vm)


def health(tenant: Tenant) -> Health:
    return next(row for row in health_of(Tenant.objects.all()) if row.tenant == tenant)


@pytest.fixture
def machines(cast: Cast) -> None:
    done, failed, running = BackupState.COMPLETED, BackupState.FAILED, BackupState.RUNNING
    machine("fine", cast.acme, (failed, 30), (done, 6))
    machine("failing", cast.acme, (done, 8), (failed, 2))
    machine("overdue", cast.acme, (done, 48))
    machine("never", cast.acme)
    machine("first-runs", cast.acme, (running, 0))
    machine("never-worked", cast.borealis, (failed, 1))


def test_health_counts_restorable_points_and_not_jobs(cast: Cast, machines: None) -> None:
    acme, borealis = health(cast.acme), health(cast.borealis)
    assert (acme.machines, acme.protected, acme.failing, acme.overdue, acme.running) == (5, 3, 1, 3, 1)
    assert acme.last_point_at
    assert abs((timezone.now() - 6 * HOUR) - acme.last_point_at) < HOUR
    assert acme.stored_bytes == 3 * 2 * 2**30
    assert (borealis.machines, borealis.protected, borealis.failing, borealis.overdue) == (1, 0, 1, 1)
    assert not borealis.has("fine")


def test_machines_that_are_gone_count_for_nothing(cast: Cast) -> None:
    make_vm("gone", cast.acme, gone_at=timezone.now())
    assert health(cast.acme) == Health(cast.acme)
    assert health(cast.acme).has("fine")


def names(browser: Client, query: str) -> list[str]:
    html = browser.get(f"/customers/?{query}").content.decode()
    return re.findall(r'class="row-link" href="/customers/[^"]+">([^<]+)</a>', html)


def test_the_list_is_sorted_and_filtered_by_its_address(
    cast: Cast, machines: None, as_person: AsPerson
) -> None:
    Tenant.objects.create(name="Calm")
    staff = as_person(cast.provider_auditor)
    assert names(staff, "") == ["Acme", "Borealis", "Calm"]
    assert names(staff, "sort=-overdue") == ["Acme", "Borealis", "Calm"]
    assert names(staff, "sort=overdue") == ["Calm", "Borealis", "Acme"]
    assert names(staff, "health=failing") == ["Acme", "Borealis"]
    assert names(staff, "health=fine") == ["Calm"]
    assert names(staff, "search=BOR") == ["Borealis"]
    assert names(staff, "state=closed") == []
    assert names(staff, "health=nonsense&state=x") == ["Acme", "Borealis", "Calm"]


def test_a_customer_s_people_see_their_own_alone(cast: Cast, machines: None, as_person: AsPerson) -> None:
    assert names(as_person(cast.acme_admin), "") == ["Acme"]


def test_the_fullest_quota_is_shown(cast: Cast, machines: None, as_person: AsPerson) -> None:
    Quota.objects.create(tenant=cast.acme, kind=QuotaKind.VMS, limit=50)
    Quota.objects.create(tenant=cast.acme, kind=QuotaKind.RESTORE_POINTS, limit=8)
    html = as_person(cast.provider_auditor).get("/customers/").content.decode()
    assert "50 %" in html
    assert "10 %" not in html


def test_few_queries_however_many_customers(
    cast: Cast, as_person: AsPerson, django_assert_max_num_queries: pytest.FixtureRequest
) -> None:
    tenants = Tenant.objects.bulk_create(Tenant(name=f"Customer {number}") for number in range(120))
    for number, tenant in enumerate(tenants):
        machine(f"vm{number}", tenant)
    staff = as_person(cast.provider_admin)
    with django_assert_max_num_queries(15):  # type: ignore[operator]  # makes a context manager
        assert len(names(staff, "page=2&sort=-stored")) == 50
