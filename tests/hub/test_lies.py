"""A hub that lies, drips, cuts or answers about something else is found out, and the bad field is named."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from sendense_portal.hub import (
    Code,
    Dialect,
    Hub,
    HubCutShort,
    HubOutcomeUnknown,
    HubProtocolError,
    HubUnavailable,
)

from .servers import Reply, Request, drip, http, ok, serving
from .transcripts import one

BACKUP = one("091").json
LISTING = one("142").json
MOUNT_ID = LISTING["mount_id"]


def hub_saying(url: str, **more: Any) -> Hub:
    return Hub(url, dialect=Dialect.TODAY, **more)


def get_backup(hub: Hub) -> object:
    return hub.backups.get(BACKUP["backup_id"])


def list_folder(hub: Hub) -> object:
    return hub.restore.files(MOUNT_ID, "/partition-1/etc")


def refused(reply: Reply, call: Callable[[Hub], object] = get_backup, **more: Any) -> HubProtocolError:
    with serving(lambda request, connection: reply) as server, pytest.raises(HubProtocolError) as caught:
        call(hub_saying(server.url, **more))
    return caught.value


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("total_bytes", -1),
        ("bytes_transferred", -5),
        ("total_bytes", 2**63),
        ("total_bytes", "12"),
        ("total_bytes", 1.5),
        ("total_bytes", None),
        ("disks_count", -1),
        ("transfer_speed_bps", -1),
        ("progress_percent", "half"),
        ("status", 7),
        ("status", None),
        ("vm_context_id", ["x"]),
        ("backup_id", ""),
        ("created_at", "yesterday"),
        ("completed_at", "9999-99-99"),
        ("error_message", {"a": 1}),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused_by_the_name_of_its_field(field: str, value: object) -> None:
    error = refused(ok(json.dumps(BACKUP | {field: value})))
    assert error.code is Code.BAD_ANSWER
    assert field in error.sentence


@pytest.mark.parametrize("field", ["backup_id", "vm_context_id", "status", "total_bytes", "created_at"])
def test_a_missing_field_is_named(field: str) -> None:
    error = refused(ok(json.dumps({key: value for key, value in BACKUP.items() if key != field})))
    assert f"`{field}`" in error.sentence


def test_unknown_fields_are_ignored() -> None:
    body = json.dumps(BACKUP | {"qcow2_path": "/secret", "new_in_2027": [1]})
    with serving(lambda request, connection: ok(body)) as server:
        assert "secret" not in repr(get_backup(hub_saying(server.url)))


@pytest.mark.parametrize(
    "body",
    [
        b'{"backup_id": "backup-web01-',
        b"",
        b"null",
        b"[]",
        b"<!doctype html><title>Welcome to nginx</title>",
        json.dumps(BACKUP).replace("90.11", "NaN").encode(),
        json.dumps(BACKUP).replace("90.11", "1e999").encode(),
        json.dumps(BACKUP).encode() + b"{}",
        b"\xff\xfe" + json.dumps(BACKUP).encode(),
        b"[" * 100_000,
    ],
)
def test_a_body_that_is_not_the_agreed_json_is_refused(body: bytes) -> None:
    assert refused(ok(body)).code is Code.BAD_ANSWER


def test_a_percentage_is_only_decoration_and_clamped() -> None:
    for said, shown in ((-3, 0.0), (250.5, 100.0), (42, 42.0)):
        body = json.dumps(BACKUP | {"progress_percent": said})
        assert clamped(body) == shown


def clamped(body: str) -> float:
    with serving(lambda request, connection: ok(body)) as server:
        return hub_saying(server.url).backups.get(BACKUP["backup_id"]).progress_percent


def test_an_answer_about_another_backup_is_refused() -> None:
    error = refused(ok(json.dumps(BACKUP | {"backup_id": "backup-other-1"})))
    assert error.code is Code.WRONG_ANSWER


@pytest.mark.parametrize("field", ["vm_context_id", "vm_name", "repository_id"])
def test_a_list_with_another_ones_backup_is_refused(field: str) -> None:
    body = json.dumps({"backups": [BACKUP, BACKUP | {field: "someone-elses"}], "total": 2})
    error = refused(ok(body), lambda hub: hub.backups.list(**{field: BACKUP[field]}))
    assert error.code is Code.WRONG_ANSWER


@pytest.mark.parametrize(
    "change",
    [
        {"mount_id": "another"},
        {"path": "/etc"},
        {"files": [LISTING["files"][0] | {"path": "/etc/passwd"}]},
        {"files": [LISTING["files"][0] | {"path": "/partition-1/etc/../../../etc/hostname"}]},
        {"files": [LISTING["files"][0] | {"name": "..", "path": "/partition-1/etc/.."}]},
        {"files": [LISTING["files"][0] | {"name": "other"}]},
        {"files": [LISTING["files"][0] | {"size": -1}]},
    ],
)
def test_a_listing_of_another_folder_is_refused(change: dict[str, object]) -> None:
    refused(ok(json.dumps(LISTING | change)), list_folder)


def test_file_info_about_another_file_is_refused() -> None:
    body = json.dumps(one("160").json | {"path": "/etc/hostname"})
    refused(ok(body), lambda hub: hub.restore.file_info("m", "/partition-1/etc/hostname"))


def test_a_mount_of_another_disk_is_refused() -> None:
    body = json.dumps(one("132").json | {"backup_id": "backup-other-1"})
    refused(ok(body), lambda hub: hub.restore.mount(backup_id="backup-web01-1", disk_index=0))


def test_a_started_backup_of_another_vm_leaves_the_outcome_unknown() -> None:
    body = json.dumps(one("084").json | {"vm_name": "other"})
    with serving(lambda request, connection: ok(body)) as server, pytest.raises(HubOutcomeUnknown):
        hub_saying(server.url).backups.start(
            vm_name="web01", backup_type="full", repository_id="repo-local-1795409385", disk_ids=[0]
        )


def test_a_listing_over_the_cap_is_given_up_on() -> None:
    big = json.dumps(LISTING | {"files": LISTING["files"] * 2000})
    assert len(big) > 1 << 20
    assert refused(ok(big), list_folder, listing_limit=1 << 20).code is Code.TOO_LARGE


def test_an_endless_listing_is_given_up_on() -> None:
    def endless(request: Request, connection: socket.socket) -> Reply:
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            connection.sendall(b"10000\r\n" + b" " * 0x10000 + b"\r\n")

    with serving(endless) as server, pytest.raises(HubProtocolError) as caught:
        list_folder(hub_saying(server.url, listing_limit=8 << 20))
    assert caught.value.code is Code.TOO_LARGE


def test_a_folder_of_a_hundred_thousand_files_is_read_in_seconds() -> None:
    entry = LISTING["files"][0]
    files = [
        entry | {"name": f"page-{n}", "path": f"/partition-1/etc/page-{n}", "size": n} for n in range(100_000)
    ]
    body = json.dumps(LISTING | {"files": files}).encode()
    with serving(lambda request, connection: ok(body)) as server:
        hub = hub_saying(server.url)
        began = time.perf_counter()
        found = hub.restore.files(MOUNT_ID, "/partition-1/etc")
        took = time.perf_counter() - began
    assert len(found) == 100_000 and found[99_999].size == 99_999
    assert took < 5


def test_a_body_that_drips_is_given_up_on_at_the_deadline() -> None:
    def slow(request: Request, connection: socket.socket) -> Reply:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n")
        drip(connection, b" " * 10_000, every=0.02)
        return None

    began = time.perf_counter()
    with serving(slow) as server, pytest.raises(HubCutShort) as caught:
        get_backup(hub_saying(server.url, deadline=0.5))
    assert caught.value.code is Code.TIMEOUT
    assert time.perf_counter() - began < 2


def test_headers_that_drip_are_given_up_on_at_the_deadline() -> None:
    def slow(request: Request, connection: socket.socket) -> Reply:
        drip(connection, b"HTTP/1.1 200 OK\r\n" + b"X-Padding: y\r\n" * 1000, every=0.02)
        return None

    began = time.perf_counter()
    with serving(slow) as server, pytest.raises(HubUnavailable) as caught:
        get_backup(hub_saying(server.url, deadline=0.5))
    assert caught.value.code is Code.TIMEOUT
    assert time.perf_counter() - began < 2


def test_a_hub_that_never_answers_costs_one_read_timeout() -> None:
    release = threading.Event()

    def silent(request: Request, connection: socket.socket) -> Reply:
        release.wait(10)
        return None

    with serving(silent) as server:
        began = time.perf_counter()
        with pytest.raises(HubUnavailable) as caught:
            get_backup(hub_saying(server.url, timeout=(1.0, 0.3)))
        took = time.perf_counter() - began
        release.set()
        assert len(server.requests) == 1
    assert caught.value.code is Code.TIMEOUT
    assert took < 1


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{",
        b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"a":\r\n',
    ],
    ids=["content-length", "chunked"],
)
def test_a_body_that_ends_early_is_cut_short_and_no_broken_json(raw: bytes) -> None:
    def cut(request: Request, connection: socket.socket) -> Reply:
        connection.sendall(raw)
        return None

    with serving(cut) as server, pytest.raises(HubCutShort):
        get_backup(hub_saying(server.url))


def test_what_does_not_speak_http_counts_as_no_answer() -> None:
    def greeting(request: Request, connection: socket.socket) -> Reply:
        connection.sendall(b"220 mail.example ESMTP\r\n")
        return None

    with serving(greeting) as server, pytest.raises(HubUnavailable):
        get_backup(hub_saying(server.url))


def test_redirects_are_not_followed() -> None:
    with serving(lambda request, connection: http(200, "{}")) as other:
        reply = http(302, "", "text/html", f"Location: {other.url}/api/v1/backups/x")
        assert refused(reply).code is Code.REDIRECTED
        assert not other.requests


def test_packed_answers_are_refused_since_a_bomb_would_pass_the_cap() -> None:
    assert (
        refused(http(200, b"\x1f\x8b...", "application/json", "Content-Encoding: gzip")).code
        is Code.BAD_ANSWER
    )
