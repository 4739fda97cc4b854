"""Small real servers on loopback that replay recorded answers, or misbehave, and count what they get."""

from __future__ import annotations

import socket
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from .transcripts import Transcript, key_of


@dataclass
class Request:
    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]


def read_request(stream: socketserver.StreamRequestHandler) -> Request | None:
    line = stream.rfile.readline()
    if not line:
        return None
    method, target, _ = line.decode("latin-1").split(" ", 2)
    headers: dict[str, str] = {}
    while (line := stream.rfile.readline()) not in (b"\r\n", b"\n", b""):
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.strip().lower()] = value.strip()
    body = stream.rfile.read(int(headers.get("content-length", "0")))
    return Request(method, target, headers, body)


Reply = bytes | None
"""Bytes to send, or None to close the connection without one."""

Answering = Callable[[Request, socket.socket], Reply]


@dataclass
class Server:
    url: str
    requests: list[Request] = field(default_factory=list)
    connections: int = 0

    def count(self, path: str) -> int:
        return sum(request.path == path for request in self.requests)


@contextmanager
def serving(answer: Answering) -> Iterator[Server]:
    """Answers every request with what `answer` gives; it may also write to the socket itself and give b""."""

    class Handler(socketserver.StreamRequestHandler):
        disable_nagle_algorithm = True

        def handle(self) -> None:
            server.connections += 1
            while (request := read_request(self)) is not None:
                server.requests.append(request)
                reply = answer(request, self.connection)
                if reply is None:
                    return
                self.wfile.write(reply)
                if request.headers.get("connection") == "close":
                    return

    class Listener(socketserver.ThreadingTCPServer):
        daemon_threads = True
        block_on_close = False
        allow_reuse_address = True

        def handle_error(self, request: object, client_address: object) -> None:
            """A client that goes away is no fault of the server."""

    listener = Listener(("127.0.0.1", 0), Handler)
    server = Server(f"http://127.0.0.1:{listener.server_address[1]}")
    thread = threading.Thread(target=listener.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        listener.shutdown()
        listener.server_close()
        thread.join()


def http(status: int, body: bytes | str = b"", kind: str = "application/json", *more: str) -> bytes:
    body = body.encode() if isinstance(body, str) else body
    head = [f"HTTP/1.1 {status} Said", f"Content-Type: {kind}", f"Content-Length: {len(body)}", *more]
    return "\r\n".join(head).encode("latin-1") + b"\r\n\r\n" + body


def ok(body: bytes | str) -> bytes:
    return http(200, body)


NO_ROUTE = http(404, "404 page not found\n", "text/plain; charset=utf-8")
LOGGED_IN = ok('{"success":true,"session_token":"session-1","expires_at":"2036-11-20T04:49:45Z"}')


def replay(*recorded: Transcript) -> Answering:
    """Answers by method, path, query and body; the recorded ones of one key in turn, the last for ever."""
    book: dict[object, list[Transcript]] = {}
    for transcript in recorded:
        book.setdefault(transcript.key, []).append(transcript)

    def answer(request: Request, connection: socket.socket) -> Reply:
        found = book.get(key_of(request.method, request.target, request.body))
        if not found:
            return NO_ROUTE
        transcript = found.pop(0) if len(found) > 1 else found[0]
        return transcript.response

    return answer


def drip(connection: socket.socket, data: bytes, every: float) -> None:
    """One byte at a time until the other side has had enough."""
    for byte in data:
        connection.sendall(bytes([byte]))
        time.sleep(every)
