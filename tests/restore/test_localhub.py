"""Files out of a real backup, in both dialects, at a hub that follows links out of the guest."""

import hashlib
import io
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from backups.models import Backup
from restore.catalogue.walker import walk_all
from restore.folders import FolderService
from restore.models import Download, FileEntry, Mount, MountSlots, NameVersion, RestoreProof
from restore.mounts import MountService
from restore.names import archived, visible
from restore.proofs.runner import prove_all
from sendense_portal.hub import UnsafePath
from sendense_portal.tenancy.hubs import clients
from sendense_portal.tenancy.models import HubConnection
from tests.conftest import Cast
from tests.factories import make_vm
from tests.restore.conftest import actor_of, ask, connected, known
from tests.restore.evidence import handed_out, said_of
from tests.restore.hostile import LINKS, NAMES, NODES, VM, HostilePoint, start_with_backup
from tests.restore.test_downloads import body
from tests.restore.unpacked import contents

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", params=["today", "older"])
def hostile(request: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostilePoint]:
    folder = tmp_path_factory.mktemp("hostile")
    point = start_with_backup(folder, dialect=request.param, quirks=("escape", "archive-hangs"))
    yield point
    point.process.stop()


@pytest.fixture
def connection(db: None, hostile: HostilePoint) -> Iterator[HubConnection]:
    yield connected(hostile.process)
    clients.clear()


@pytest.fixture
def mount(cast: Cast, connection: HubConnection, hostile: HostilePoint) -> Mount:
    backup = known(hostile.backup, make_vm(VM, cast.acme, hub=connection))
    return MountService(actor_of(cast)).open(backup=backup, disk_index=0)


@pytest.fixture
def top(mount: Mount) -> str:
    """Where the file system begins."""
    return "" if mount.hub.dialect == "older" else "/partition-1"


@pytest.fixture
def folders(cast: Cast, mount: Mount) -> FolderService:
    return FolderService(MountService(actor_of(cast)), mount)


def test_the_hub_of_these_tests_would_follow_links(hostile: HostilePoint, mount: Mount, top: str) -> None:
    for link in ("hub-passwd", "neighbour-file", "beside/secret.txt"):
        with hostile.hub.restore.open(mount.remote_id, f"{top}/tricks/{link}") as download:
            assert b"CANARY" in download.read(), link


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
        "tricks/neighbour",
        "tricks/neighbour/partition-1/secret.txt",
        "tricks/neighbour-file",
        "tricks/beside",
        "tricks/beside/secret.txt",
        "tricks/all-mounts",
        "tricks/all-mounts/neighbour/partition-1/secret.txt",
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
    assert {name: kinds[name] for name in LINKS} == dict.fromkeys(LINKS, link)
    assert kinds["honest"] == kinds["hard-link"] == file


@pytest.mark.parametrize("name", ["pipe", "socket", *NODES])
def test_pipes_sockets_and_devices_stay_shut(restorer: Client, mount: Mount, top: str, name: str) -> None:
    """The hub calls them empty files."""
    assert body(ask(restorer, mount, "file_download", f"{top}/tricks/{name}")) == b""


def test_what_may_be_a_pipe_or_a_device_is_said_to_be(restorer: Client, mount: Mount, top: str) -> None:
    html = getattr(ask(restorer, mount, "folder_list", f"{top}/tricks"), "content", b"").decode()
    assert html.count("empty, or a pipe, socket or device, which is never opened") == 2 + len(NODES)


def test_a_name_that_is_not_utf8_is_shown_and_said_to_be_out_of_reach(
    restorer: Client, folders: FolderService, mount: Mount, top: str
) -> None:
    html = getattr(ask(restorer, mount, "folder_list", f"{top}/broken"), "content", b"").decode()
    assert "caf⟨U+FFFD⟩.txt" in html
    assert "line⟨U+000A⟩break.txt" in html
    assert "tab⟨U+0009⟩folder" in html
    assert html.count("the hub is never asked for it") == 2
    assert "/file/?" not in html
    assert 'name="entry"' not in html
    with pytest.raises(UnsafePath):
        folders.file(f"{top}/broken/caf\ufffd.txt")


def test_the_whole_disk_as_zip_has_every_file_and_nothing_of_the_hub(
    restorer: Client, hostile: HostilePoint, mount: Mount, top: str
) -> None:
    answer = ask(restorer, mount, "folder_download", top or "/")
    while answer.status_code == 302:  # not counted within the time of a page; what was listed counts at once
        answer = ask(restorer, mount, "folder_download", top or "/")
    archive = zipfile.ZipFile(io.BytesIO(body(answer)))
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
    assert note.count("a link; links are not followed") == len(LINKS)
    assert note.count("not valid UTF-8") == 1
    assert note.count("it contains control characters") == 2


