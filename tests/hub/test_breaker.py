"""One dead hub costs one short wait, not one per call; and it is asked again by itself."""

from __future__ import annotations

import socket
import threading
import time

import pytest

from sendense_portal.hub import Code, Dialect, Hub, HubError, HubUnavailable
from sendense_portal.hub.breaker import Breaker

from .servers import http, ok, replay, serving
from .test_retries import unused_port
from .transcripts import one


def failure_of(hub: Hub) -> Code:
    with pytest.raises(HubUnavailable) as caught:
        hub.restore.mounts()
    return caught.value.code


def test_after_three_refused_calls_the_next_is_answered_at_once() -> None:
    hub = Hub(f"http://127.0.0.1:{unused_port()}", dialect=Dialect.TODAY)
    assert [failure_of(hub) for _ in range(4)] == [Code.UNREACHABLE] * 3 + [Code.CIRCUIT_OPEN]
    began = time.perf_counter()
    for _ in range(200):
        assert failure_of(hub) is Code.CIRCUIT_OPEN
    assert time.perf_counter() - began < 0.2


def test_a_hub_that_swallows_connections_costs_one_timeout() -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:  # with the queue of connections full, further ones meet silence
            filler.setblocking(False)
            filler.connect_ex(full.getsockname())
        hub = Hub(f"http://127.0.0.1:{full.getsockname()[1]}", dialect=Dialect.TODAY, timeout=(0.3, 1.0))
        began = time.perf_counter()
        codes = [failure_of(hub) for _ in range(50)]
        took = time.perf_counter() - began
        for filler in fillers:
            filler.close()
    assert codes == [Code.UNREACHABLE] + [Code.CIRCUIT_OPEN] * 49
    assert took < 1


def test_a_write_is_not_sent_while_the_breaker_is_open() -> None:
    hub = Hub(f"http://127.0.0.1:{unused_port()}", dialect=Dialect.TODAY)
    for _ in range(3):
        failure_of(hub)
    with pytest.raises(HubUnavailable) as caught:
        hub.backups.delete("backup-web01-1")
    assert caught.value.code is Code.CIRCUIT_OPEN


def test_the_connection_test_asks_even_while_the_breaker_is_open_and_closes_it() -> None:
    with serving(replay(one("001"), one("060"), one("011"), one("131"))) as server:
        hub = Hub(server.url, dialect=Dialect.TODAY)
        for _ in range(3):
            hub._door.breaker.failed()
        assert failure_of(hub) is Code.CIRCUIT_OPEN
        hub.probe()
        assert hub.restore.mounts() == []


def test_an_error_of_the_hub_itself_does_not_open_the_breaker() -> None:
    with serving(lambda request, connection: http(500, '{"error":"no"}')) as server:
        hub = Hub(server.url, dialect=Dialect.TODAY)
        for _ in range(10):
            with pytest.raises(HubError):
                hub.restore.mounts()
        assert len(server.requests) == 10


def test_a_handler_that_panics_does_not_open_the_breaker() -> None:
    with serving(replay(one("062"), one("001"), one("131"))) as server:
        hub = Hub(server.url, dialect=Dialect.TODAY)
        for _ in range(5):
            with pytest.raises(HubError):
                hub.backups.list(vm_name="nosuchvm")
        assert hub.restore.mounts() == []


def test_after_its_pause_one_trial_goes_out_and_the_others_wait_for_its_end() -> None:
    breaker = Breaker(failures=2, seconds=0.1)
    assert breaker.allow()
    breaker.failed()
    assert breaker.allow()
    breaker.failed()
    assert not breaker.allow()
    time.sleep(0.12)
    assert [breaker.allow() for _ in range(3)] == [True, False, False]
    breaker.failed()
    assert not breaker.allow()
    time.sleep(0.12)
    assert breaker.allow()
    breaker.succeeded()
    assert all(breaker.allow() for _ in range(3))


def test_a_success_forgets_the_failures_before_it() -> None:
    breaker = Breaker(failures=2)
    breaker.failed()
    breaker.succeeded()
    breaker.failed()
    assert breaker.allow()


def test_of_twenty_callers_after_the_pause_one_reaches_the_hub() -> None:
    def slow(request: object, connection: socket.socket) -> bytes:
        time.sleep(0.3)
        return ok(one("131").answer)

    with serving(slow) as server:
        hub = Hub(server.url, dialect=Dialect.TODAY)
        hub._door.breaker = Breaker(failures=1, seconds=0.05)
        hub._door.breaker.failed()
        time.sleep(0.06)
        codes: list[object] = []

        def ask() -> None:
            try:
                hub.restore.mounts()
                codes.append("answered")
            except HubUnavailable as error:
                codes.append(error.code)

        threads = [threading.Thread(target=ask) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(server.requests) == 1
    assert (codes.count("answered"), codes.count(Code.CIRCUIT_OPEN)) == (1, 19)
