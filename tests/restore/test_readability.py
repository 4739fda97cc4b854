"""What can't be read is said in words, and before the hub is asked where that is possible."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from backups.models import Backup, BackupDisk
from restore.folders import FolderService
from restore.models import Mount, UnreadableDisk
from restore.mounts import MountRefused, MountService
from restore.readability import finding, kind_of, size_in, unread_part
from sendense_portal.hub import Code, Hub, HubBusy, HubRejected
from sendense_portal.tenancy.hubs import clients
from sendense_portal.tenancy.models import HubConnection
from tests.conftest import Cast
from tests.factories import make_backup, make_vm
from tests.localhub_process import LocalHub
from tests.restore.conftest import actor_of
from tests.restore.hostile import finished
from tests.restore.small_hub import SmallHub
from tests.waiting import wait_until

MARKS = {
    "bitlocker": (3, b"-FVE-FS-", "BitLocker"),
    "luks": (0, b"LUKS\xba\xbe", "LUKS"),
    "refs": (3, b"ReFS\0\0\0\0", "ReFS"),
    "lvm": (512, b"LABELONE" + bytes(16) + b"LVM2 001", "LVM"),
    "damaged": (1080, b"\x53\xef", ""),
}


@pytest.fixture(scope="module")
def unreadable(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[LocalHub, Hub, str]]:
    """A machine with a real disk for each of MARKS, and its backup at a hub that tells why."""
    folder = tmp_path_factory.mktemp("unreadable")
    vm = folder / "vms" / "odd01"
    vm.mkdir(parents=True)
    for index, (offset, mark, _word) in enumerate(MARKS.values()):
        with (vm / f"disk{index}.raw").open("wb") as disk:
            disk.truncate(8 << 20)
            disk.seek(offset)
            disk.write(mark)
    (vm / "vm.toml").write_text('cpu = 1\nmemory_mb = 512\nos = "windows"\n', encoding="ascii")
    with LocalHub(folder / "vms", folder / "state") as process:
        hub = Hub(process.url, process.token)
        hub.probe()
        started = hub.backups.start(
            vm_name="odd01", backup_type="full", repository_id=hub.repositories.list()[0].id,
            disk_ids=list(range(len(MARKS))),
        )  # fmt: skip
        wait_until(lambda: finished(hub, started), 60)
        yield process, hub, started.backup_id


@pytest.fixture
def odd(cast: Cast, unreadable: tuple[LocalHub, Hub, str]) -> Iterator[Backup]:
    process, hub, backup_id = unreadable
    connection = HubConnection(name="Hub", url=process.url, dialect=process.dialect)
    connection.token = process.token
    connection.save()
    backup = make_backup(make_vm("odd01", cast.acme, hub=connection), remote_id=backup_id)
    for disk in hub.backups.get(backup_id).disks:
        BackupDisk.objects.create(backup=backup, index=disk.disk_index, hub_job_id=disk.job_id or "")
    yield backup
    clients.clear()


@pytest.mark.slow
@pytest.mark.parametrize("kind", list(MARKS))
def test_a_real_disk_that_can_t_be_read_is_named_with_what_to_do_instead(
    cast: Cast, odd: Backup, kind: str
) -> None:
    service, index = MountService(actor_of(cast)), list(MARKS).index(kind)
    with pytest.raises(MountRefused) as refused:
        service.open(backup=odd, disk_index=index)
    assert MARKS[kind][2] in str(refused.value)
    assert "provider" in str(refused.value)
    assert UnreadableDisk.objects.get().disk_index == index
    before = Mount.objects.count()
    with pytest.raises(MountRefused):
        service.open(backup=odd, disk_index=index)
    assert Mount.objects.count() == before  # said before anything is asked for


def test_what_was_found_once_is_said_before_the_hub_is_asked_again(
    restorer: Client, point: Backup, small_hub: SmallHub
) -> None:
    small_hub.wrong.mount_error = (
        "mount operation failed: failed to mount partitions: no mountable partitions found"
    )
    form = {"backup": str(point.pk), "disk": "0"}
    assert (
        "encrypted (BitLocker, LUKS)" in restorer.post(reverse("restore:mount_open"), form).content.decode()
    )
    asked = len(small_hub.asked)
    page = restorer.get(f"{reverse('restore:mount_open')}?backup={point.pk}").content.decode()
    assert "Ask your provider to restore the whole disk" in page
    restorer.post(reverse("restore:mount_open"), form | {"anyway": "on"})
    assert len(small_hub.asked) == asked


def test_another_point_of_the_same_disk_wants_a_second_thought(
    restorer: Client, point: Backup, small_hub: SmallHub
) -> None:
    UnreadableDisk.objects.create(backup=point, disk_index=0, kind="bitlocker", hub_version=point.hub.version)
    later = make_backup(point.vm)
    form = {"backup": str(later.pk), "disk": "0"}
    html = restorer.post(reverse("restore:mount_open"), form).content.decode()
    assert "BitLocker" in html
    assert "Try it all the same" in html
    assert small_hub.asked == []
    answer = restorer.post(reverse("restore:mount_open"), form | {"anyway": "on"})
    assert answer.status_code == 302
    assert finding(make_backup(point.vm), 0) is None  # it opened since


def test_a_hub_of_another_version_is_asked_again(point: Backup) -> None:
    UnreadableDisk.objects.create(backup=point, disk_index=0, kind="lvm", hub_version="older")
    assert finding(point, 0) is None


def test_what_passes_is_not_remembered() -> None:
    full = HubBusy(Code.MOUNTS_FULL, "full", detail="maximum concurrent mounts reached (8)")
    assert kind_of(full) == ""
    assert kind_of(HubRejected(Code.NOT_MOUNTABLE, "no", detail="no mountable partitions found")) == "none"


def test_an_open_disk_says_how_much_of_it_is_in_no_partition(
    service: MountService, mount: Mount, restorer: Client
) -> None:
    root = FolderService(service, mount).folder("/")
    said = unread_part(mount, root)
    assert said.startswith("8.1 GiB of this disk’s 10.0 GiB")
    html = restorer.get(reverse("restore:folder_list", args=[mount.pk])).content.decode()
    assert "8.1 GiB of this disk" in html
    mount.backup.vm.disks.update(size_bytes=2 << 30)
    assert unread_part(mount, root) == ""


@pytest.mark.parametrize(
    ("label", "size"),
    [("Partition 1 - a (1.9 GB)", int(1.9 * 2**30)), ("Partition 2 (512 MB)", 512 << 20), ("nothing", None)],
)
def test_sizes_of_partitions_are_read_from_their_labels(label: str, size: Any) -> None:
    assert size_in(label) == size
