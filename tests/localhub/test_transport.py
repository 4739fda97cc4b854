"""What a Go server does, to the byte: zero-byte closes, cut answers, plain 404, logins, times."""

import socket
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests

from tests.localhub.client import Client
from tests.localhub.conftest import Serve
from tests.localhub_process import LocalHub, sample_vms

GHOST = '{"vm_name":"ghost","backup_type":"full","repository_id":"repo"}'


def raw(client: Client, request: str) -> bytes:
    """Everything the hub sends until it closes."""
    with socket.create_connection(("127.0.0.1", client.hub.port), timeout=10) as connection:
        connection.sendall(request.replace("\n", "\r\n").encode())
        connection.shutdown(socket.SHUT_WR)
        received = b""
        while piece := connection.recv(65536):
            received += piece
    return received


@pytest.mark.parametrize(
    "request_text",
    [
        "GET /api/v1/backups?vm_name=ghost HTTP/1.1\nHost: x\n\n",
        "GET /api/v1/backups/x/chain?vm_name=ghost HTTP/1.1\nHost: x\n\n",
        "POST /api/v1/backups HTTP/1.1\nHost: x\nContent-Length: 63\n\n" + GHOST,
    ],
)
def test_an_unknown_vm_closes_the_connection_with_zero_bytes(web_hub: Client, request_text: str) -> None:
    assert raw(web_hub, request_text) == b""


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/"), ("GET", "/api/v1/nosuch"), ("GET", "/api/v1/backups/"), ("PATCH", "/api/v1/backups"),
     ("OPTIONS", "/api/v1/backups"), ("GET", "/api/v1/repositories/repo-1"),
     ("GET", "/api/v1/backups/a%2Fb")],
)  # fmt: skip
def test_unknown_routes_and_methods_are_one_plain_404(web_hub: Client, method: str, path: str) -> None:
    answer = web_hub.call(method, path)
    assert (answer.status_code, answer.text) == (404, "404 page not found\n")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_head_of_health_is_405_and_a_path_is_cleaned_by_a_redirect(web_hub: Client) -> None:
    assert web_hub.call("HEAD", "/health").status_code == 405
    moved = web_hub.call("GET", "/api//v1/./backups?status=failed", allow_redirects=False)
    assert (moved.status_code, moved.headers["Location"]) == (301, "/api/v1/backups?status=failed")


def test_long_answers_are_chunked_and_connections_are_kept(web_hub: Client, web_mount: str) -> None:
    path = f"/api/v1/restore/{web_mount}/files?path=/partition-1/var/www/html"
    with requests.Session() as session:
        long = session.get(f"{web_hub.hub.url}{path}", timeout=10)
        short = session.get(f"{web_hub.hub.url}/health", timeout=10)
    assert long.headers["Transfer-Encoding"] == "chunked"
    assert int(short.headers["Content-Length"]) == len(short.content)
    assert short.content.endswith(b"}\n")


def test_an_answer_is_cut_when_its_time_is_over(web_vm: Path, serve: Serve) -> None:
    client = serve(web_vm, answer_limit=1.5, download_rate=10_000_000)
    mount = client.mount(client.backup("web01"))
    begun = time.monotonic()
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        client.download(mount, "/partition-1/srv/media/film.mkv")
    assert 1 < time.monotonic() - begun < 4
    head = f"GET /api/v1/restore/{mount}/download-directory?path=/partition-1/srv HTTP/1.1\nHost: x\n\n"
    cut = raw(client, head)
    assert b"Transfer-Encoding: chunked" in cut and not cut.endswith(b"0\r\n\r\n")


def test_a_reader_that_stops_reading_is_cut_and_holds_nobody_up(web_vm: Path, serve: Serve) -> None:
    client = serve(web_vm, answer_limit=2)
    mount = client.mount(client.backup("web01"))
    path = f"/api/v1/restore/{mount}/download?path=/partition-1/srv/backup/archive-2025.tar.zst"
    with socket.create_connection(("127.0.0.1", client.hub.port)) as stuck:
        stuck.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        begun = time.monotonic()
        assert "etc" in client.names(mount, "/partition-1")
        assert time.monotonic() - begun < 1.5
        time.sleep(2.5)
        received = 0
        while piece := stuck.recv(1 << 20):
            received += len(piece)
    assert received < 64 << 20