@pytest.mark.parametrize("archive_format", ["zip", "tar.zst"])
def test_names_of_every_kind_survive_the_list_the_basket_the_archive_and_the_manifest(
    restorer: Client,
    cast: Cast,
    hostile: HostilePoint,
    folders: FolderService,
    mount: Mount,
    top: str,
    archive_format: str,
) -> None:
    html = getattr(ask(restorer, mount, "folder_list", f"{top}/names"), "content", b"").decode()
    assert [name for name in NAMES if f"<bdi>{escape(visible(name))}</bdi>" not in html] == []
    folder = folders.folder(f"{top}/names")
    keys = [str(pk) for pk in folder.entries.values_list("pk", flat=True)]
    add = reverse("restore:basket_add", args=[mount.pk])
    restorer.post(add, {"path": folder.path, "entry": keys, "do": "chosen"})
    shown = restorer.get(reverse("restore:basket")).content.decode()
    assert [name for name in NAMES if escape(visible(f"{top}/names/{name}")) not in shown] == []
    form = {"tenant": str(cast.acme.pk), "format": archive_format}
    packed = contents(body(restorer.post(reverse("restore:basket_take"), form)), archive_format)
    by_name = {name.rpartition("/")[2]: content for name, content in packed.items()}
    assert by_name == {archived(name): f"content of {name}".encode() for name in NAMES}
    manifest = said_of(handed_out())
    assert {file["name"]: file["sha256"] for file in manifest["files"]} == {
        name: hashlib.sha256(content).hexdigest() for name, content in packed.items()
    }
    assert {item["path"] for item in manifest["items"]} == {f"{top}/names/{name}" for name in NAMES}


def test_a_hub_restart_in_the_middle_of_browsing_is_not_noticed(
    folders: FolderService, hostile: HostilePoint, mount: Mount, top: str
) -> None:
    folders.folder(top or "/")
    hostile.process.stop()
    hostile.process.start()
    assert folders.folder(f"{top}/d0/d1").entry_count == 1
    mount.refresh_from_db()
    assert mount.is_open


def test_the_catalogue_of_the_whole_disk_has_every_name_and_nothing_of_the_hub(
    hostile: HostilePoint, mount: Mount, top: str
) -> None:
    MountSlots.objects.create(hub=mount.hub, maximum=8)
    long_ago = timezone.now() - timedelta(days=1)
    Backup.objects.update(created_at=long_ago, completed_at=long_ago)
    assert walk_all(mount.hub) == 1
    rows = NameVersion.objects.select_related("name__folder")
    kinds = {row.name.path.removeprefix(top): row.kind for row in rows}
    inside = {"/" + str(path.relative_to(hostile.tree)) for path in hostile.tree.rglob("*")}
    unsayable = {path for path in inside if "broken/" in path}
    assert inside - unsayable <= kinds.keys()
    extra = {path for path in kinds.keys() - inside if path and not path.startswith("/broken")}
    assert extra == {"/lost+found", *(f"/tricks/{name}" for name in NODES)}, "nothing of the hub"
    assert "/broken/line\nbreak.txt" in kinds
    assert not any("inside" in path for path in kinds), "a folder that can't be said is not walked into"
    assert kinds["/tricks/hub-etc"] == kinds["/tricks/self"] == kinds["/tricks/climb"] == "l"
    assert {kinds[f"/tricks/{name}"] for name in LINKS} == {"l"}


def test_a_proof_reads_the_guest_s_own_files_and_nothing_of_the_hub(
    cast: Cast, hostile: HostilePoint, mount: Mount, top: str
) -> None:
    MountSlots.objects.create(hub=mount.hub, maximum=8)
    long_ago = timezone.now() - timedelta(days=1)
    Backup.objects.update(created_at=long_ago, completed_at=long_ago)
    cast.acme.night_begins = cast.acme.night_ends = 0
    cast.acme.save()
    assert walk_all(mount.hub) == 1
    assert prove_all(mount.hub) == 1
    proof = RestoreProof.objects.get()
    assert (proof.state, proof.wrong) == (RestoreProof.State.PASSED, [])
    assert proof.good_count == proof.file_count >= len(NAMES)
    for reading in proof.readings:
        content = (hostile.tree / reading["path"].removeprefix(f"{top}/")).read_bytes()
        assert reading["sha256"] == hashlib.sha256(content).hexdigest()
