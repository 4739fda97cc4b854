"""Reads are tried again, writes never are; and it is always known whether a write may have happened."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import suppress

import pytest

from sendense_portal.hub import Code, Dialect, Hub, HubError, HubFailed, HubOutcomeUnknown, HubUnavailable

from .servers import Reply, Request, http, ok, serving
from .transcripts import one

Write = Callable[[Hub], object]


def start(hub: Hub) -> object:
    return hub.backups.start(
        vm_name="web01", backup_type="full", repository_id="repo-local-1795409385", disk_ids=[0]
    )


WRITES: dict[str, Write] = {
    "start": start,
    "delete": lambda hub: hub.backups.delete("backup-web01-1"),
    "mount": lambda hub: hub.restore.mount(backup_id="backup-web01-1", disk_index=0),
    "unmount": lambda hub: hub.restore.unmount("some-mount"),
    "refresh": lambda hub: hub.repositories.refresh(),
}
writes = pytest.mark.parametrize("write", WRITES.values(), ids=WRITES.keys())


def unused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def today(url: str) -> Hub:
    return Hub(url, dialect=Dialect.TODAY, timeout=(0.5, 0.5))


def closes(request: Request, connection: socket.socket) -> Reply:
    return None


def resets(request: Request, connection: socket.socket) -> Reply:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
    connection.close()
    return None


def stalls(request: Request, connection: socket.socket) -> Reply:
    connection.settimeout(3)
    with suppress(OSError):
        connection.recv(1)
    return None


@pytest.mark.parametrize("trouble", [closes, resets], ids=["closed", "reset"])
def test_a_read_is_tried_three_times_in_all(trouble: Callable[[Request, socket.socket], Reply]) -> None:
    with serving(trouble) as server:
        with pytest.raises(HubUnavailable) as caught:
            today(server.url).restore.mounts()
        assert len(server.requests) == 3
    assert caught.value.code is Code.NO_ANSWER


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_read_is_tried_again_after_a_gateway_error_and_may_succeed(status: int) -> None:
    def recovers(request: Request, connection: socket.socket) -> Reply:
        return ok(one("131").answer) if len(server.requests) == 3 else http(status, "busy", "text/html")

    with serving(recovers) as server:
        assert today(server.url).restore.mounts() == []
        assert len(server.requests) == 3


@pytest.mark.parametrize("status", [400, 404, 409, 500])
def test_other_errors_are_not_tried_again(status: int) -> None:
    with serving(lambda request, connection: http(status, '{"error":"no"}')) as server:
        with pytest.raises(HubError):
            today(server.url).restore.mounts()
        assert len(server.requests) == 1


@writes
@pytest.mark.parametrize("trouble", [closes, resets, stalls], ids=["closed", "reset", "stalled"])
def test_a_write_without_an_answer_is_sent_once_and_its_outcome_unknown(
    write: Write, trouble: Callable[[Request, socket.socket], Reply]
) -> None:
    with serving(trouble) as server:
        with pytest.raises(HubOutcomeUnknown):
            write(today(server.url))
        assert len(server.requests) == 1


@writes
@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_write_that_a_gateway_lost_is_sent_once_and_its_outcome_unknown(write: Write, status: int) -> None:
    with serving(lambda request, connection: http(status, "<html>", "text/html")) as server:
        with pytest.raises(HubOutcomeUnknown):
            write(today(server.url))
        assert len(server.requests) == 1


@writes
@pytest.mark.parametrize("body", ["<html>", "{", "[]", "7"])
def test_a_write_with_an_unreadable_success_is_sent_once_and_its_outcome_unknown(
    write: Write, body: str
) -> None:
    with serving(lambda request, connection: ok(body)) as server:
        with pytest.raises(HubOutcomeUnknown):
            write(today(server.url))
        assert len(server.requests) == 1


@writes
def test_a_write_that_could_not_be_sent_is_known_not_to_have_happened(write: Write) -> None:
    with pytest.raises(HubUnavailable) as caught:
        write(today(f"http://127.0.0.1:{unused_port()}"))
    assert caught.value.code is Code.UNREACHABLE


def test_a_name_that_does_not_resolve_is_unreachable() -> None:
    with pytest.raises(HubUnavailable) as caught:
        start(today("http://no-such-host.invalid"))
    assert caught.value.code is Code.UNREACHABLE


@writes
def test_a_write_that_the_hub_failed_is_sent_once_and_failed(write: Write) -> None:
    with serving(lambda request, connection: http(500, '{"error":"disk on fire"}')) as server:
        with pytest.raises(HubFailed):
            write(today(server.url))
        assert len(server.requests) == 1


def test_a_write_after_idle_time_is_not_lost_on_a_connection_that_the_hub_has_closed() -> None:
    """The hub closes idle connections; a write on such a one would look as if it had been sent."""

    def closing_after_each_answer(request: Request, connection: socket.socket) -> Reply:
        reply = ok(one("084").answer if request.method == "POST" else one("131").answer)
        connection.sendall(reply)
        return None

    with serving(closing_after_each_answer) as server:
        hub = today(server.url)
        hub.restore.mounts()
        start(hub)
        hub.restore.mounts()
        assert [request.method for request in server.requests] == ["GET", "POST", "GET"]


def test_reads_share_a_connection() -> None:
    with serving(lambda request, connection: ok(one("131").answer)) as server:
        hub = today(server.url)
        for _ in range(5):
            hub.restore.mounts()
        assert (len(server.requests), server.connections) == (5, 1)
