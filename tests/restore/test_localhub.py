"""Files out of a real backup, in both dialects, at a hub that follows links out of the guest."""

import hashlib
import io
import zipfile
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from django.http import HttpResponseBase
from django.test import Client
from django.urls import reverse

from backups.models import BackupDisk
from restore.folders import FolderService
from restore.models import Download, FileEntry, Mount
from restore.mounts import MountService
from sendense_portal.hub import UnsafePath
from sendense_portal.tenancy.hubs import clients
from sendense_portal.tenancy.models import HubConnection
from tests.conftest import AsPerson, Cast
from tests.factories import make_backup, make_vm
from tests.restore.conftest import actor_of
from tests.restore.hostile import NAMES, VM, HostilePoint, start_with_backup
from tests.restore.test_downloads import body

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", params=["today", "older"])
def hostile(request: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostilePoint]:
    folder = tmp_path_factory.mktemp("hostile")
    point = start_with_backup(folder, dialect=request.param, quirks=("escape", "archive-hangs"))
    yield point
    point.process.stop()


@pytest.fixture
def connection(db: None, hostile: HostilePoint) -> Iterator[HubConnection]:
    connection = HubConnection(name="Hub", url=hostile.process.url, dialect=hostile.process.dialect)
    connection.token = hostile.process.token
    connection.save()
    yield connection
    clients.clear()


@pytest.fixture
def mount(cast: Cast, connection: HubConnection, hostile: HostilePoint) -> Mount:
    backup = make_backup(make_vm(VM, cast.acme, hub=connection), remote_id=hostile.backup.backup_id)
    for disk in hostile.backup.disks:
        BackupDisk.objects.create(backup=backup, index=disk.disk_index, hub_job_id=disk.job_id or "")
    return MountService(actor_of(cast)).open(backup=backup, disk_index=0)


@pytest.fixture
def top(mount: Mount) -> str:
    """Where the file system begins."""
    return "" if mount.hub.dialect == "older" else "/partition-1"


@pytest.fixture
def folders(cast: Cast, mount: Mount) -> FolderService:
    return FolderService(MountService(actor_of(cast)), mount)


@pytest.fixture
def restorer(cast: Cast, as_person: AsPerson) -> Client:
    return as_person(cast.acme_restorer)


def ask(restorer: Client, mount: Mount, route: str, path: str) -> HttpResponseBase:
    return restorer.get(f"{reverse(f'restore:{route}', args=[mount.pk])}?path={quote(path, safe='')}")


def test_the_hub_of_these_tests_would_follow_links(hostile: HostilePoint, mount: Mount, top: str) -> None:
    with hostile.hub.restore.open(mount.remote_id, f"{top}/tricks/hub-passwd") as download:
        assert b"CANARY" in download.read()


def test_every_name_is_listed_and_fetched(
    restorer: Client, folders: FolderService, hostile: HostilePoint, mount: Mount, top: str
) -> None:
    listed = set(folders.folder(f"{top}/names").entries.values_list("name", flat=True))
    assert listed == set(NAMES)
    for name in NAMES:
        content = body(ask(restorer, mount, "file_download", f"{top}/names/{name}"))
        assert content == (hostile.tree / "names" / name).read_bytes()


def test_a_large_file_has_the_sum_of_the_file_in_the_guest(
    restorer: Client, hostile: HostilePoint, mount: Mount, top: str
) -> None:
    content = (hostile.tree / "big.bin").read_bytes()
    assert body(ask(restorer, mount, "file_download", f"{top}/big.bin")) == content
    assert Download.objects.get().sha256 == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize(
    "trick",
    [
        "tricks/hub-passwd",
        "tricks/hub-etc",
        "tricks/hub-etc/shadow",
        "tricks/climb/passwd",
        "tricks/loop",
        "tricks/self/self/honest",
        "../../etc/passwd",
        "tricks/../../../etc/passwd",
        "%2e%2e/%2e%2e/etc/passwd",
    ],
)
@pytest.mark.parametrize("route", ["folder_list", "file_download", "folder_download"])
def test_no_trick_shows_the_hubs_own_disk(
    restorer: Client, mount: Mount, top: str, route: str, trick: str
) -> None:
    answer = ask(restorer, mount, route, f"{top}/{trick}")
    assert answer.status_code in (404, 409)
    assert b"CANARY" not in getattr(answer, "content", b"")


def test_links_are_listed_as_links(folders: FolderService, top: str) -> None:
    kinds = dict(folders.folder(f"{top}/tricks").entries.values_list("name", "kind"))
    link, file = FileEntry.Kind.SYMLINK, FileEntry.Kind.FILE
    assert {
        name: kinds[name] for name in ("hub-passwd", "hub-etc", "climb", "loop", "self")
    } == dict.fromkeys(("hub-passwd", "hub-etc", "climb", "loop", "self"), link)
    assert kinds["honest"] == kinds["hard-link"] == file


@pytest.mark.parametrize("name", ["pipe", "socket"])
def test_pipes_and_sockets_are_never_opened(restorer: Client, mount: Mount, top: str, name: str) -> None:
    """The hub calls them empty files."""
    assert body(ask(restorer, mount, "file_download", f"{top}/tricks/{name}")) == b""


def test_a_name_that_is_not_utf8_is_shown_and_said_to_be_out_of_reach(
    restorer: Client, folders: FolderService, mount: Mount, top: str
) -> None:
    html = getattr(ask(restorer, mount, "folder_list", f"{top}/broken"), "content", b"").decode()
    assert "caf⟨U+FFFD⟩.txt" in html
    assert "file_download" not in html
    with pytest.raises(UnsafePath):
        folders.file(f"{top}/broken/caf\ufffd.txt")


def test_the_whole_disk_as_zip_has_every_file_and_nothing_of_the_hub(
    restorer: Client, hostile: HostilePoint, mount: Mount, top: str
) -> None:
    archive = zipfile.ZipFile(io.BytesIO(body(ask(restorer, mount, "folder_download", top or "/"))))
    assert archive.testzip() is None
    first = archive.namelist()[0]
    contents = {name.removeprefix(first): archive.read(name) for name in archive.namelist()}
    for path in hostile.tree.rglob("*"):
        inside = str(path.relative_to(hostile.tree)).replace("\\", "_").replace("NUL", "_NUL")
        if path.is_symlink() or "broken/" in inside or path.is_socket() or path.is_fifo():
            continue
        if path.is_dir():
            assert f"{inside}/" in contents
        else:
            assert contents[inside] == path.read_bytes(), inside
    assert not any(b"CANARY" in content for content in contents.values())
    note = contents["_not-included.txt"].decode()
    assert note.count("a link; links are not followed") == 5
    assert note.count("not valid UTF-8") == 1


def test_a_hub_restart_in_the_middle_of_browsing_is_not_noticed(
    folders: FolderService, hostile: HostilePoint, mount: Mount, top: str
) -> None:
    folders.folder(top or "/")
    hostile.process.stop()
    hostile.process.start()
    assert folders.folder(f"{top}/d0/d1").entry_count == 1
    mount.refresh_from_db()
    assert mount.is_open
