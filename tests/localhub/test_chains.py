"""Full and incremental backups: every point reads exactly as the disk did at its time."""

import os
import time
from pathlib import Path

import pytest

from tests.localhub.conftest import Serve
from tests.localhub.disks import converted, ext_disk, identical, points
from tests.localhub_process import command, copy_disk, sample_vms

CHANGE = 400_000
"""Bytes of the file that change-vm rewrites."""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    folder = tmp_path / "tree"
    folder.mkdir()
    (folder / "letter.txt").write_text("dear reader\n" * 5000)
    (folder / "noise.bin").write_bytes(os.urandom(3 << 20))
    return folder


def test_a_full_and_two_incrementals_are_bit_identical_to_the_disk_of_their_time(
    small_vm: Path, tmp_path: Path, serve: Serve
) -> None:
    client = serve(small_vm)
    disk = small_vm / "files01" / "disk0.raw"
    copies = []
    for number, kind in enumerate(["full", "incremental", "incremental"]):
        if number:
            command("change-vm", small_vm, "files01")
        client.backup("files01", kind)
        copies.append(tmp_path / f"copy{number}.raw")
        copy_disk(disk, copies[-1])
    stored = points(client.hub.state)
    assert [identical(point, copy) for point, copy in zip(stored, copies, strict=True)] == [True] * 3
    assert [identical(stored[0], copies[2]), identical(stored[2], copies[0])] == [False, False]
    assert "DAMAGED" not in command("verify", "--state", client.hub.state)


def test_an_incremental_holds_only_changed_blocks(small_vm: Path, serve: Serve) -> None:
    client = serve(small_vm)
    full = client.job(client.backup("files01"))
    command("change-vm", small_vm, "files01")
    changed = client.job(client.backup("files01", "incremental"))
    assert full["bytes_transferred"] > 28 << 20
    assert CHANGE <= changed["bytes_transferred"] == changed["total_bytes"] < CHANGE + (2 << 20)
    unchanged = client.job(client.backup("files01", "incremental"))
    assert unchanged["bytes_transferred"] == 0
    sizes = [path.stat().st_blocks * 512 for path in points(client.hub.state)]
    assert sizes[0] > 28 << 20
    assert max(sizes[1:]) < CHANGE + (2 << 20)


def test_blocks_that_became_zeroes_are_zeroes_in_the_incremental(
    small_vm: Path, tmp_path: Path, serve: Serve
) -> None:
    client = serve(small_vm)
    disk = small_vm / "files01" / "disk0.raw"
    client.backup("files01")
    with disk.open("r+b") as file:
        file.seek(8 << 20)
        file.write(bytes(4 << 20))
    copy_disk(disk, tmp_path / "copy.raw")
    client.backup("files01", "incremental")
    assert identical(points(client.hub.state)[-1], tmp_path / "copy.raw")


@pytest.mark.parametrize("odd", [0, 512 * 7])
def test_a_disk_may_grow_and_shrink_between_backups(
    small_vm: Path, tmp_path: Path, serve: Serve, odd: int
) -> None:
    client = serve(small_vm)
    disk = small_vm / "files01" / "disk0.raw"
    client.backup("files01")
    for size in ((600 << 20) + odd, (520 << 20) + odd):
        with disk.open("r+b") as file:
            file.truncate(size)
            file.seek(size - 100)
            file.write(b"end" * 33)
        client.backup("files01", "incremental")
        assert identical(points(client.hub.state)[-1], disk)