@pytest.mark.parametrize(
    ("authorization", "error"),
    [
        (None, "Missing authorization header"),
        ("Basic YTpi", "Invalid authorization format"),
        ("bearer token", "Invalid authorization format"),
        ("Bearer wrong", "Invalid or expired token"),
    ],
)
def test_inventory_needs_a_login(web_hub: Client, authorization: str | None, error: str) -> None:
    headers = {"Authorization": authorization} if authorization else {}
    for path in ("vm-contexts", "repositories", "policies", "schedules", "protection-flows"):
        answer = requests.get(f"{web_hub.hub.url}/api/v1/{path}", headers=headers, timeout=10)
        assert (answer.status_code, answer.json()["error"]) == (401, error)


def test_a_wrong_login_is_refused_in_its_own_shape(web_hub: Client) -> None:
    answer = web_hub.call("POST", "/api/v1/auth/login", json={"token": "nope"})
    assert (answer.status_code, answer.json()) == (
        401,
        {"success": False, "error_message": "Invalid credentials"},
    )
    bad = web_hub.call("POST", "/api/v1/auth/login", data="{bad")
    assert bad.json()["details"] == "invalid character 'b' looking for beginning of object key string"


def test_the_token_is_made_once_and_only_its_owner_may_read_it(web_hub: Client) -> None:
    path = web_hub.hub.state / "token"
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(web_hub.hub.token) > 30


def test_a_second_start_in_the_same_second_is_a_duplicate(small_vm: Path, serve: Serve) -> None:
    client = serve(small_vm)
    repository = client.repository()
    body = {"vm_name": "files01", "backup_type": "full", "repository_id": repository}
    time.sleep(1.02 - time.time() % 1)
    first = client.call("POST", "/api/v1/backups", json=body)
    second = client.call("POST", "/api/v1/backups", json=body)
    assert (first.status_code, second.status_code) == (200, 500)
    assert second.json()["details"].startswith("Error 1062 (23000): Duplicate entry 'backup-files01-")
    time.sleep(1)
    assert client.call("POST", "/api/v1/backups", json=body).status_code == 200, (
        "two at once are not prevented"
    )


def test_a_vm_with_disk_in_its_name_never_appears_in_lists(tmp_path: Path, serve: Serve) -> None:
    vms = sample_vms(tmp_path / "vms", "files01")
    (vms / "files01").rename(vms / "web-disk1")
    client = serve(vms)
    backup = client.backup("web-disk1")
    assert client.get("/backups", vm_name="web-disk1") == {"backups": [], "total": 0}
    assert client.get("/backups", status="completed")["total"] == 0
    assert client.job(backup)["status"] == "completed"


def test_without_a_selector_the_list_is_empty_and_one_selector_wins(web_hub: Client) -> None:
    assert web_hub.get("/backups") == {"backups": [], "total": 0}
    assert web_hub.get("/backups", backup_type="full")["total"] == 0
    assert web_hub.get("/backups", vm_name="web01", repository_id="repo-none")["total"] == 1
    assert web_hub.get("/backups", vm_name="web01", status="failed")["total"] == 0
    assert web_hub.get("/backups", status="completed")["total"] == 1


def test_times_are_true_unless_the_quirk_makes_their_z_false(small_vm: Path, serve: Serve) -> None:
    client = serve(small_vm, quirks=["false-z"], time_zone_offset=-300)
    answer = client.call(
        "POST", "/api/v1/backups",
        json={"vm_name": "files01", "backup_type": "full", "repository_id": client.repository()},
    )  # fmt: skip
    started = answer.json()
    job = client.job(started["backup_id"])
    assert started["created_at"].endswith("-05:00")
    true = datetime.fromisoformat(started["created_at"])
    assert abs((true - datetime.now(UTC)).total_seconds()) < 30
    assert job["created_at"] == started["created_at"].replace("-05:00", "Z"), "the local clock with a false Z"
    mount = client.try_mount(client.job(started["backup_id"])["backup_id"])
    assert mount.status_code in (200, 500)
    (context,) = client.get("/vm-contexts")["vm_contexts"]
    assert context["created_at"].endswith("-05:00")


def test_only_loopback_is_listened_on(web_hub: Client) -> None:
    lines = Path("/proc/net/tcp").read_text().splitlines()
    port = f"{web_hub.hub.port:04X}"
    listening = [
        line.split()[1] for line in lines if line.split()[3] == "0A" and line.split()[1].endswith(port)
    ]
    assert listening == [f"0100007F:{port}"]


def test_two_hubs_never_share_a_state(web_hub: Client) -> None:
    with pytest.raises(RuntimeError, match="another localhub uses"):
        LocalHub(web_hub.hub.vms, web_hub.hub.state).start()
