"""The nasty surprises that a test can switch on."""

import time
from pathlib import Path

import pytest
import requests

from tests.localhub.client import Client
from tests.localhub.conftest import Serve


def start(client: Client, kind: str = "full", vm: str = "files01") -> requests.Response:
    body = {"vm_name": vm, "backup_type": kind, "repository_id": client.repository()}
    client.next_second(vm)
    return client.call("POST", "/api/v1/backups", json=body)


def test_incrementals_fail_as_shipped(small_vm: Path, serve: Serve) -> None:
    client = serve(small_vm, quirks=["incrementals-fail"])
    client.backup("files01")
    answer = start(client, "incremental")
    assert (answer.status_code, answer.json()["error"]) == (500, "failed to prepare backup disk")
    assert answer.json()["details"] == "failed to get backup chain for incremental: backup chain not found"


def test_a_slow_start_is_never_answered_but_its_job_lives(small_vm: Path, serve: Serve) -> None:
    client = serve(small_vm, quirks=["slow-start"], answer_limit=1)
    with pytest.raises(requests.ConnectionError):
        start(client)
    (job,) = client.get("/backups", vm_name="files01")["backups"]
    assert client.wait(job["backup_id"])["status"] == "completed"


def test_a_silent_node_leaves_a_job_running_without_telemetry(small_vm: Path, serve: Serve) -> None:
    client = serve(small_vm, quirks=["silent-node"], stale_after=0.5)
    backup = start(client).json()["backup_id"]
    time.sleep(2)
    job = client.job(backup)
    assert (job["status"], job["current_phase"], job["total_bytes"]) == ("running", "pending", 0)
    assert "last_telemetry_at" not in job


def test_a_crashed_node_stops_in_the_middle_and_the_job_fails_as_stalled(
    small_vm: Path, serve: Serve
) -> None:
    client = serve(small_vm, quirks=["node-crash"], stale_after=2)
    backup = start(client).json()["backup_id"]
    job = client.wait(backup, "failed", within=15)
    assert job["current_phase"] == "transferring"
    assert 0 < job["progress_percent"] < 60
    assert "Job stalled - no telemetry for" in job["error_message"]


def test_a_node_error_fails_the_job_at_once(small_vm: Path, serve: Serve) -> None:
    client = serve(small_vm, quirks=["node-error"])
    job = client.wait(start(client).json()["backup_id"])
    assert (job["status"], job["error_message"][:5]) == ("failed", "VDDK:")
    assert client.get("/backups", vm_name="files01", status="failed")["total"] == 1


def test_a_node_that_refuses_leaves_no_job(small_vm: Path, serve: Serve) -> None:
    client = serve(small_vm, quirks=["node-refuses"])
    answer = start(client)
    assert (answer.status_code, answer.json()["error"]) == (500, "SNA API error")
    assert client.get("/backups", vm_name="files01")["total"] == 0


def test_with_escape_paths_and_links_lead_onto_the_hubs_pretended_disk(web_vm: Path, serve: Serve) -> None:
    client = serve(web_vm, quirks=["escape"])
    mount = client.mount(client.backup("web01"))
    listed = client.files(mount, "/partition-1/../../../../../../etc")
    assert "/etc/shadow" in [entry["path"] for entry in listed]
    assert b"CANARY" in client.content(mount, "/partition-1/etc/passwd-link")
    through = client.content(mount, "/partition-1/home/site/html/page-001.html")
    assert through == client.content(mount, "/partition-1/var/www/html/page-001.html")
    answer = client.download(mount, "/partition-1/../../../../../etc/passwd")
    assert answer.status_code == 500, "only listing escapes by dots"
    answer = client.download(mount, "/partition-1/etc/localtime")
    assert answer.status_code == 500, "never this machine's disk"


def test_with_its_quirk_an_archive_with_a_fifo_never_answers(web_vm: Path, serve: Serve) -> None:
    client = serve(web_vm, quirks=["archive-hangs"])
    mount = client.mount(client.backup("web01"))
    path = f"{client.hub.url}/api/v1/restore/{mount}/download-directory"
    with pytest.raises(requests.ReadTimeout):
        requests.get(path, params={"path": "/partition-1/var"}, timeout=2)
    assert client.download(mount, "/partition-1/etc", "download-directory").status_code == 200
