"""Trends, what is overdue, how old points were; each number is that of the list behind it."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from backups.daily import fortnight
from backups.heat import LATE, MET, NONE, heat_of
from backups.mirror.rows import count_restore_points
from backups.models import Backup, BackupState
from sendense_portal.tenancy.access import Access
from sendense_portal.tenancy.models import Tenant
from tests.conftest import AsPerson, Cast
from tests.factories import make_backup, make_repository, make_vm
from vms.models import VirtualMachine

pytestmark = pytest.mark.django_db


def machine(name: str, tenant: Tenant, *ages: float, **more: Any) -> VirtualMachine:
    """A VM with restore points that are so many days old."""
    vm = make_vm(name, tenant)
    for age in ages:
        at = timezone.now() - timedelta(days=age)
        make_backup(vm, created_at=at, completed_at=at, **more)
    count_restore_points(vm)
    return vm


def cards(browser: Client) -> dict[str, tuple[int, str]]:
    """Number and address of each card that leads somewhere."""
    html = browser.get("/").content.decode()
    found = re.findall(
        r'<a href="([^"]+)" class="card stat[^"]*">\s*<span class="stat-label">([^<]+).*?'
        r'<span class="stat-value">([\d,]+)</span>',
        html,
        re.DOTALL,
    )
    return {label.strip(): (int(value.replace(",", "")), unescape(href)) for href, label, value in found}


def test_each_number_is_that_of_the_list_it_leads_to(cast: Cast, as_person: AsPerson) -> None:
    machine("fresh", cast.acme, 0.1)
    machine("late", cast.acme, 3)
    machine("never", cast.acme)
    machine("theirs", cast.borealis, 3)
    make_backup(VirtualMachine.objects.get(name="late"), BackupState.FAILED, age=timedelta(days=2))
    make_backup(VirtualMachine.objects.get(name="late"), BackupState.FAILED, age=timedelta(days=9))
    for person in (cast.acme_viewer, cast.provider_operator):
        browser = as_person(person)
        shown = cards(browser)
        assert {
            "Protected machines",
            "Without a restore point",
            "Overdue",
            "Failed in 7 days",
        } <= shown.keys()
        for label in ("Protected machines", "Without a restore point", "Overdue", "Failed in 7 days"):
            number, href = shown[label]
            assert browser.get(href).context["table"].paginator.count == number, label
    assert cards(as_person(cast.acme_viewer))["Overdue"][0] == 2
    assert cards(as_person(cast.acme_viewer))["Failed in 7 days"][0] == 1


def test_numbers_carry_their_age(cast: Cast, as_person: AsPerson) -> None:
    vm = machine("fresh", cast.acme, 0.1)
    vm.hub.last_sync_at = timezone.now() - timedelta(minutes=7)
    vm.hub.save()
    html = as_person(cast.acme_viewer).get("/").content.decode()
    assert html.count("stat-age") >= 5
    assert "7 min ago" in html


def test_the_heat_map_counts_what_can_be_restored_and_not_what_once_succeeded(cast: Cast) -> None:
    kept = machine("kept", cast.acme, 5, 0.01)
    machine("binned", cast.acme, 4, bin_until=timezone.now() + timedelta(days=3))
    machine("gone", cast.acme, 4, gone_at=timezone.now())
    failed = machine("failed", cast.acme)
    make_backup(failed, BackupState.FAILED, age=timedelta(days=1))
    heat = heat_of(Access.of(cast.acme_viewer))
    rows = {row.vm.name: [cell.word for cell in row.cells] for row in heat.rows}
    assert set(rows["binned"]) == set(rows["gone"]) == set(rows["failed"]) == {NONE}
    assert rows["kept"][-1] == MET
    assert rows["kept"][-3:-1] == [LATE, LATE]
    assert rows["kept"][0] == NONE
    late = next(row for row in heat.rows if row.vm == kept).cells[-2]
    assert late.sign in {"3", "4"}
    assert "days old" in late.text


def test_the_heat_map_shows_the_worst_first_and_nobody_else_s(cast: Cast, as_person: AsPerson) -> None:
    machine("newer", cast.acme, 1)
    machine("older", cast.acme, 9)
    machine("theirs", cast.borealis, 20)
    heat = heat_of(Access.of(cast.acme_viewer))
    assert [row.vm.name for row in heat.rows] == ["older", "newer"]
    html = as_person(cast.acme_viewer).get("/").content.decode()
    assert "How much could have been lost" in html
    assert "theirs" not in html


def test_a_fortnight_has_a_bar_a_day_and_compares_two_weeks(cast: Cast) -> None:
    vm = make_vm("web", cast.acme)
    for age in (0, 1, 8, 9, 20):
        make_backup(vm, BackupState.FAILED, age=timedelta(days=age, seconds=1))
    told = fortnight(Backup.objects.all())
    assert len(told.bars) == 14
    assert (told.failed, told.failed_before) == (2, 2)
    assert sum(day.counts.total for day in told.days) == 4


def test_storage_is_shown_by_repository_to_the_provider_alone(cast: Cast, as_person: AsPerson) -> None:
    make_repository("Vault")
    machine("fresh", cast.acme, 0.1)
    assert "Storage by repository" in as_person(cast.provider_auditor).get("/").content.decode()
    assert "Storage by repository" not in as_person(cast.acme_admin).get("/").content.decode()
