"""kill -9 and restarts: a half point is never one that can be restored."""

import os
import signal
import tempfile
import time
from pathlib import Path

import pytest

from localhub.exports import SOCKETS
from tests.localhub.client import Client
from tests.localhub.conftest import Serve
from tests.localhub.disks import identical, points
from tests.localhub_process import command, sample_vms


def leftovers(state: Path) -> list[str]:
    return [path.name for path in (state / "repositories").rglob("*") if path.is_file()]


def children_of(pid: int) -> list[int]:
    """Processes started by a process, and theirs."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            child = int(path.parent.name)
            found += [child, *children_of(child)]
    return found


def gone(pids: list[int], within: float = 5) -> bool:
    until = time.monotonic() + within
    while time.monotonic() < until:
        if not any(running(pid) for pid in pids):
            return True
        time.sleep(0.05)
    return False


def running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def killed_in_the_middle(client: Client, backup: str) -> None:
    while client.job(backup)["bytes_transferred"] == 0:
        time.sleep(0.02)
    client.hub.kill()


def test_a_backup_killed_in_the_middle_stays_running_then_fails_and_is_swept(
    small_vm: Path, serve: Serve
) -> None:
    client = serve(small_vm, copy_rate=10_000_000, stale_after=2)
    backup = client.start("files01")
    killed_in_the_middle(client, backup)
    assert any(name.endswith(".partial") for name in leftovers(client.hub.state))
    client.hub.start()
    assert leftovers(client.hub.state) == []
    assert client.job(backup)["status"] == "running"
    refused = client.try_mount(backup)
    assert (refused.status_code, "disk not found" in refused.text) == (500, True)
    job = client.wait(backup, "failed", within=10)
    assert job["error_message"].startswith("Job stalled - no telemetry for ")
    assert client.try_mount(backup).status_code == 500
    assert client.get("/backups", vm_name="files01", status="completed")["total"] == 0


def test_an_incremental_killed_in_the_middle_leaves_its_chain_usable(small_vm: Path, serve: Serve) -> None:
    client = serve(small_vm, copy_rate=20_000_000, stale_after=1)
    client.backup("files01")
    command("change-vm", small_vm, "files01")
    backup = client.start("files01", "incremental")
    while "last_telemetry_at" not in client.job(backup):
        time.sleep(0.02)
    client.hub.kill()
    client.hub.start()
    client.wait(backup, "failed", within=10)
    client.backup("files01", "incremental")
    assert len(points(client.hub.state)) == 2
    assert identical(points(client.hub.state)[-1], small_vm / "files01" / "disk0.raw")
    assert "DAMAGED" not in command("verify", "--state", client.hub.state)


def test_a_job_that_said_completed_with_a_disk_to_come_is_running_again_after_a_kill(
    tmp_path: Path, serve: Serve
) -> None:
    client = serve(sample_vms(tmp_path / "vms", "db01"), copy_rate=20_000_000, stale_after=1)
    backup = client.start("db01")
    client.wait(backup, "completed")
    client.hub.kill()
    client.hub.start()
    assert client.job(backup)["status"] == "running"
    assert client.wait(backup, "failed", within=10)["error_message"].startswith("Job stalled")


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_no_child_outlives_the_hub(small_vm: Path, serve: Serve, sign: signal.Signals) -> None:
    client = serve(small_vm, copy_rate=5_000_000)
    backup = client.start("files01")
    while client.job(backup)["bytes_transferred"] == 0:
        time.sleep(0.02)
    children = children_of(client.hub.pid)
    assert children
    os.kill(client.hub.pid, sign)
    assert gone([client.hub.pid, *children])


def test_sockets_of_a_killed_hub_are_swept_at_the_next_start(small_vm: Path, serve: Serve) -> None:
    client = serve(small_vm, copy_rate=5_000_000)
    killed_in_the_middle(client, client.start("files01"))
    left = list(Path(tempfile.gettempdir()).glob(f"{SOCKETS}{client.hub.pid}-*"))
    assert left
    client.hub.start()
    assert not any(folder.exists() for folder in left)


def test_mounts_survive_a_restart_and_logins_do_not(small_vm: Path, serve: Serve) -> None:
    client = serve(small_vm)
    mount = client.mount(client.backup("files01"))
    before = client.names(mount, "/partition-1")
    client.hub.stop()
    client.hub.start()
    assert client.get("/restore/mounts")["mounts"][0]["mount_id"] == mount
    assert client.names(mount, "/partition-1") == before
    assert client.call("GET", "/api/v1/vm-contexts").status_code == 401
    client.login()
    assert client.get("/vm-contexts")["count"] == 1


def test_a_crash_of_a_parser_ends_its_process_and_the_mount_opens_again(web_vm: Path, serve: Serve) -> None:
    client = serve(web_vm)
    mount = client.mount(client.backup("web01"))
    (reader, *_) = children_of(client.hub.pid)
    os.kill(reader, signal.SIGSEGV)
    assert gone([reader])
    assert "etc" in client.names(mount, "/partition-1")
    assert client.call("GET", "/health").status_code == 200
