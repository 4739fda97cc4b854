"""Disks that hold more than is good: a folder of 100,000 names and a file of 8 TB, at a hub that follows
links out of the guest."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client

from backups.models import Backup
from restore import parcels
from restore.folders import FolderService
from restore.models import Download, Mount, Parcel
from restore.mounts import MountService
from restore.parcel_files import path_of, released
from sendense_portal.hub import Backup as HubBackup
from sendense_portal.hub import Hub
from sendense_portal.tenancy.hubs import clients
from tests.conftest import Cast
from tests.factories import make_vm
from tests.localhub_process import LocalHub
from tests.restore.baskets import put, take
from tests.restore.conftest import actor_of, ask, connected, known
from tests.restore.hostile import backed_up
from tests.restore.unpacked import contents

pytestmark = pytest.mark.slow

VM = "excess01"
MANY = 100_000
HUGE = 8 * 10**12
TOP = "/partition-1"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[LocalHub, HubBackup]]:
    folder = tmp_path_factory.mktemp("excess")
    vm = folder / "vms" / VM
    vm.mkdir(parents=True)
    many_names(vm / "disk0.raw")
    huge_file(folder / "tree", vm / "disk1.raw")
    with LocalHub(folder / "vms", folder / "state", quirks=("escape",)) as process:
        yield process, backed_up(Hub(process.url, process.token), VM, 2)


def many_names(disk: Path) -> None:
    """An XFS with a folder of many names, two of them links to the hub's own disk."""
    lines = ["/dev/null", "0 0", "d--755 0 0", "many d--755 0 0"]
    lines += [f"document-{number:06} ---644 0 0 /dev/null" for number in range(MANY)]
    lines += ["hub-etc l--777 0 0 /etc", "hub-passwd l--777 0 0 /etc/passwd", "$", "$", ""]
    prototype = disk.with_suffix(".proto")
    prototype.write_text("\n".join(lines), encoding="ascii")
    with disk.open("wb") as file:
        file.truncate(512 << 20)
    subprocess.run(["mkfs.xfs", "-q", "-f", "-p", str(prototype), str(disk)], check=True)
    prototype.unlink()


def huge_file(tree: Path, disk: Path) -> None:
    """An ext4 with a file of 8 TB that is all holes, beside an ordinary one."""
    tree.mkdir()
    (tree / "ordinary.txt").write_bytes(b"ordinary")
    (tree / "hub-passwd").symlink_to("/etc/passwd")
    with (tree / "huge.img").open("wb") as file:
        file.truncate(HUGE)
    command = ["mkfs.ext4", "-q", "-F", "-d", str(tree), str(disk), "64M"]
    subprocess.run(command, check=True, capture_output=True)


@pytest.fixture
def point(cast: Cast, hub: tuple[LocalHub, HubBackup]) -> Iterator[Backup]:
    process, taken = hub
    yield known(taken, make_vm(VM, cast.acme, hub=connected(process)))
    clients.clear()


@pytest.fixture
def many(cast: Cast, point: Backup) -> Mount:
    return MountService(actor_of(cast)).open(backup=point, disk_index=0)


@pytest.fixture
def huge(cast: Cast, point: Backup) -> Mount:
    return MountService(actor_of(cast)).open(backup=point, disk_index=1)


def test_a_folder_of_many_names_shows_few_rows_and_no_way_out(
    restorer: Client, cast: Cast, many: Mount
) -> None:
    assert FolderService(MountService(actor_of(cast)), many).folder(f"{TOP}/many").entry_count == MANY + 2
    html = getattr(ask(restorer, many, "folder_list", f"{TOP}/many"), "content", b"").decode()
    assert "100,002" in html
    assert 0 < html.count('class="file-name"') <= 400
    for trick in ("hub-etc", "hub-etc/passwd", "hub-passwd"):
        for route in ("folder_list", "file_download", "folder_download"):
            answer = ask(restorer, many, route, f"{TOP}/many/{trick}")
            assert answer.status_code in (404, 409), (route, trick)
            assert b"root:" not in getattr(answer, "content", b"")


def test_a_folder_of_many_names_is_packed_whole_and_without_its_links(
    restorer: Client, cast: Cast, many: Mount
) -> None:
    put(restorer, cast, many, TOP, "many")
    take(restorer, cast, format="tar.zst")
    parcel = Parcel.objects.get()
    parcels.pack(parcel)
    parcel.refresh_from_db()
    assert (parcel.state, parcel.files_done) == (Parcel.State.READY, MANY)
    packed = contents(path_of(parcel).read_bytes(), "tar.zst")
    note = packed.pop(parcel.note).decode()
    assert (len(packed), set(packed.values())) == (MANY, {b""})
    assert {file.name for file in released(parcel)} == packed.keys()
    assert "hub-etc\ta link" in note
    assert "hub-passwd\ta link" in note


def test_a_file_of_eight_terabytes_is_listed_and_refused_in_words(restorer: Client, huge: Mount) -> None:
    html = getattr(ask(restorer, huge, "folder_list", TOP), "content", b"").decode()
    assert "7.3 TiB" in html
    answer = ask(restorer, huge, "file_download", f"{TOP}/huge.img")
    assert answer.status_code == 409
    assert b"larger than the portal can pass on" in getattr(answer, "content", b"")
    assert Download.objects.get().state == Download.State.FAILED
    assert ask(restorer, huge, "file_download", f"{TOP}/hub-passwd").status_code in (404, 409)


def test_beside_a_file_of_eight_terabytes_the_rest_is_packed(
    restorer: Client, cast: Cast, huge: Mount
) -> None:
    answer = ask(restorer, huge, "folder_download", TOP)
    assert answer.status_code == 302, "what is so large is packed in the background"
    put(restorer, cast, huge, TOP)
    take(restorer, cast, later="1")
    parcel = Parcel.objects.get()
    parcels.pack(parcel)
    parcel.refresh_from_db()
    packed = contents(path_of(parcel).read_bytes(), "zip")
    note = packed.pop(parcel.note).decode()
    assert [*packed.values()] == [b"ordinary"]
    assert "huge.img\tThis file is larger than the portal can pass on" in note
    assert "1 could not be included" in parcel.problem
