"""The pages of restore as people use them, with and without htmx."""

from urllib.parse import quote

from django.test import Client
from django.urls import reverse

from backups.models import Backup, BackupDisk, BackupState
from restore.models import Download, Mount
from sendense_portal.tenancy.models import HubConnection
from tests.conftest import AsPerson, Cast
from tests.factories import make_backup, make_vm
from tests.restore.small_hub import SmallHub

HTMX = {"HX-Request": "true"}


def files_url(mount: Mount, path: str = "/", more: str = "") -> str:
    return f"{reverse('restore:folder_list', args=[mount.pk])}?path={quote(path, safe='')}{more}"


def test_home_lists_restorable_points_only(restorer: Client, cast: Cast, point: Backup) -> None:
    make_backup(make_vm("other", cast.borealis, hub=point.hub))
    make_backup(point.vm, BackupState.FAILED)
    html = restorer.get(reverse("restore:restore_home")).content.decode()
    assert html.count("?backup=") == 2  # its address and the one htmx uses
    assert "other" not in html


def test_a_point_named_in_the_address_leads_to_its_opening(restorer: Client, point: Backup) -> None:
    answer = restorer.get(f"{reverse('restore:restore_home')}?backup={point.pk}")
    assert answer.headers["Location"] == f"{reverse('restore:mount_open')}?backup={point.pk}"


def test_opening_works_without_javascript(restorer: Client, point: Backup, small_hub: SmallHub) -> None:
    BackupDisk.objects.create(backup=point, index=0)
    BackupDisk.objects.create(backup=point, index=1)
    form = restorer.get(f"{reverse('restore:mount_open')}?backup={point.pk}").content.decode()
    assert form.count('type="radio"') == 2
    answer = restorer.post(reverse("restore:mount_open"), {"backup": point.pk, "disk": 1})
    mount = Mount.objects.get()
    assert mount.disk_index == 1
    assert answer.headers["Location"] == reverse("restore:folder_list", args=[mount.pk])


def test_a_disk_that_is_not_there_is_refused_at_the_form(restorer: Client, point: Backup) -> None:
    answer = restorer.post(reverse("restore:mount_open"), {"backup": point.pk, "disk": 7})
    assert b"Choose a disk of the list" in answer.content


def test_what_the_hub_says_stands_in_the_dialog(restorer: Client, point: Backup, small_hub: SmallHub) -> None:
    small_hub.wrong.mount_error = "Duplicate entry '/dev/nbd0' for key"
    answer = restorer.post(reverse("restore:mount_open"), {"backup": point.pk, "disk": 0}, headers=HTMX)
    assert b"until then no restore point opens" in answer.content
    assert b"<html" not in answer.content


def test_a_partition_is_shown_by_its_label(restorer: Client, mount: Mount) -> None:
    html = restorer.get(files_url(mount)).content.decode()
    assert "Partition 1 - web data (1.9 GB)" in html
    assert "?path=%2Fpartition-1" in html
    inside = restorer.get(files_url(mount, "/partition-1")).content.decode()
    assert "Partition 1 - web data (1.9 GB)" in inside


def test_links_and_broken_names_are_shown_without_an_address(
    restorer: Client, mount: Mount, small_hub: SmallHub
) -> None:
    small_hub.files |= {"/partition-1/caf\ufffd": b"x", "/partition-1/exe\u202egpj": b"x"}
    html = restorer.get(files_url(mount, "/partition-1")).content.decode()
    assert "Link; shown, never followed" in html
    assert "path=%2Fpartition-1%2Faway" not in html
    assert "not valid UTF-8" in html
    assert "caf%EF%BF%BD" not in html
    assert "exe⟨U+202E⟩gpj" in html


def test_htmx_gets_the_part_it_asked_for(restorer: Client, mount: Mount) -> None:
    browse = restorer.get(files_url(mount, "/partition-1"), headers=HTMX | {"HX-Target": "file-browser"})
    assert browse.content.strip().startswith(b'<div id="file-browser"')
    sort = restorer.get(
        files_url(mount, "/partition-1", "&sort=-size"), headers=HTMX | {"HX-Target": "files"}
    )
    assert sort.content.strip().startswith(b'<div id="files"')


def test_folders_stay_first_however_it_is_sorted(restorer: Client, mount: Mount) -> None:
    for sort in ("name", "-name", "size", "-size", "modified", "-modified"):
        html = restorer.get(
            files_url(mount, "/partition-1", f"&sort={sort}"), headers=HTMX | {"HX-Target": "files"}
        )
        text = html.content.decode()
        assert text.index("<bdi>etc") < text.index("<bdi>big.bin") < text.index("<bdi>away"), sort


def test_the_filter_knows_neither_case_nor_unicode_form(
    restorer: Client, mount: Mount, small_hub: SmallHub
) -> None:
    small_hub.files |= {"/partition-1/Cafe\u0301.txt": b"x", "/partition-1/STRASSE": b"x"}
    found = restorer.get(files_url(mount, "/partition-1", f"&q={quote('café')}")).content.decode()
    assert "Cafe\u0301.txt" in found
    assert "big.bin</bdi>" not in found
    assert (
        "STRASSE" in restorer.get(files_url(mount, "/partition-1", f"&q={quote('straße')}")).content.decode()
    )


def test_a_folder_once_seen_needs_no_hub(restorer: Client, mount: Mount) -> None:
    restorer.get(files_url(mount, "/partition-1"))
    HubConnection.objects.update(url="http://127.0.0.1:9")
    assert restorer.get(files_url(mount, "/partition-1")).status_code == 200
    assert restorer.get(files_url(mount, "/partition-1/etc")).status_code == 503


def test_closing_names_who_else_is_in_it(
    restorer: Client, cast: Cast, mount: Mount, as_person: AsPerson, small_hub: SmallHub
) -> None:
    as_person(cast.acme_admin).get(files_url(mount))
    url = reverse("restore:mount_close", args=[mount.pk])
    assert str(cast.acme_admin) in restorer.get(url).content.decode()
    assert restorer.post(url).headers["Location"] == reverse("restore:mount_list")
    assert small_hub.mounts == {}
    again = restorer.get(files_url(mount, "/partition-1/etc"))
    assert (again.status_code, b"Open it again" in again.content) == (409, True)


def test_downloads_are_listed_with_how_they_ended(restorer: Client, cast: Cast, mount: Mount) -> None:
    Download.objects.create(
        tenant=cast.acme, backup=mount.backup, mount=mount, disk_index=0, path="/partition-1/x", kind="file",
        state="incomplete", reason="The hub stopped sending.", person_name="R", size=10,
    )  # fmt: skip
    Download.objects.create(
        tenant=cast.borealis,
        backup=mount.backup,
        disk_index=0,
        path="/partition-1/theirs",
        kind="file",
        person_name="B",
    )
    html = restorer.get(reverse("restore:download_list")).content.decode()
    assert "The hub stopped sending." in html
    assert "theirs" not in html
