"""A file arrives whole or not at all, and cheaply."""

from __future__ import annotations

import hashlib
import os
import socket
import threading

import pytest

from sendense_portal.hub import (
    Code,
    Dialect,
    Download,
    Hub,
    HubCutShort,
    HubNotFound,
    HubProtocolError,
    HubRejected,
)

from .servers import Reply, Request, http, serving
from .transcripts import one

FILE = b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n"


def whole(download: Download, n: int = 1 << 20) -> bytes:
    with download:
        return b"".join(iter(lambda: download.read(n), b""))


def opened(url: str, path: str = "/partition-1/etc/hostname") -> Download:
    return Hub(url, dialect=Dialect.TODAY, timeout=(1.0, 0.5)).restore.open("m", path)


@pytest.mark.parametrize("size", [0, 1, 1 << 20, (1 << 20) + 1, 30_000_000])
def test_a_file_comes_whole(size: int) -> None:
    data = os.urandom(size)
    with serving(
        lambda request, connection: http(200, data, "text/html", "Content-Encoding: identity")
    ) as server:
        download = opened(server.url)
        assert download.length == size
        assert hashlib.sha256(whole(download)).digest() == hashlib.sha256(data).digest()
        assert download.read() == b""


def test_a_chunked_file_comes_whole_and_its_length_is_unknown() -> None:
    raw = FILE + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"
    with serving(lambda request, connection: raw) as server:
        download = opened(server.url)
        assert download.length is None
        assert whole(download, 3) == b"hello world"


CUTS = {
    "short of its length": FILE + b"Content-Length: 100\r\n\r\n" + b"x" * 99,
    "nothing of its length": FILE + b"Content-Length: 100\r\n\r\n",
    "no last chunk": FILE + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
    "inside a chunk": FILE + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhel",
    "inside a chunk's size": FILE + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1",
    "a chunk size that is none": FILE + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\n",
}


@pytest.mark.parametrize("raw", CUTS.values(), ids=CUTS.keys())
@pytest.mark.parametrize("n", [2, 1 << 20])
def test_a_cut_is_found(raw: bytes, n: int) -> None:
    def cut(request: Request, connection: socket.socket) -> Reply:
        connection.sendall(raw)
        return None

    with serving(cut) as server, pytest.raises(HubCutShort) as caught:
        whole(opened(server.url), n)
    assert caught.value.code is Code.CUT_SHORT


def test_a_stall_is_found() -> None:
    release = threading.Event()

    def stalls(request: Request, connection: socket.socket) -> Reply:
        connection.sendall(FILE + b"Content-Length: 100\r\n\r\nhalf")
        release.wait(5)
        return None

    with serving(stalls) as server, pytest.raises(HubCutShort):
        try:
            whole(opened(server.url))
        finally:
            release.set()


def test_a_body_whose_end_could_not_be_told_is_not_begun() -> None:
    def until_close(request: Request, connection: socket.socket) -> Reply:
        connection.sendall(FILE + b"\r\nhello")
        return None

    with serving(until_close) as server, pytest.raises(HubProtocolError):
        opened(server.url)


def test_a_packed_file_is_not_begun() -> None:
    reply = http(200, b"\x1f\x8b", "text/plain", "Content-Encoding: gzip")
    with serving(lambda request, connection: reply) as server, pytest.raises(HubProtocolError):
        opened(server.url)


def test_a_folder_that_the_hub_packed_by_itself_is_not_taken_for_a_file() -> None:
    packed = http(200, b"PK", "application/zip", 'Content-Disposition: attachment; filename="etc.zip"')
    with serving(lambda request, connection: packed) as server:
        with pytest.raises(HubRejected) as caught:
            opened(server.url, "/partition-1/etc")
        assert caught.value.code is Code.NOT_A_FILE
        assert whole(opened(server.url, "/partition-1/etc.zip")) == b"PK"


def test_a_download_may_be_read_in_another_thread_than_it_was_opened_in() -> None:
    data = os.urandom(3_000_000)
    with serving(lambda request, connection: http(200, data)) as server:
        download = opened(server.url)
        got: list[bytes] = []
        thread = threading.Thread(target=lambda: got.append(whole(download)))
        thread.start()
        thread.join()
    assert got == [data]


def test_a_missing_file_is_an_error_before_any_byte() -> None:
    reply = http(500, one("187").answer)
    with serving(lambda request, connection: reply) as server, pytest.raises(HubNotFound) as caught:
        opened(server.url)
    assert caught.value.code is Code.PATH_MISSING


def test_closing_early_lets_the_connection_go() -> None:
    closed = threading.Event()

    def endless(request: Request, connection: socket.socket) -> Reply:
        connection.sendall(FILE + b"Content-Length: 100000000000\r\n\r\n")
        try:
            while True:
                connection.sendall(b"x" * 65536)
        except OSError:
            closed.set()
        return None

    with serving(endless) as server:
        with opened(server.url) as download:
            assert download.read(10) == b"x" * 10
        assert closed.wait(5)


@pytest.mark.slow
def test_a_gigabyte_passes_in_constant_memory_at_the_speed_of_loopback() -> None:
    import tracemalloc

    block = b"x" * (1 << 20)

    def gigabyte(request: Request, connection: socket.socket) -> Reply:
        connection.sendall(FILE + b"Content-Length: %d\r\n\r\n" % (1 << 30))
        for _ in range(1024):
            connection.sendall(block)
        return None

    with serving(gigabyte) as server, opened(server.url) as download:
        tracemalloc.start()
        total = 0
        while part := download.read():
            total += len(part)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert total == 1 << 30
    assert peak < 8 << 20
