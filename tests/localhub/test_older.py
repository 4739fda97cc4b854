"""The older dialect: one disk a job, bare lists, no telemetry fields, mounts of the first partition."""

import socket
from pathlib import Path

import pytest

from tests.localhub.client import Client
from tests.localhub.conftest import Serve
from tests.localhub.disks import identical, points
from tests.localhub_process import command, file_in_vm, sample_vms

JOB = {"backup_id", "vm_context_id", "vm_name", "disk_id", "backup_type", "repository_id", "status",
       "file_path", "bytes_transferred", "total_bytes", "created_at", "started_at"}  # fmt: skip


@pytest.fixture
def older(tmp_path: Path, serve: Serve) -> Client:
    return serve(sample_vms(tmp_path / "vms", "db01", "files01"), dialect="older")


def test_the_dialect_can_be_told_without_side_effects(older: Client) -> None:
    assert older.call("GET", "/health").json()["service"] == "OMA API"
    assert older.get("/backup/list") == {"backups": [], "total": 0}
    missing = older.call("GET", "/api/v1/backups")
    assert (missing.status_code, missing.text) == (404, "404 page not found\n")
    older.login()
    assert isinstance(older.get("/repositories"), list)
    for path in ("protection-flows", "vm-contexts/by-id/x", "vm-contexts/x/disks"):
        assert older.call("GET", f"/api/v1/{path}").status_code == 404
    assert older.call("POST", "/api/v1/repositories/refresh-storage").status_code == 404


def test_the_disks_of_a_vm_are_in_its_details(older: Client) -> None:
    older.login()
    disks = older.get("/vm-contexts/db01")["disks"]
    assert [disk["disk_id"] for disk in disks] == ["disk-2000", "disk-2001"]


def test_each_disk_is_a_job_of_its_own_and_moves_by_bytes(older: Client, tmp_path: Path) -> None:
    answer = older.call(
        "POST", "/api/v1/backup/start",
        json={"vm_name": "db01", "disk_id": 1, "backup_type": "full", "repository_id": older.repository()},
    )  # fmt: skip
    assert (answer.status_code, set(answer.json())) == (202, JOB)
    job = answer.json()
    assert (job["disk_id"], job["status"]) == (1, "running")
    assert job["backup_id"].startswith("backup-db01-disk1-20")
    done = older.wait(job["backup_id"])
    assert set(done) == JOB | {"completed_at", "change_id"}
    assert 0 < done["bytes_transferred"] == done["total_bytes"]
    assert older.get("/backup/list", vm_name="db01")["total"] == 1
    (point,) = points(older.hub.state)
    assert identical(point, older.hub.vms / "db01" / "disk1.raw")


def test_a_chain_lists_its_incrementals(older: Client) -> None:
    full = older.backup("files01")
    command("change-vm", older.hub.vms, "files01")
    incremental = older.backup("files01", "incremental")
    chain = older.get("/backup/chain", vm_name="files01")
    assert [job["backup_id"] for job in chain["backups"]] == [full, incremental]
    assert (chain["full_backup_id"], chain["backup_count"]) == (full, 2)
    assert older.get("/backup/chain", vm_name="db01")["backups"] == []
    assert identical(points(older.hub.state)[-1], older.hub.vms / "files01" / "disk0.raw")
    refused = older.call("DELETE", f"/api/v1/backup/{full}")
    assert refused.status_code == 500
    assert older.call("DELETE", f"/api/v1/backup/{incremental}").status_code == 200
    assert older.call("DELETE", f"/api/v1/backup/{full}").json()["message"] == "backup deleted successfully"


def test_a_mount_is_rooted_at_the_first_partition_and_lists_its_backup(older: Client) -> None:
    backup = older.backup("db01", disk_id=1)
    answer = older.call("POST", "/api/v1/restore/mount", json={"backup_id": backup})
    mount = answer.json()
    assert set(mount) == {"mount_id", "backup_id", "mount_path", "nbd_device", "filesystem_type", "status",
                          "created_at", "expires_at"}  # fmt: skip
    assert older.get("/restore/mounts")["mounts"][0]["backup_id"] == backup
    mount_id = mount["mount_id"]
    assert "export" in older.names(mount_id)
    inside = file_in_vm(older.hub.vms, "db01", 1, 1, "/export/orders.csv")
    assert older.content(mount_id, "/export/orders.csv") == inside
    folder = older.download(mount_id, "/export")
    assert folder.json()["error"].endswith("path is a directory, not a file")
    assert older.download(mount_id, "/export/../../etc", "files").status_code == 500
    for _ in range(2):
        assert older.call("DELETE", f"/api/v1/restore/{mount_id}").status_code == 200, (
            "also of unknown mounts"
        )
    gone = older.call("GET", f"/api/v1/restore/{mount_id}/files")
    assert gone.json() == {"error": "failed to list files: mount not ready: status="}


def test_refusals_have_the_older_words(older: Client) -> None:
    body = {"vm_name": "files01", "backup_type": "incremental", "repository_id": older.repository()}
    answer = older.call("POST", "/api/v1/backup/start", json=body)
    assert (answer.status_code, answer.json()["error"]) == (500, "failed to start backup")
    answer = older.call("POST", "/api/v1/backup/start", json={**body, "repository_id": ""})
    assert (answer.status_code, answer.json()["error"]) == (400, "repository_id is required")
    with socket.create_connection(("127.0.0.1", older.hub.port)) as connection:
        connection.sendall(b"GET /api/v1/backup/list?vm_name=ghost HTTP/1.1\r\nHost: x\r\n\r\n")
        assert connection.recv(100) == b""
    unknown = older.call("POST", "/api/v1/restore/mount", json={"backup_id": "nope"})
    assert unknown.json()["error"].endswith("backup not found in any repository: nope")


def test_both_disks_may_run_at_once(older: Client) -> None:
    jobs = [older.start("db01", disk_id=disk) for disk in (0, 1)]
    assert [older.wait(job)["status"] for job in jobs] == ["completed", "completed"]
