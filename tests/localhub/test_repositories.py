"""Repositories as the hub takes them: shares unasked, disabled ones gone after a start."""

import time
from pathlib import Path

import pytest

from tests.localhub.conftest import Serve

SHARES = {
    "nfs": {"server": "nas.example.invalid", "export_path": "/srv", "mount_point": "/mnt/a"},
    "cifs": {
        "server": "nas.example.invalid",
        "share_name": "b",
        "mount_point": "/mnt/b",
        "password_secret": "p",
    },
}


@pytest.mark.parametrize("kind", SHARES)
def test_a_share_passes_its_test_is_listed_without_room_and_fails_backups(
    small_vm: Path, serve: Serve, kind: str
) -> None:
    client = serve(small_vm)
    client.login()
    body = {"type": kind, "config": SHARES[kind]}
    tried = client.call("POST", "/api/v1/repositories/test", json=body).json()
    assert tried["success"] is True
    made = client.call("POST", "/api/v1/repositories", json={"name": "S", "enabled": True, **body})
    assert made.status_code == 201
    (listed,) = client.get("/repositories", type=kind)["repositories"]
    assert "storage_info" not in listed
    assert listed["config"].items() >= SHARES[kind].items(), "with its password in clear, as the hub does"
    start = {"vm_name": "files01", "backup_type": "full", "repository_id": listed["id"]}
    assert client.call("POST", "/api/v1/backups", json=start).status_code == 500
    assert client.call("DELETE", f"/api/v1/repositories/{listed['id']}").status_code == 200


def test_what_a_share_lacks_is_refused(small_vm: Path, serve: Serve) -> None:
    client = serve(small_vm)
    client.login()
    body = {"type": "nfs", "config": {"server": "nas.example.invalid"}}
    answer = client.call("POST", "/api/v1/repositories/test", json=body)
    assert (answer.status_code, answer.headers["Content-Type"][:10]) == (400, "text/plain")
    config = SHARES["nfs"] | {"mount_point": ""}
    made = client.call("POST", "/api/v1/repositories", json={"name": "S", "type": "nfs", "config": config})
    assert made.status_code == 500 and "mount_point is required" in made.json()["error"]


def test_a_disabled_one_is_gone_after_a_start(small_vm: Path, serve: Serve, tmp_path: Path) -> None:
    client = serve(small_vm)
    client.login()
    time.sleep(1.1)  # ids of repositories carry the second
    body = {"name": "Off", "type": "local", "config": {"path": str(tmp_path / "off")}}
    assert client.call("POST", "/api/v1/repositories", json=body).status_code == 201
    assert len(client.get("/repositories")["repositories"]) == 2
    client.hub.stop()
    client = serve(small_vm)
    client.login()
    assert len(client.get("/repositories")["repositories"]) == 1
