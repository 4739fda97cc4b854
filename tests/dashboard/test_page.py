"""The dashboard: numbers of one's own rows, each with a link to them."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from backups.models import BackupState
from sendense_portal.tenancy.models import User
from tests.conftest import AsPerson, Cast
from tests.factories import GIB, make_backup, make_repository, make_vm

pytestmark = pytest.mark.django_db


def test_numbers_are_those_of_ones_own_customer(cast: Cast, as_person: AsPerson) -> None:
    make_vm("acme-a", cast.acme, restore_point_count=2, stored_bytes=5 * GIB)
    make_vm("acme-b", cast.acme)
    make_vm("borealis-a", cast.borealis, restore_point_count=1, stored_bytes=70 * GIB)
    mine = as_person(cast.acme_viewer).get("/").context["vms"]
    assert (mine.total, mine.protected, mine.unprotected, mine.stored_bytes) == (2, 1, 1, 5 * GIB)
    everybodys = as_person(cast.provider_auditor).get("/").context["vms"]
    assert (everybodys.total, everybodys.protected) == (3, 2)


def test_today_begins_at_midnight_of_the_persons_zone(cast: Cast, as_person: AsPerson) -> None:
    zone = "Pacific/Auckland"
    User.objects.filter(pk=cast.acme_viewer.pk).update(time_zone=zone)
    today = timezone.now().astimezone(ZoneInfo(zone)).date()
    midnight = datetime(today.year, today.month, today.day, tzinfo=ZoneInfo(zone))
    vm = make_vm("acme-a", cast.acme)
    make_backup(vm, created_at=midnight + timedelta(seconds=1))
    make_backup(vm, BackupState.FAILED, created_at=midnight - timedelta(seconds=1))
    numbers = as_person(User.objects.get(pk=cast.acme_viewer.pk)).get("/").context["fortnight"].today
    assert (numbers.total, numbers.completed, numbers.failed) == (1, 1, 0)


def test_running_backups_move_by_the_component_of_every_page(cast: Cast, as_person: AsPerson) -> None:
    mine = make_backup(make_vm("acme-a", cast.acme), BackupState.RUNNING)
    theirs = make_backup(make_vm("borealis-a", cast.borealis), BackupState.RUNNING)
    html = as_person(cast.acme_viewer).get("/").content.decode()
    assert f'data-live="backup:{mine.pk}:progress:dashboard"' in html
    assert str(theirs.pk) not in html


def test_failures_come_with_their_reason_and_next_step(cast: Cast, as_person: AsPerson) -> None:
    make_backup(
        make_vm("acme-a", cast.acme),
        BackupState.FAILED,
        error_code="hub_reported",
        error_text="write: no space left on device",
    )
    html = as_person(cast.acme_viewer).get("/").content.decode()
    assert "The repository is full" in html
    assert "Delete backups that are no longer needed" in html


def test_capacity_is_for_the_provider_and_stored_bytes_for_customers(cast: Cast, as_person: AsPerson) -> None:
    make_repository()
    make_repository("Without figures", total_bytes=None, used_bytes=None)
    make_vm("acme-a", cast.acme, restore_point_count=1, stored_bytes=5 * GIB)
    provider = as_person(cast.provider_admin).get("/").content.decode()
    assert "40 % of 100.0 GiB" in provider
    customer = as_person(cast.acme_viewer).get("/").content.decode()
    assert "100.0 GiB" not in customer
    assert "5.0 GiB" in customer


def test_every_number_leads_to_its_rows(cast: Cast, as_person: AsPerson) -> None:
    make_vm("acme-a", cast.acme)
    html = as_person(cast.acme_viewer).get("/").content.decode()
    for href in ("/vms/?protection=protected", "/vms/?protection=unprotected", "/backups/?state=open"):
        assert href in html
    for word in ("completed", "open", "failed"):
        assert f"?since={timezone.now().date().isoformat()}&amp;state={word}" in html


def test_a_fresh_system_says_what_to_do_first(cast: Cast, as_person: AsPerson) -> None:
    assert "connect_hub" in as_person(cast.provider_admin).get("/").content.decode()
    assert "has not assigned any machine to you" in as_person(cast.acme_viewer).get("/").content.decode()
    make_vm("acme-a", cast.acme)
    assert "Nothing is protected yet" in as_person(cast.acme_operator).get("/").content.decode()
    assert "Nothing is protected yet" not in as_person(cast.acme_viewer).get("/").content.decode()


def test_queries_do_not_grow_with_rows(
    cast: Cast, as_person: AsPerson, django_assert_max_num_queries: Any
) -> None:
    for number in range(12):
        vm = make_vm(f"a{number}", cast.acme)
        make_backup(vm, BackupState.RUNNING)
        make_backup(make_vm(f"b{number}", cast.acme), BackupState.FAILED)
    for person, most in ((cast.provider_admin, 13), (cast.acme_viewer, 13)):
        client = as_person(person)
        with django_assert_max_num_queries(most):
            client.get("/")
