"""Bytes to and from one hub: connections, timeouts, deadlines, size caps. Knows nothing of what is said.

A read may reuse a kept connection. A write always gets a fresh one: a hub closes kept ones after 60 s, and a
write that meets such a close would look as if it had been sent and lost.
"""

# the names say what happened; HubError is the family's name

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode, urlsplit

import msgspec
import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection

from .errors import Code, HubCutShort, HubProtocolError

DEADLINE = 25.0  # seconds for a whole answer, or for the headers of a download; the hub itself cuts at 15
PATIENCE = 600.0
"""Seconds without a byte after which even a listing in the background is given up: nobody is there."""
_CHUNK = 1 << 16


class NotSent(Exception):
    """No connection could be made, so nothing reached the hub. `timed_out` if it did not even refuse."""

    def __init__(self, timed_out: bool) -> None:
        super().__init__()
        self.timed_out = timed_out


class NoAnswer(Exception):
    """The request may have reached the hub, and no headers came back."""

    def __init__(self, timed_out: bool) -> None:
        super().__init__()
        self.timed_out = timed_out


class Answer(NamedTuple):
    status: int
    body: bytes


class Ask(NamedTuple):
    """A request: path below the base address, already quoted; query; JSON body."""

    method: str
    path: str
    params: dict[str, str]
    body: dict[str, Any] | None = None

    def __repr__(self) -> str:
        """Without the body, which may hold a password."""
        return f"Ask({self.method} {self.path})"


def _deadline_connection(base: type[HTTPConnection], seconds: float) -> type[HTTPConnection]:
    """A connection class that gives up when the headers take longer in all.

    A socket timeout starts anew with each byte, so a hub that drips its headers would hold a thread for
    hours.
    """

    class DeadlineConnection(base):  # type: ignore[misc, valid-type]  # the base differs for http and https
        def getresponse(self) -> urllib3.response.HTTPResponse:
            sock = self.sock
            overdue = threading.Event()

            def give_up() -> None:
                overdue.set()
                with suppress(OSError):
                    # The plain socket's method: closing a TLS session in order would wait for the other side.
                    socket.socket.shutdown(sock, socket.SHUT_RDWR)

            watchdog = threading.Timer(seconds, give_up)
            watchdog.daemon = True
            watchdog.start()
            try:
                response: urllib3.response.HTTPResponse = super().getresponse()
            finally:
                watchdog.cancel()
            if overdue.is_set():  # the library takes headers that break off for complete ones
                response.close()
                raise TimeoutError("the headers took too long")
            return response

    return DeadlineConnection


class _Adapter(HTTPAdapter):
    """No retries of urllib3's own (it would retry PUT and DELETE), and the deadline for headers."""

    def __init__(self, deadline: float) -> None:
        self._deadline = deadline
        super().__init__(max_retries=urllib3.Retry(0, read=False, redirect=False))

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        plain = {"ConnectionCls": _deadline_connection(HTTPConnection, self._deadline)}
        secure = {"ConnectionCls": _deadline_connection(HTTPSConnection, self._deadline)}
        self.poolmanager.pool_classes_by_scheme = {
            "http": type("Pool", (urllib3.HTTPConnectionPool,), plain),
            "https": type("SecurePool", (urllib3.HTTPSConnectionPool,), secure),
        }


