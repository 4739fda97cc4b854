"""The connection test finds the dialect, the clock and the login, and tells a hub from what is none."""

from __future__ import annotations

import json
import socket
from datetime import UTC, datetime, timedelta

import pytest

from sendense_portal.hub import (
    Code,
    Dialect,
    Hub,
    HubLoginFailed,
    HubProtocolError,
    HubUnavailable,
)

from .servers import LOGGED_IN, NO_ROUTE, Reply, Request, http, ok, replay, serving
from .test_retries import unused_port
from .transcripts import one

EMPTY = '{"backups":[],"total":0}'


class SmallHub:
    """Health, the sign of a dialect, a login if it wants one, and an empty list of VMs."""

    def __init__(self, dialect: Dialect, *, token: bool = False, clock: timedelta = timedelta()) -> None:
        self.dialect = dialect
        self.token = token
        self.clock = clock

    def __call__(self, request: Request, connection: socket.socket) -> Reply:
        sign = {Dialect.TODAY: "/api/v1/backups", Dialect.OLDER: "/api/v1/backup/list"}[self.dialect]
        match request.path:
            case "/health":
                now = datetime.now(UTC) + self.clock
                return ok(json.dumps({"service": "X API", "version": "1.0.0", "timestamp": f"{now:%FT%TZ}"}))
            case "/api/v1/auth/login":
                sent = json.loads(request.body)["token"]
                return LOGGED_IN if sent == "right" else http(401, one("003").answer)
            case "/api/v1/vm-contexts":
                if self.token and "authorization" not in request.headers:
                    return http(401, one("007").answer)
                return ok('{"vm_contexts":[],"count":0}')
            case path if path.startswith(sign):
                return ok(EMPTY)
        return NO_ROUTE


@pytest.mark.parametrize("dialect", Dialect)
def test_it_finds_the_dialect(dialect: Dialect) -> None:
    with serving(SmallHub(dialect)) as server:
        hub = Hub(server.url)
        found = hub.probe()
        assert found.dialect is hub.dialect is dialect
        assert (found.service, found.version) == ("X API", "1.0.0")
        assert 0 < found.latency_ms < 5000
        assert abs(found.clock_skew) <= timedelta(seconds=2)


@pytest.mark.parametrize("clock", [timedelta(minutes=7), timedelta(hours=-3)])
def test_it_finds_a_wrong_clock(clock: timedelta) -> None:
    with serving(SmallHub(Dialect.TODAY, clock=clock)) as server:
        assert abs(Hub(server.url).probe().clock_skew - clock) <= timedelta(seconds=2)


def test_it_learns_the_offset_from_the_login() -> None:
    login = json.loads(one("318").answer)

    def answer(request: Request, connection: socket.socket) -> Reply:
        if request.path == "/api/v1/auth/login":
            return ok(json.dumps(login))
        return SmallHub(Dialect.TODAY, token=True)(request, connection)

    with serving(answer) as server:
        assert Hub(server.url, "any").probe().utc_offset == timedelta(hours=-5)


def test_a_given_offset_is_kept_against_the_weak_word_of_the_login() -> None:
    with serving(SmallHub(Dialect.TODAY, token=True)) as server:
        hub = Hub(server.url, "right", utc_offset=timedelta(hours=2))
        assert hub.probe().utc_offset == timedelta(hours=2)


@pytest.mark.parametrize(("token", "code"), [("wrong", Code.LOGIN_REFUSED), ("", Code.LOGIN_NEEDED)])
def test_it_tells_a_wrong_token_and_a_missing_one(token: str, code: Code) -> None:
    with serving(SmallHub(Dialect.TODAY, token=True)) as server, pytest.raises(HubLoginFailed) as caught:
        Hub(server.url, token).probe()
    assert caught.value.code is code


def test_it_asks_again_for_a_token_that_was_refused_a_moment_ago() -> None:
    with serving(SmallHub(Dialect.TODAY, token=True)) as server:
        hub = Hub(server.url, "wrong")
        for _ in range(2):
            with pytest.raises(HubLoginFailed):
                hub.probe()
        assert server.count("/api/v1/auth/login") == 2


@pytest.mark.parametrize(
    "reply",
    [
        http(200, "<html><title>Router</title>", "text/html"),
        http(404, "404 page not found", "text/plain"),
        http(200, '{"status":"UP"}'),
        http(302, "", "text/html", "Location: https://login.example/"),
    ],
)
def test_what_is_not_a_hub_is_told_so(reply: bytes) -> None:
    with serving(lambda request, connection: reply) as server, pytest.raises(HubProtocolError) as caught:
        Hub(server.url).probe()
    assert caught.value.code is Code.NOT_A_HUB


def test_a_service_of_the_same_health_but_without_backups_is_not_a_hub() -> None:
    with serving(replay(one("001"))) as server, pytest.raises(HubProtocolError) as caught:
        Hub(server.url).probe()
    assert caught.value.code is Code.NOT_A_HUB


def test_a_hub_that_is_off_is_unavailable() -> None:
    with pytest.raises(HubUnavailable):
        Hub(f"http://127.0.0.1:{unused_port()}").probe()


def test_without_a_connection_test_the_dialect_is_found_at_the_first_need_and_once() -> None:
    with serving(SmallHub(Dialect.OLDER)) as server:
        hub = Hub(server.url)
        assert hub.dialect is None
        hub.backups.running()
        hub.backups.running()
        assert hub.dialect is Dialect.OLDER
        assert server.count("/api/v1/backups") == 1


def test_a_hub_exchanged_for_one_of_the_other_dialect_is_recognised() -> None:
    small = SmallHub(Dialect.OLDER)
    with serving(small) as server:
        hub = Hub(server.url)
        assert hub.backups.running() == []
        small.dialect = Dialect.TODAY
        assert hub.backups.running() == []
        assert hub.dialect is Dialect.TODAY
