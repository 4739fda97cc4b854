"""Mounts: eight at most, an hour each, one per disk."""

import time
from pathlib import Path

import pytest

from tests.localhub.conftest import Serve
from tests.localhub.disks import blank, ext_disk


@pytest.fixture
def tiny_vms(tmp_path: Path) -> Path:
    """Nine VMs with a small disk each."""
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "file.txt").write_text("content\n")
    for number in range(9):
        ext_disk(tmp_path / "vms" / f"tiny{number}" / "disk.raw", tree, megabytes=8)
    return tmp_path / "vms"


def test_the_ninth_mount_is_refused_and_ending_one_makes_room(tiny_vms: Path, serve: Serve) -> None:
    client = serve(tiny_vms)
    backups = [client.start(f"tiny{number}") for number in range(9)]
    mounts = [client.mount(backup) for backup in backups[:8]]
    for backup in backups:
        client.wait(backup)
    refused = client.try_mount(backups[8])
    while "disk not found" in refused.text:
        refused = client.try_mount(backups[8])
    assert refused.status_code == 500
    assert "maximum" in refused.json()["error"]
    resources = client.get("/restore/resources")
    assert (resources["active_mounts"], resources["available_slots"]) == (8, 0)
    assert len(set(resources["allocated_devices"])) == 8
    assert client.content(mounts[0], "/partition-1/file.txt") == b"content\n"
    client.unmount(mounts[3])
    assert client.names(client.mount(backups[8]), "/partition-1") == ["file.txt", "lost+found"]


def test_the_same_disk_mounted_again_is_the_same_mount(tiny_vms: Path, serve: Serve) -> None:
    client = serve(tiny_vms)
    backup = client.backup("tiny0")
    first = client.try_mount(backup).json()
    again = client.try_mount(backup).json()
    assert first["mount_id"] == again["mount_id"]
    assert "." in first["created_at"] and "." not in again["created_at"], "read back from whole seconds"
    (listed,) = client.get("/restore/mounts")["mounts"]
    assert (listed["backup_id"], listed["disk_index"]) == ("", 0), "the list forgets what a mount is of"


def test_a_mount_ends_by_itself_even_when_used(tiny_vms: Path, serve: Serve) -> None:
    client = serve(tiny_vms, mount_lifetime=2)
    mount = client.mount(client.backup("tiny0"))
    until = time.monotonic() + 10
    while client.get("/restore/mounts")["count"]:
        client.call("GET", f"/api/v1/restore/{mount}/files", params={"path": "/partition-1"})
        assert time.monotonic() < until
        time.sleep(0.1)
    gone = client.call("GET", f"/api/v1/restore/{mount}/files")
    assert (gone.status_code, "mount not found" in gone.text) == (500, True)


def test_unknown_mounts_and_backups_are_500(tiny_vms: Path, serve: Serve) -> None:
    client = serve(tiny_vms)
    assert client.call("DELETE", "/api/v1/restore/none").status_code == 500
    for route in ("files", "file-info", "download", "download-directory"):
        answer = client.download("none", "/partition-1", route)
        assert (answer.status_code, "mount not found" in answer.json()["error"]) == (500, True)
    answer = client.try_mount("backup-none-1")
    assert answer.json()["error"].endswith("backup_id=backup-none-1, disk_index=0: record not found")


def test_with_its_quirk_one_failed_mount_blocks_all_later_ones(tiny_vms: Path, serve: Serve) -> None:
    blank(tiny_vms / "empty" / "disk.raw", 8).write_bytes(b"nothing known" * 1000)
    client = serve(tiny_vms, quirks=["poisoned-mount"])
    good, bad = client.backup("tiny0"), client.start("empty")
    client.wait(bad)
    answer = client.try_mount(bad)
    while "disk not found" in answer.text:
        answer = client.try_mount(bad)
    assert answer.json()["error"].endswith("no mountable partitions found")
    assert client.get("/restore/mounts")["count"] == 0
    assert "Duplicate entry '/dev/nbd0' for key 'uk_nbd_device'" in client.try_mount(good).json()["error"]
