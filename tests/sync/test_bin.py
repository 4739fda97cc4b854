"""The bin at a real hub: when its time has come, what somebody deleted is deleted there."""

from datetime import timedelta

import pytest
import requests
from django.utils import timezone

from backups.bins import empty_due
from backups.deletions import delete_all, preview
from backups.models import Backup, BackupState, BackupType, Repository
from backups.services import BackupService
from sendense_portal.audit.log import PORTAL
from sendense_portal.tenancy.models import Tenant
from tests.conftest import Cast
from tests.sync.conftest import Follow, Followed, acting
from vms.assignment.services import assign
from vms.models import VirtualMachine

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def jobs(followed: Followed) -> set[str]:
    """Backups that the hub itself knows of."""
    address = f"{followed.process.url}/api/v1/backups"
    answer = requests.get(address, params={"repository_id": Repository.objects.get().remote_id}, timeout=20)
    return {job["backup_id"] for job in answer.json()["backups"]}


def test_the_hub_keeps_what_is_in_the_bin_until_its_time_has_come(follow: Follow, cast: Cast) -> None:
    followed = follow("files01", finish_delay=0)
    Tenant.objects.filter(pk=cast.acme.pk).update(bin_days=2)
    assign(PORTAL, VirtualMachine.objects.get(), Tenant.objects.get(pk=cast.acme.pk))
    service = BackupService(*acting(cast.acme_admin))
    for kind in (BackupType.FULL, BackupType.INCREMENTAL):
        service.start(vm=VirtualMachine.objects.get(), backup_type=kind, repository=Repository.objects.get())
        followed.until(lambda: not Backup.objects.exclude(state=BackupState.COMPLETED).exists())
    full, increment = Backup.objects.order_by("created_at")
    assert {step.state for step in delete_all(service, preview(full))} == {"binned"}
    followed.round()
    empty_due()
    assert jobs(followed) == {full.remote_id, increment.remote_id}
    full.refresh_from_db()
    assert full.bin_until is not None, "sync leaves the bin alone"

    Backup.objects.update(bin_until=timezone.now() - timedelta(seconds=1))
    followed.process.stop()
    empty_due()
    assert not Backup.objects.filter(gone_at__isnull=False).exists()
    followed.process.start()
    Backup.objects.update(bin_retry_at=timezone.now() - timedelta(seconds=1))
    followed.until(lambda: followed.connection.__class__.objects.get().state == "up")
    empty_due()
    assert jobs(followed) == set()
    assert not Backup.objects.filter(gone_at__isnull=True).exists()
