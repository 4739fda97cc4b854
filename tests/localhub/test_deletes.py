"""Deleting points: never one that others stand on, and its space is freed."""

from pathlib import Path
from typing import Any

from tests.localhub.client import Client
from tests.localhub.conftest import Serve
from tests.localhub.disks import points
from tests.localhub_process import command


def delete(client: Client, backup: str) -> tuple[int, dict[str, Any]]:
    answer = client.call("DELETE", f"/api/v1/backups/{backup}")
    return answer.status_code, answer.json()


def chain(client: Client, vms: Path) -> list[str]:
    full = client.backup("files01")
    command("change-vm", vms, "files01")
    return [full, client.backup("files01", "incremental")]


def test_a_point_that_others_need_is_kept_until_they_are_gone(small_vm: Path, serve: Serve) -> None:
    client = serve(small_vm)
    full, incremental = chain(client, small_vm)
    status, body = delete(client, full)
    assert (status, set(body), body["error"]) == (
        500,
        {"error", "details", "timestamp"},
        "failed to delete backup",
    )
    assert "later incrementals" in body["details"]
    assert delete(client, incremental)[0] == 200
    assert delete(client, full) == (200, {"backup_id": full, "message": "backup deleted successfully"})
    assert [path for path in (client.hub.state / "repositories").rglob("*") if path.is_file()] == []
    repository = client.repository()
    assert client.get(f"/repositories/{repository}/storage")["backup_count"] == 0
    assert client.call("DELETE", f"/api/v1/repositories/{repository}").status_code == 200


def test_a_mounted_point_is_kept(small_vm: Path, serve: Serve) -> None:
    client = serve(small_vm)
    backup = client.backup("files01")
    mount = client.mount(backup)
    assert "mounted" in delete(client, backup)[1]["details"]
    client.unmount(mount)
    assert delete(client, backup)[0] == 200


def test_an_unknown_backup_is_404(small_vm: Path, serve: Serve) -> None:
    client = serve(small_vm)
    status, body = delete(client, "backup-none-1")
    assert (status, body["error"], body["timestamp"]) == (404, "backup not found", "")


def test_deleting_a_running_backup_stops_it_and_frees_its_space(small_vm: Path, serve: Serve) -> None:
    client = serve(small_vm, copy_rate=5_000_000)
    backup = client.start("files01")
    while not client.job(backup)["bytes_transferred"]:
        pass
    assert delete(client, backup)[0] == 200
    assert client.call("GET", f"/api/v1/backups/{backup}").status_code == 404
    assert [path for path in (client.hub.state / "repositories").rglob("*") if path.is_file()] == []


def test_a_repository_with_backups_is_kept(small_vm: Path, serve: Serve) -> None:
    client = serve(small_vm)
    client.backup("files01")
    answer = client.call("DELETE", f"/api/v1/repositories/{client.repository()}")
    assert (answer.status_code, answer.json()["success"]) == (500, False)
    assert answer.json()["error"].endswith("cannot delete repository with 2 existing backups")


def test_with_its_quirk_delete_asks_nothing_and_frees_nothing(small_vm: Path, serve: Serve) -> None:
    client = serve(small_vm, quirks=["delete-unchecked"])
    full, _ = chain(client, small_vm)
    assert delete(client, full)[0] == 200
    assert len(points(client.hub.state)) == 2
    assert client.get("/backups", vm_name="files01")["total"] == 1
    body = {"vm_name": "files01", "backup_type": "incremental", "repository_id": client.repository()}
    client.next_second("files01")
    assert client.call("POST", "/api/v1/backups", json=body).status_code == 200
