"""Listing and downloading out of a backup of web01 (ext4)."""

import hashlib
import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.localhub.client import Client
from tests.localhub_process import file_in_vm

HOME = "/partition-1/home/josé"
BIG = "/srv/backup/archive-2025.tar.zst"


def test_the_root_lists_partitions_with_escaped_labels(web_hub: Client, web_mount: str) -> None:
    (partition,) = web_hub.files(web_mount)
    assert partition["name"] == "Partition 1 - web\\x20data (2.0 GB)"
    assert (partition["path"], partition["type"], partition["mode"]) == ("/partition-1", "directory", "0755")


@pytest.mark.parametrize(
    "path",
    ["/etc/hostname", "/home/olga/Документы/отчёт 2025.txt", "/home/josé/empty.txt", "/var/log/syslog"],
)
def test_a_download_is_the_file_inside_the_vm(web_hub: Client, web_mount: str, path: str) -> None:
    content = web_hub.content(web_mount, f"/partition-1{path}")
    assert content == file_in_vm(web_hub.hub.vms, "web01", 0, 1, path)


def test_a_large_download_has_the_sha256_of_the_file_inside_the_vm(web_hub: Client, web_mount: str) -> None:
    answer = web_hub.download(web_mount, f"/partition-1{BIG}")
    assert int(answer.headers["Content-Length"]) == len(answer.content) == 64 << 20
    inside = file_in_vm(web_hub.hub.vms, "web01", 0, 1, BIG)
    assert hashlib.sha256(answer.content).digest() == hashlib.sha256(inside).digest()


def test_awkward_names_are_listed_and_fetched_as_they_are(web_hub: Client, web_mount: str) -> None:
    names = web_hub.names(web_mount, HOME)
    for name in ("100% + plus & amp.txt", "-leading-dash; rm.txt", 'it\'s a "quoted" name.txt', "日本語.txt"):
        assert name in names
        answer = web_hub.download(web_mount, f"{HOME}/{name}")
        assert answer.status_code == 200
        shown = answer.headers["Content-Disposition"].encode("latin-1").decode()
        assert shown == f'attachment; filename="{name}"', "raw, quotes and all, as the hub sends it"


def test_a_name_that_is_not_utf8_is_shown_damaged_and_fetched_only_by_its_bytes(
    web_hub: Client, web_mount: str
) -> None:
    assert "latin1-\ufffd.txt" in web_hub.names(web_mount, HOME)
    assert web_hub.download(web_mount, f"{HOME}/latin1-\ufffd.txt").status_code == 500
    path = "/partition-1/home/jos%C3%A9/latin1-%E9.txt"
    answer = web_hub.call("GET", f"/api/v1/restore/{web_mount}/download?path={path}")
    assert answer.content == b"latin 1\n"


def test_links_are_shown_and_never_followed(web_hub: Client, web_mount: str) -> None:
    entries = {entry["name"]: entry for entry in web_hub.files(web_mount, "/partition-1/etc")}
    assert entries["localtime"]["is_symlink"] and entries["localtime"]["type"] == "file"
    assert "symlink_target" not in entries["localtime"]
    info = web_hub.get(f"/restore/{web_mount}/file-info", path="/partition-1/etc/localtime")
    assert info["symlink_target"] == "/usr/share/zoneinfo/Etc/UTC"
    assert info["size"] == len(info["symlink_target"])
    for path in ("etc/passwd-link", "etc/nginx/current.conf", "home/site"):
        answer = web_hub.download(web_mount, f"/partition-1/{path}")
        assert (answer.status_code, "symlink" in answer.json()["error"]) == (500, True)
    query = {"path": "/partition-1/home/site/html"}
    through = web_hub.call("GET", f"/api/v1/restore/{web_mount}/files", params=query)
    assert through.status_code == 500


def test_a_dangling_link_has_no_info_as_at_the_real_hub(web_hub: Client, web_mount: str) -> None:
    query = {"path": "/partition-1/etc/dangling"}
    answer = web_hub.call("GET", f"/api/v1/restore/{web_mount}/file-info", params=query)
    assert answer.status_code == 500
    assert answer.json()["error"].endswith("path does not exist: /partition-1/etc/dangling")


