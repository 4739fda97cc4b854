"""The client logs in as seldom as can be, one at a time, and never shows its token."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable

import pytest

from sendense_portal.hub import Code, Dialect, Hub, HubError, HubLoginFailed

from .servers import LOGGED_IN, Reply, Request, http, ok, serving
from .transcripts import one

LOGIN = "/api/v1/auth/login"
TOKEN = "the-appliance-token-9f3c"
VMS = ok(one("011").answer)
OLD_SESSION = http(401, one("308").answer)


class GuardedHub:
    """Knows its session, forgets it on demand, and notes logins that overlap another request."""

    def __init__(self) -> None:
        self.valid = False
        self.inside = 0
        self.overlaps = 0
        self.lock = threading.Lock()

    def __call__(self, request: Request, connection: socket.socket) -> Reply:
        login = request.path == LOGIN
        with self.lock:
            self.overlaps += bool(self.inside and login)
            self.inside += 1
        time.sleep(0.02 if login else 0.002)
        with self.lock:
            self.inside -= 1
        if login:
            self.valid = True
            return LOGGED_IN
        if request.path == "/api/v1/restore/mounts":
            return ok(one("131").answer)
        if not self.valid or request.headers.get("authorization") != "Bearer session-1":
            return OLD_SESSION
        return VMS


def in_threads(count: int, call: Callable[[], object]) -> list[object]:
    results: list[object] = []

    def run() -> None:
        try:
            results.append(call())
        except HubError as error:
            results.append(error)

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_twenty_threads_at_once_make_one_login() -> None:
    guarded = GuardedHub()
    with serving(guarded) as server:
        hub = Hub(server.url, TOKEN, dialect=Dialect.TODAY)
        results = in_threads(20, lambda: len(hub.vms.list()))
        assert results == [6] * 20
        assert server.count(LOGIN) == 1
    assert guarded.overlaps == 0


def test_after_a_restart_of_the_hub_twenty_threads_make_one_login() -> None:
    guarded = GuardedHub()
    with serving(guarded) as server:
        hub = Hub(server.url, TOKEN, dialect=Dialect.TODAY)
        hub.vms.list()
        guarded.valid = False
        assert in_threads(20, lambda: len(hub.vms.list())) == [6] * 20
        assert server.count(LOGIN) == 2
    assert guarded.overlaps == 0


def test_routes_without_a_login_are_asked_without_one() -> None:
    with serving(GuardedHub()) as server:
        Hub(server.url, TOKEN, dialect=Dialect.TODAY).restore.mounts()
        assert server.count(LOGIN) == 0


def test_a_hub_without_a_token_works_where_none_is_needed() -> None:
    with serving(GuardedHub()) as server:
        hub = Hub(server.url, dialect=Dialect.TODAY)
        assert hub.restore.mounts() == []
        with pytest.raises(HubLoginFailed):
            hub.vms.list()
        assert server.count(LOGIN) == 0


def test_a_write_refused_for_an_old_session_is_sent_again_after_the_login() -> None:
    def restarted(request: Request, connection: socket.socket) -> Reply:
        if request.path == LOGIN:
            return LOGGED_IN
        return ok("{}") if server.count(LOGIN) == 2 else OLD_SESSION

    with serving(restarted) as server:
        Hub(server.url, TOKEN, dialect=Dialect.TODAY).repositories.refresh()
        assert server.count("/api/v1/repositories/refresh-storage") == 2


def test_a_session_refused_twice_is_not_asked_for_a_third_time() -> None:
    with serving(lambda request, _: LOGGED_IN if request.path == LOGIN else OLD_SESSION) as server:
        with pytest.raises(HubLoginFailed):
            Hub(server.url, TOKEN, dialect=Dialect.TODAY).vms.list()
        assert (server.count(LOGIN), server.count("/api/v1/vm-contexts")) == (2, 2)


def test_a_wrong_token_is_tried_once_and_not_by_every_caller() -> None:
    refused = http(401, one("003").answer)
    with serving(lambda request, connection: refused) as server:
        hub = Hub(server.url, TOKEN, dialect=Dialect.TODAY)
        results = in_threads(20, hub.vms.list)
        assert [type(result) for result in results] == [HubLoginFailed] * 20
        assert server.count(LOGIN) == 1
        assert {result.code for result in results if isinstance(result, HubError)} == {Code.LOGIN_REFUSED}


@pytest.mark.parametrize("session", ["", "two\\r\\nX-Injected: 1", "a b", "ü"])
def test_a_session_token_that_is_no_header_value_is_refused(session: str) -> None:
    reply = ok('{"success":true,"session_token":"%s"}' % session)  # noqa: UP031  # braces
    with serving(lambda request, connection: reply) as server, pytest.raises(HubError) as caught:
        Hub(server.url, TOKEN, dialect=Dialect.TODAY).vms.list()
    assert caught.value.code is Code.BAD_ANSWER


def test_the_token_is_in_no_text(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    guarded = GuardedHub()
    with serving(guarded) as server:
        hub = Hub(server.url, TOKEN, dialect=Dialect.TODAY)
        hub.vms.list()
        texts = [repr(hub), str(hub), repr(hub.vms), repr(hub.restore)]
    broken = http(500, '{"error":"no"}')
    with serving(lambda request, _: LOGGED_IN if request.path == LOGIN else broken) as server:
        hub = Hub(server.url, TOKEN, dialect=Dialect.TODAY)
        with pytest.raises(HubError) as caught:
            hub.vms.list()
    texts += [
        str(caught.value),
        repr(caught.value),
        caught.value.detail,
        repr(caught.value.__cause__),
        caplog.text,
    ]
    assert not [text for text in texts if TOKEN in text or "session-1" in text]


@pytest.mark.parametrize(
    "address",
    ["ftp://hub", "file:///etc/passwd", "hub:8082", "http://", "http://user:pw@hub", "http://hub/?a=b", ""],
)
def test_only_plain_http_addresses_are_taken(address: str) -> None:
    with pytest.raises(ValueError, match="address"):
        Hub(address)


def test_proxies_and_passwords_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with serving(GuardedHub()) as server:
        assert Hub(server.url, dialect=Dialect.TODAY).restore.mounts() == []
