"""Nothing of the hub's own disk, nothing through a link: refused before the hub is asked (trust.md row 3)."""

from urllib.parse import quote

import pytest
from django.test import Client
from django.urls import reverse

from restore.folders import FolderService
from restore.models import BasketItem, Mount, Parcel
from restore.mounts import MountService
from sendense_portal.audit.models import AuditEntry, Outcome
from sendense_portal.hub import HubNotFound, UnsafePath
from sendense_portal.tenancy.models import HubConnection
from tests.conftest import AsPerson, Cast
from tests.restore.small_hub import SmallHub

HOSTILE = [
    "/partition-1/../../etc",
    "/partition-1/..",
    "/partition-1/%2e%2e/%2e%2e/etc",
    "/partition-1/%252e%252e/etc",
    "/partition-1/..\\..\\etc",
    "/partition-1/./etc",
    "/partition-1/etc\x00.txt",
    "/partition-1/etc\r\nX: y",
    "partition-1/etc",
    "/etc",
    "/etc/passwd",
    "/host/passwd",
    "/partition-1x/etc",
    "/partition-",
    "/Partition 1 - web\\x20data (1.9 GB)/etc",
    "/partition-1/" + "a/" * 3000,
    "/partition-1/caf\ufffd",
]
LINKS = [
    "/partition-1/away",
    "/partition-1/away/passwd",
    "/partition-1/secret.txt",
    "/partition-1/secret.txt/x",
]


@pytest.fixture
def folders(service: MountService, mount: Mount) -> FolderService:
    return FolderService(service, mount)


@pytest.mark.parametrize("path", HOSTILE)
def test_a_hostile_path_is_refused_before_any_call(
    folders: FolderService, small_hub: SmallHub, path: str
) -> None:
    small_hub.asked.clear()
    with pytest.raises(UnsafePath):
        folders.folder(path)
    with pytest.raises(UnsafePath):
        folders.file(path)
    assert small_hub.asked == []


@pytest.mark.parametrize("path", LINKS)
def test_a_link_anywhere_in_a_path_never_reaches_the_hub(
    folders: FolderService, small_hub: SmallHub, path: str
) -> None:
    for ask in (folders.folder, folders.file):
        with pytest.raises(UnsafePath, match="link"):
            ask(path)
    assert small_hub.paths_of("files") == ["/", "/partition-1"]
    assert small_hub.paths_of("download") == []


def test_the_small_hub_would_have_followed_them(small_hub: SmallHub) -> None:
    assert [entry["name"] for entry in small_hub.listing("/partition-1/away")] == ["passwd"]


@pytest.mark.parametrize("path", ["/partition-2", "/partition-1/nowhere", "/partition-1/etc/hostname/x"])
def test_what_is_not_listed_is_not_asked_for(folders: FolderService, small_hub: SmallHub, path: str) -> None:
    with pytest.raises(HubNotFound):
        folders.folder(path)
    assert path not in small_hub.paths_of("files")


def test_a_folder_is_no_file_and_a_file_no_folder(folders: FolderService) -> None:
    with pytest.raises(HubNotFound, match="not a file"):
        folders.file("/partition-1/etc")
    with pytest.raises(HubNotFound, match="not a folder"):
        folders.folder("/partition-1/etc/hostname")


def test_an_older_hub_has_its_files_at_the_root(
    service: MountService, mount: Mount, small_hub: SmallHub, connection: HubConnection
) -> None:
    small_hub.files["/partition-etc"] = None  # an ordinary folder there
    HubConnection.objects.filter(pk=connection.pk).update(dialect="older")
    mount.hub.refresh_from_db()
    folders = FolderService(service, mount)
    assert folders.folder("/partition-etc").entry_count == 0
    with pytest.raises(UnsafePath):
        folders.folder("/partition-etc/../..")


@pytest.mark.parametrize("route", ["folder_list", "file_download", "folder_download"])
@pytest.mark.parametrize("path", [LINKS[0], LINKS[1], HOSTILE[0], HOSTILE[2]])
def test_an_address_typed_by_hand_is_refused_and_on_record(
    cast: Cast, mount: Mount, as_person: AsPerson, small_hub: SmallHub, route: str, path: str
) -> None:
    browser: Client = as_person(cast.acme_restorer)
    answer = browser.get(f"{reverse(f'restore:{route}', args=[mount.pk])}?path={quote(path)}")
    assert answer.status_code == 409
    assert not small_hub.paths_of("download")
    assert set(small_hub.paths_of("files")) <= {"/", "/partition-1"}
    entry = AuditEntry.objects.get(outcome=Outcome.REFUSED)
    assert (entry.actor, entry.parameters["path"]) == (cast.acme_restorer, path)


@pytest.mark.parametrize("path", [LINKS[0], LINKS[1], LINKS[2], HOSTILE[0], HOSTILE[2], HOSTILE[6]])
@pytest.mark.parametrize("way", ["pack", "basket", "history", "open"])
def test_no_other_way_in_takes_a_hostile_path(
    cast: Cast, mount: Mount, as_person: AsPerson, small_hub: SmallHub, way: str, path: str
) -> None:
    browser: Client = as_person(cast.acme_restorer)
    if way == "pack":
        browser.post(reverse("restore:folder_pack", args=[mount.pk]), {"path": path, "format": "zip"})
        assert not Parcel.objects.exists()
    elif way == "basket":
        browser.post(reverse("restore:basket_add", args=[mount.pk]), {"path": path, "do": "all"})
        assert not BasketItem.objects.exists()
    elif way == "history":
        browser.get(reverse("restore:mount_history", args=[mount.pk]), {"path": path})
    else:
        form = {"backup": str(mount.backup_id), "disk": "0", "file": path}
        onward = browser.post(reverse("restore:mount_open"), form)["Location"]
        assert onward.startswith(reverse("restore:folder_list", args=[mount.pk]))
        browser.get(onward)
    assert not small_hub.paths_of("download")
    assert set(small_hub.paths_of("files")) <= {"/", "/partition-1", "/partition-1/etc"}
