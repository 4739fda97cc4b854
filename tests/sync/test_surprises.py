"""What a person reads when a real hub surprises them, on the pages where it happens (docs/surprises.md)."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from backups.models import Backup, BackupState, Repository
from tests.conftest import AsPerson, Cast
from tests.localhub.disks import blank, ext_disk
from tests.sync.conftest import Follow, Followed
from vms.models import VirtualMachine

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def staff(cast: Cast, as_person: AsPerson) -> Client:
    return as_person(cast.provider_admin)


def asked_to_start(staff: Client, vm: VirtualMachine, kind: str = "full") -> str:
    """The page that a person sees after *Start backup*."""
    form = {"vm": vm.pk, "type": kind, "repository": Repository.objects.get().pk}
    return staff.post("/backups/start/", form, follow=True).content.decode()


def asked_to_open(staff: Client, backup: Backup) -> str:
    """The page that a person sees after *Open*."""
    return staff.post("/restore/open/", {"backup": backup.pk, "disk": 0}, follow=True).content.decode()


def completed(followed: Followed, staff: Client, vm: VirtualMachine) -> Backup:
    asked_to_start(staff, vm)
    followed.until(lambda: Backup.objects.filter(vm=vm, state=BackupState.COMPLETED).exists())
    return Backup.objects.get(vm=vm)


def test_a_machine_that_the_hub_does_not_know_any_more(follow: Follow, staff: Client) -> None:
    followed = follow("files01")
    vm = VirtualMachine.objects.get()
    VirtualMachine.objects.update(name="renamed01")
    html = asked_to_start(staff, vm)
    assert "gave no usable answer; it may or may not have done it" in html
    Backup.objects.update(created_at=timezone.now() - timedelta(minutes=5))
    followed.until(lambda: Backup.objects.get().state == BackupState.FAILED)
    html = staff.get(f"/backups/{Backup.objects.get().pk}/").content.decode()
    assert "no such backup was found there afterwards" in html


def test_a_point_that_is_not_closed_yet_asks_for_patience(follow: Follow, staff: Client) -> None:
    followed = follow("files01", finish_delay=60)
    point = completed(followed, staff, VirtualMachine.objects.get())
    assert "moment" in asked_to_open(staff, point)


def test_one_failed_mount_blocks_the_others_and_the_provider_is_told(
    follow: Follow, staff: Client, tmp_path: Path
) -> None:
    followed = follow("files01", quirks=("poisoned-mount",), finish_delay=0)
    blank(tmp_path / "vms" / "empty" / "disk.raw", 8).write_bytes(b"nothing known" * 1000)
    followed.until(lambda: VirtualMachine.objects.count() == 2)
    good = completed(followed, staff, VirtualMachine.objects.get(name="files01"))
    bad = completed(followed, staff, VirtualMachine.objects.get(name="empty"))
    asked_to_open(staff, bad)
    assert "blocks all others" in asked_to_open(staff, good)
    assert "blocks" in staff.get("/").content.decode(), "a banner for the provider"


def test_a_ninth_open_disk_waits_for_its_turn(follow: Follow, staff: Client, tmp_path: Path) -> None:
    for number in range(9):
        ext_disk(tmp_path / "vms" / "wide01" / f"disk{number}.raw", Path(__file__).parent, megabytes=8)
    followed = follow("files01", finish_delay=0)
    point = completed(followed, staff, VirtualMachine.objects.get(name="wide01"))
    for number in range(8):
        assert (
            "/files/"
            in staff.post("/restore/open/", {"backup": point.pk, "disk": number}).headers["Location"]
        )
    html = staff.post("/restore/open/", {"backup": point.pk, "disk": 8}, follow=True).content.decode()
    assert "You are number 1 of 1 waiting" in html


def test_times_with_a_false_z_are_put_right(follow: Follow, staff: Client) -> None:
    followed = follow("files01", quirks=("false-z",), time_zone_offset=540)
    point = completed(followed, staff, VirtualMachine.objects.get())
    point.refresh_from_db()
    assert point.completed_at is not None
    assert abs((timezone.now() - point.completed_at).total_seconds()) < 120
