"""The HTTP server: one thread a connection, keep-alive, and the Go server's time limits."""

import contextlib
import logging
import posixpath
import socket
import time
from collections.abc import Iterable, Iterator
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar
from urllib.parse import quote, unquote

from localhub.rates import Rate
from localhub.refusals import Panic
from localhub.web.answers import Answer, no_route, text
from localhub.web.requests import Request
from localhub.web.routes import Routes

log = logging.getLogger(__name__)
IDLE = 60
Piece = bytes | bytearray | memoryview
BODY_LIMIT = 1 << 20
CHUNKED_FROM = 2048
"""Go's server knows the length of a JSON answer only when it fits its buffer; larger ones are chunked."""
CORS = (
    "Access-Control-Allow-Headers: Content-Type, Authorization\r\n"
    "Access-Control-Allow-Methods: GET, POST, PUT, DELETE, OPTIONS\r\n"
    "Access-Control-Allow-Origin: *\r\n"
)


SLOW_STEP = 64 << 10


class Cut(Exception):
    """The time for an answer is over, or the client is gone: the connection is closed as it is."""


class HubServer(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, port: int, routes: Routes, answer_limit: float, download_rate: float) -> None:
        self.routes, self.answer_limit = routes, answer_limit
        self.download_rate = Rate(download_rate)
        super().__init__(("127.0.0.1", port), Handler)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = IDLE
    disable_nagle_algorithm = True
    server: HubServer
    METHODS: ClassVar[tuple[str, ...]] = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")

    def handle_one_request(self) -> None:
        """As the base class does, with every method going one way."""
        self.connection.settimeout(IDLE)
        try:
            self.raw_requestline = self.rfile.readline(65537)
            if not self.raw_requestline or not self.parse_request():
                self.close_connection = True
                return
            self.until = time.monotonic() + self.server.answer_limit
            self.respond()
        except (Cut, Panic):
            self.abandon()
        except (OSError, ValueError):
            self.close_connection = True

    def respond(self) -> None:
        request = self.read_request()
        if request is None:
            return
        matched = False
        try:
            found = self.server.routes.match(request)
            if found is None:
                answer = self.unmatched(request)
            else:
                matched = True
                handler, request = found
                answer = handler(request)
        except Panic:
            raise
        except Exception:
            log.exception("%s %s", request.method, request.path)
            raise Panic from None  # what a Go server does with a handler that dies
        self.send(answer, matched)

    def read_request(self) -> Request | None:
        """None when it was answered with a redirect to the cleaned path."""
        length = int(self.headers.get("Content-Length") or 0)
        if not 0 <= length <= BODY_LIMIT:
            raise Cut
        body = self.rfile.read(length) if length else b""
        target, _, query = self.path.partition("?")
        path = unquote(target, errors="surrogateescape")
        if (clean := cleaned(path)) != path:
            place = quote(clean, errors="surrogateescape") + (f"?{query}" if query else "")
            self.send(Answer(301, headers={"Location": place}, content_type=""), matched=False)
            return None
        return Request(self.command, path, query, body, authorization=self.headers.get("Authorization") or "")

    def unmatched(self, request: Request) -> Answer:
        if request.method == "HEAD" and request.path == "/health":
            return Answer(405, content_type="")
        return no_route()

    def send(self, answer: Answer, matched: bool) -> None:
        chunked = answer.length is None if answer.stream is not None else len(answer.body) > CHUNKED_FROM
        head = f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}\r\n"
        if matched:
            head += CORS
        for name, value in answer.headers.items():
            head += f"{name}: {value}\r\n"
        if answer.content_type:
            head += f"Content-Type: {answer.content_type}\r\n"
        head += f"Date: {self.date_time_string()}\r\n"
        length = answer.length if answer.stream is not None else len(answer.body)
        head += "Transfer-Encoding: chunked\r\n\r\n" if chunked else f"Content-Length: {length}\r\n\r\n"
        raw = head.encode("utf-8", "surrogateescape")
        if self.command == "HEAD":
            self.put(raw)
        elif answer.stream is not None:
            self.put(raw)
            self.stream(answer, chunked)
        else:
            self.put(
                raw + (b"%x\r\n%s\r\n0\r\n\r\n" % (len(answer.body), answer.body) if chunked else answer.body)
            )

    def stream(self, answer: Answer, chunked: bool) -> None:
        """Sends the pieces; an error while they are made, or too few bytes, cuts the connection."""
        sent = 0
        for piece in safely(answer.stream or ()):
            for part in self.paced(memoryview(piece)):
                if chunked:
                    self.put(b"%x\r\n" % len(part))
                self.put(part)
                if chunked:
                    self.put(b"\r\n")
                sent += len(part)
        if chunked:
            self.put(b"0\r\n\r\n")
        elif sent != answer.length:
            raise Cut

    def paced(self, data: memoryview) -> Iterator[memoryview]:
        rate = self.server.download_rate
        step = SLOW_STEP if rate.speed else max(1, len(data))
        for begin in range(0, len(data), step):
            part = data[begin : begin + step]
            rate.spend(len(part))
            yield part

    def put(self, data: bytes | memoryview) -> None:
        """Sends within what is left of the time for this answer. Raises Cut."""
        left = self.until - time.monotonic()
        if left <= 0:
            raise Cut
        self.connection.settimeout(left)
        try:
            self.connection.sendall(data)
        except OSError:
            raise Cut from None

    def abandon(self) -> None:
        """Closes without another byte."""
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        log.debug(format, *args)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """A request line that can't be parsed."""
        self.close_connection = True
        self.command = getattr(self, "command", "GET") or "GET"
        self.until = time.monotonic() + self.server.answer_limit
        with contextlib.suppress(Cut):
            self.send(text(400, "400 Bad Request"), matched=False)


def cleaned(path: str) -> str:
    """Without dot segments and doubled slashes; a slash at the end stays."""
    clean = "/" + posixpath.normpath(path).lstrip("/")
    return clean + "/" if path.endswith("/") and clean != "/" else clean


def safely(pieces: Iterable[Piece]) -> Iterator[Piece]:
    try:
        yield from pieces
    except Exception:
        log.exception("an answer failed in the middle")
        raise Cut from None