@pytest.mark.parametrize("form", ["qcow2", "vmdk", "vhdx"])
def test_other_image_formats_give_the_same_points(
    tmp_path: Path, tree: Path, serve: Serve, form: str
) -> None:
    raw = ext_disk(tmp_path / "disk.raw", tree)
    copy_disk(raw, tmp_path / "copy.raw")
    (tmp_path / "vms" / "odd").mkdir(parents=True)
    disk = converted(raw, tmp_path / "vms" / "odd" / f"disk.{form}")
    client = serve(tmp_path / "vms")
    first = client.backup("odd")
    (full,) = points(client.hub.state)
    assert identical(full, tmp_path / "copy.raw")
    mount = client.mount(first)
    assert client.content(mount, "/partition-1/noise.bin") == (tree / "noise.bin").read_bytes()
    client.unmount(mount)
    unchanged = client.job(client.backup("odd", "incremental"))
    assert unchanged["bytes_transferred"] == 0
    with (tmp_path / "copy.raw").open("r+b") as file:
        file.seek(16 << 20)
        file.write(b"changed" * 1000)
    disk.unlink()
    converted(tmp_path / "copy.raw", disk)
    changed = client.job(client.backup("odd", "incremental"))
    assert 0 < changed["bytes_transferred"] <= 3 * 65536
    assert identical(points(client.hub.state)[-1], disk, form)


def test_both_disks_of_a_vm_are_backed_up_one_after_the_other(tmp_path: Path, serve: Serve) -> None:
    vms = sample_vms(tmp_path / "vms", "db01")
    client = serve(vms)
    backup = client.backup("db01", disks=2)
    assert client.job(backup)["disks_count"] == 2
    for number, point in enumerate(points(client.hub.state)):
        assert identical(point, vms / "db01" / f"disk{number}.raw")
        mount = client.mount(backup, number)
        expected = ["lost+found", "usr"] if number == 0 else ["export", "lost+found", "main"]
        assert set(expected) <= set(client.names(mount, "/partition-1"))
    command("change-vm", vms, "db01")
    client.backup("db01", "incremental", disks=2)
    for number, point in enumerate(points(client.hub.state)[2:]):
        assert identical(point, vms / "db01" / f"disk{number}.raw")


def test_a_two_disk_job_says_completed_after_its_first_disk_and_falls_back(
    tmp_path: Path, serve: Serve
) -> None:
    client = serve(sample_vms(tmp_path / "vms", "db01"), copy_rate=30_000_000)
    backup = client.start("db01")
    early = client.wait(backup, "completed")
    assert client.try_mount(backup, 1).status_code == 500
    client.unmount(client.mount(backup, 1))
    late = client.job(backup)
    assert early["status"] == late["status"] == "completed"
    assert late["total_bytes"] != early["total_bytes"], "bytes are of the disk reported last"
    assert late["completed_at"] > early["completed_at"]


def test_progress_moves_in_steps_from_pending_to_completed(small_vm: Path, serve: Serve) -> None:
    client = serve(small_vm, copy_rate=15_000_000)
    backup = client.start("files01")
    seen = [client.job(backup)]
    while seen[-1]["status"] == "running":
        job = client.job(backup)
        if job != seen[-1]:
            seen.append(job)
    assert (seen[0]["current_phase"], seen[0]["total_bytes"]) == ("pending", 0)
    assert "last_telemetry_at" not in seen[0]
    moving = [job for job in seen if job["current_phase"] == "transferring"]
    assert len(moving) > 4
    percents = [job["progress_percent"] for job in moving]
    assert percents == sorted(percents)
    assert all(0 < job["transfer_speed_bps"] < 40_000_000 for job in moving)
    assert (seen[-1]["status"], seen[-1]["current_phase"]) == ("completed", "completed")
    assert 85 <= seen[-1]["progress_percent"] <= 100


def test_an_incremental_needs_a_full_in_its_repository(small_vm: Path, serve: Serve, tmp_path: Path) -> None:
    client = serve(small_vm)
    body = {"vm_name": "files01", "backup_type": "incremental", "repository_id": client.repository()}
    answer = client.call("POST", "/api/v1/backups", json=body)
    assert (answer.status_code, answer.json()["error"]) == (400, "no previous backup found")
    client.backup("files01")
    config = {"path": str(tmp_path / "second")}
    time.sleep(1.1)  # ids of repositories carry the second, too
    made = client.call(
        "POST", "/api/v1/repositories", json={"name": "Second", "type": "local", "config": config}
    )
    body["repository_id"] = made.json()["repository"]["id"]
    answer = client.call("POST", "/api/v1/backups", json=body)
    assert answer.status_code == 500
    assert answer.json()["details"].endswith("backup chain not found")