class Transport:
    """One hub's address with its connections; thread-safe (a session per thread for reads, one per write)."""

    def __init__(self, base_url: str, timeout: tuple[float, float], deadline: float = DEADLINE) -> None:
        parts = urlsplit(base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("A hub's address starts with http:// or https:// and names a host.")
        if parts.username or parts.password or parts.query or parts.fragment:
            raise ValueError("A hub's address has no user, password, query or fragment.")
        self.base_url = base_url.rstrip("/")
        self._timeout = timeout
        self._deadline = deadline
        self._local = threading.local()

    def _new_session(self, deadline: float | None = None) -> requests.Session:
        session = requests.Session()
        session.trust_env = False  # no proxy and no .netrc password from the environment
        session.mount("http://", _Adapter(deadline or self._deadline))
        session.mount("https://", _Adapter(deadline or self._deadline))
        return session

    def _kept_session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = self._local.session = self._new_session()
        return session

    def exchange(self, ask: Ask, headers: dict[str, str], *, limit: int, fresh: bool) -> Answer:
        """Send and read the whole answer. Raises `NotSent`, `NoAnswer`, `HubCutShort`, `HubProtocolError`."""
        session = self._new_session() if fresh else self._kept_session()
        try:
            until = time.monotonic() + self._deadline
            response = self._send(session, ask, headers)
            return Answer(response.status_code, self.body_of(response, limit, until))
        finally:
            if fresh:
                session.close()

    def open(self, ask: Ask, headers: dict[str, str], *, patient: bool = False) -> requests.Response:
        """Send and come back with the headers; the body is read by the caller, who closes it. A `patient`
        one waits for an answer as long as a hub that lives may need.
        """
        session = self._new_session(PATIENCE) if patient else self._kept_session()
        return self._send(session, ask, headers, (self._timeout[0], PATIENCE) if patient else self._timeout)

    def _send(
        self,
        session: requests.Session,
        ask: Ask,
        headers: dict[str, str],
        timeout: tuple[float, float] | None = None,
    ) -> requests.Response:
        url = self.base_url + ask.path
        if ask.params:
            url += "?" + urlencode(ask.params, quote_via=quote, safe="")
        body = None if ask.body is None else msgspec.json.encode(ask.body)
        all_headers = {"Accept": "application/json", "Accept-Encoding": "identity", **headers}
        if body is not None:
            all_headers["Content-Type"] = "application/json"
        try:
            return session.request(
                ask.method,
                url,
                data=body,
                headers=all_headers,
                timeout=timeout or self._timeout,
                stream=True,
                allow_redirects=False,
            )
        except requests.ConnectTimeout as error:
            raise NotSent(timed_out=True) from error
        except requests.Timeout as error:
            raise NoAnswer(timed_out=True) from error
        except requests.exceptions.SSLError as error:
            raise NotSent(timed_out=False) from error
        except requests.ConnectionError as error:
            if _never_connected(error):
                raise NotSent(timed_out=False) from error
            raise NoAnswer(timed_out=False) from error
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            # Headers that are no HTTP, for one. Whatever it was, it was sent.
            raise NoAnswer(timed_out=False) from error

    def body_of(
        self,
        response: requests.Response,
        limit: int,
        until: float | None = None,
        arrived: Callable[[int], None] = lambda size: None,
    ) -> bytes:
        """The whole body, at most `limit` bytes, until the deadline; the response is closed then. `arrived`
        hears the bytes so far.
        """
        try:
            return self._body_of(response, limit, until or time.monotonic() + self._deadline, arrived)
        finally:
            response.close()

    def _body_of(
        self, response: requests.Response, limit: int, until: float, arrived: Callable[[int], None]
    ) -> bytes:
        if response.headers.get("Content-Encoding", "identity") != "identity":
            raise HubProtocolError(
                Code.BAD_ANSWER, "The hub's answer is packed although this was not asked for."
            )
        raw: urllib3.HTTPResponse = response.raw
        parts: list[bytes] = []
        size = 0
        try:
            # read1 comes back with what there is; read(n) would wait for n bytes and never look at the clock.
            while part := raw.read1(_CHUNK, decode_content=False):
                parts.append(part)
                size += len(part)
                arrived(size)
                if size > limit:
                    raise HubProtocolError(
                        Code.TOO_LARGE, f"The hub's answer is larger than {limit >> 20} MiB."
                    )
                if time.monotonic() > until:
                    raise HubCutShort(Code.TIMEOUT, "The hub's answer took too long.")
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise HubCutShort(
                Code.CUT_SHORT, "The hub's answer ended before its end.", detail=repr(error)
            ) from error
        if raw.length_remaining:
            raise HubCutShort(Code.CUT_SHORT, "The hub's answer ended before its end.")
        return b"".join(parts)


def _never_connected(error: requests.ConnectionError) -> bool:
    """Whether a connection error came before anything was sent: refused, no route, no such name."""
    cause = error.args[0] if error.args else None
    reason = getattr(cause, "reason", cause)
    return isinstance(reason, urllib3.exceptions.NewConnectionError | urllib3.exceptions.NameResolutionError)