def test_a_fifo_is_called_a_file_and_can_not_be_fetched(web_hub: Client, web_mount: str) -> None:
    (fifo,) = web_hub.files(web_mount, "/partition-1/var/run")
    assert (fifo["type"], fifo["size"], fifo["is_symlink"]) == ("file", 0, False)
    answer = web_hub.download(web_mount, fifo["path"])
    assert (answer.status_code, answer.json()["error"][-26:]) == (500, "path is not a regular file")


@pytest.mark.parametrize("route", ["files", "file-info", "download", "download-directory"])
@pytest.mark.parametrize(
    "path",
    ["/partition-1/../../../../etc", "/partition-1/etc/../etc", "/../etc", "/partition-1/nope",
     "/partition-9", "/etc", "/partition-1/etc/hostname/x", "/partition-01x", "/partition-0"],
)  # fmt: skip
def test_paths_out_of_the_mount_and_missing_ones_are_refused(
    web_hub: Client, web_mount: str, route: str, path: str
) -> None:
    answer = web_hub.download(web_mount, path, route)
    assert answer.status_code == 500
    assert set(answer.json()) == {"error"}


def test_display_names_are_paths_for_listing_only(web_hub: Client, web_mount: str) -> None:
    path = "/Partition 1 - web data (2.0 GB)/etc/nginx"
    assert [entry["path"] for entry in web_hub.files(web_mount, path)][
        -1
    ] == "/partition-1/etc/nginx/nginx.conf"
    assert web_hub.download(web_mount, f"{path}/nginx.conf").status_code == 500


def test_a_recursive_listing_has_everything_below(web_hub: Client, web_mount: str) -> None:
    paths = [e["path"] for e in web_hub.files(web_mount, "/partition-1/var", recursive="true")]
    assert "/partition-1/var/www/html/page-001.html" in paths
    assert "/partition-1/var/run/queue.fifo" in paths


def test_range_is_ignored_and_head_is_not_found(web_hub: Client, web_mount: str) -> None:
    path = f"/api/v1/restore/{web_mount}/download?path=/partition-1/etc/hostname"
    ranged = web_hub.call("GET", path, headers={"Range": "bytes=1-2"})
    assert (ranged.status_code, ranged.content) == (200, b"web01\n")
    assert web_hub.call("HEAD", path).status_code == 404


@pytest.mark.parametrize("route", ["download", "download-directory"])
def test_a_folder_comes_as_zip_with_equal_members(web_hub: Client, web_mount: str, route: str) -> None:
    answer = web_hub.download(web_mount, "/partition-1/home", route)
    assert answer.headers["Content-Disposition"] == 'attachment; filename="home.zip"'
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    assert archive.testzip() is None
    assert archive.read("olga/Документы/отчёт 2025.txt").decode() == "привет\n"
    assert len(archive.namelist()) == 8, "links and empty folders are left out"


def test_a_folder_comes_as_tar_with_equal_members(web_hub: Client, web_mount: str) -> None:
    answer = web_hub.download(web_mount, "/partition-1/srv", "download-directory", format="tar.gz")
    with tarfile.open(fileobj=io.BytesIO(answer.content)) as archive:
        assert sorted(archive.getnames()) == ["backup/archive-2025.tar.zst", "media/film.mkv"]
        file = archive.extractfile("media/film.mkv")
        assert file is not None
        film = file.read()
    assert film == file_in_vm(web_hub.hub.vms, "web01", 0, 1, "/srv/media/film.mkv")


def test_unknown_archive_formats_and_files_as_folders_are_refused(web_hub: Client, web_mount: str) -> None:
    rar = web_hub.download(web_mount, "/partition-1/etc", "download-directory", format="rar")
    assert rar.json()["error"].endswith("unsupported archive type: rar (supported: zip, tar.gz)")
    of_file = web_hub.download(web_mount, "/partition-1/etc/hostname", "download-directory")
    assert of_file.json()["error"].endswith("path is not a directory")


def test_nothing_that_is_served_lies_in_the_state_folder_as_plain_files(web_hub: Client) -> None:
    kinds = {path.suffix for path in Path(web_hub.hub.state).rglob("*") if path.is_file()}
    assert kinds <= {".qcow2", ".manifest", ".sqlite3", ".sqlite3-wal", ".sqlite3-shm", ""}
