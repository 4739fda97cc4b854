"""Days of the heat map against what can be restored and what is overdue, and the queries of the page."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from backups.heat import heat_of
from backups.models import Backup, BackupState
from restore.models import UnreadableDisk
from sendense_portal.quotas.models import Quota, QuotaKind
from sendense_portal.tenancy.access import Access
from tests.conftest import AsPerson, Cast
from tests.factories import make_backup, make_repository, make_vm
from vms.models import VirtualMachine
from vms.objectives import overdue

pytestmark = pytest.mark.django_db

ROLES = (
    "provider_admin", "provider_operator", "provider_auditor", "acme_admin", "acme_operator",
    "acme_restorer", "acme_viewer", "acme_auditor",
)  # fmt: skip


def today(cast: Cast) -> str:
    """What the last day of the only machine says."""
    return heat_of(Access.of(cast.acme_viewer)).rows[0].cells[-1].sign


def test_a_point_none_of_whose_disks_can_be_read_does_not_count(cast: Cast) -> None:
    vm = make_vm("web", cast.acme, disks=2)
    point = make_backup(vm)
    UnreadableDisk.objects.create(backup=point, disk_index=0, kind="bitlocker")
    assert today(cast) == "✓", "files of its other disk can be restored"
    UnreadableDisk.objects.create(backup=point, disk_index=1, kind="bitlocker")
    assert today(cast) == "–"


def test_today_is_late_exactly_when_the_machine_is_overdue(cast: Cast) -> None:
    vm = make_vm("web", cast.acme)
    for hours in (23, 25):
        moment = timezone.now() - timedelta(hours=hours)
        Backup.objects.all().delete()
        make_backup(vm, created_at=moment, completed_at=moment)
        VirtualMachine.objects.update(last_restore_point_at=moment)
        is_overdue = VirtualMachine.objects.filter(overdue(timezone.now())).exists()
        assert (today(cast) != "✓") is is_overdue is (hours == 25)


@pytest.mark.parametrize("role", ROLES)
def test_the_page_takes_fifteen_queries_however_much_there_is(
    cast: Cast, as_person: AsPerson, django_assert_max_num_queries: Any, role: str
) -> None:
    for number in range(6):
        vm = make_vm(f"a{number}", cast.acme, restore_point_count=1)
        make_backup(vm, BackupState.RUNNING)
        make_backup(make_vm(f"b{number}", cast.acme), BackupState.FAILED)
        make_repository(f"Repository {number}")
    for kind in QuotaKind.values:
        Quota.objects.create(tenant=cast.acme, kind=kind, limit=100)
    client = as_person(getattr(cast, role))
    with django_assert_max_num_queries(15):
        assert client.get("/").status_code == 200
