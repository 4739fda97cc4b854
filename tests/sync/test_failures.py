"""Failures that a real hub makes, met as a person meets them."""

from datetime import timedelta

import pytest
from django.utils import timezone

from backups.failures import explain
from backups.models import Backup, BackupState, BackupType, Repository
from backups.services import BackupService
from sendense_portal.hub import HubError
from tests.conftest import Cast
from tests.sync.conftest import Follow, Followed, acting
from vms.models import VirtualMachine

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def start(followed: Followed, cast: Cast, kind: BackupType = BackupType.FULL) -> Backup:
    service = BackupService(*acting(cast.provider_admin))
    vm, place = VirtualMachine.objects.get(), Repository.objects.get()
    try:
        return service.start(vm=vm, backup_type=kind, repository=place)
    except HubError:
        return Backup.objects.latest("created_at")


@pytest.mark.parametrize(
    ("quirk", "title"),
    [
        ("node-error", "host refused the connection"),
        ("node-crash", "The copy went silent"),
        ("node-refuses", "The hub did not start the backup"),
    ],
)
def test_a_copy_that_fails_is_explained(follow: Follow, cast: Cast, quirk: str, title: str) -> None:
    followed = follow("files01", quirks=(quirk,), stale_after=1, copy_rate=40 * 2**20)
    backup = start(followed, cast)
    followed.until(lambda: Backup.objects.get(pk=backup.pk).state == BackupState.FAILED, within=90)
    failure = explain(Backup.objects.get(pk=backup.pk))
    assert failure is not None
    assert title in str(failure.title)


def test_a_lost_chain_asks_for_a_full_one(follow: Follow, cast: Cast) -> None:
    followed = follow("files01", quirks=("incrementals-fail",), finish_delay=0)
    start(followed, cast)
    followed.until(lambda: Backup.objects.get().state == BackupState.COMPLETED)
    failure = explain(start(followed, cast, BackupType.INCREMENTAL))
    assert failure is not None
    assert "can't continue this chain" in str(failure.title)
    assert failure.retry == "full"


def test_a_copy_that_never_says_anything_is_told_as_such(follow: Follow, cast: Cast) -> None:
    followed = follow("files01", quirks=("silent-node",))
    backup = start(followed, cast)
    followed.round()
    Backup.objects.update(progressed_at=timezone.now() - timedelta(minutes=2))
    followed.until(lambda: Backup.objects.get(pk=backup.pk).state == BackupState.STALLED)
    failure = explain(Backup.objects.get(pk=backup.pk))
    assert failure is not None
    assert "no way to cancel" in str(failure.next_step)


def test_a_start_whose_answer_never_came_is_found_again(follow: Follow, cast: Cast) -> None:
    followed = follow("files01", quirks=("slow-start",), answer_limit=1)
    backup = start(followed, cast)
    assert backup.state == BackupState.UNKNOWN
    followed.until(lambda: bool(Backup.objects.get(pk=backup.pk).remote_id))
    assert Backup.objects.count() == 1
