"""A client of the NBD protocol over a unix socket: what the engine writes through and browsing reads through.

Protocol: https://github.com/NetworkBlockDevice/nbd/blob/master/doc/proto.md (fixed newstyle, simple replies).
"""

import socket
import struct
import time
from pathlib import Path
from typing import Self

NBDMAGIC, IHAVEOPT = 0x4E42444D41474943, 0x49484156454F5054
REQUEST, REPLY = 0x25609513, 0x67446698
FIXED_NEWSTYLE, NO_ZEROES = 1, 2
OPT_EXPORT_NAME = 1
READ, WRITE, DISCONNECT, FLUSH, WRITE_ZEROES = 0, 1, 2, 3, 6
MOST = 16 << 20
"""Bytes in one request; qemu refuses more than 32 MiB."""
IN_FLIGHT = 16


class NbdError(Exception):
    """The server refused a request or went away."""


class NbdClient:
    """One connection. Reads are answered one by one, writes run up to sixteen at once; not for two threads.

    ``flush`` waits for all writes and raises NbdError when one of them failed.
    """

    def __init__(self, path: Path, within: float = 10) -> None:
        self.socket = connected(path, within)
        self.waiting = 0
        self.handle = 0
        self.size = self.negotiate()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def negotiate(self) -> int:
        magic, option, flags = struct.unpack(">QQH", self.receive(18))
        if (magic, option) != (NBDMAGIC, IHAVEOPT) or not flags & FIXED_NEWSTYLE:
            raise NbdError("not a newstyle NBD server")
        self.socket.sendall(struct.pack(">I", flags & (FIXED_NEWSTYLE | NO_ZEROES)))
        self.socket.sendall(struct.pack(">QII", IHAVEOPT, OPT_EXPORT_NAME, 0))
        size, _ = struct.unpack(">QH", self.receive(10))
        if not flags & NO_ZEROES:
            self.receive(124)
        return int(size)

    def read(self, offset: int, length: int) -> bytearray:
        data = bytearray(length)
        self.read_into(offset, memoryview(data))
        return data

    def read_into(self, offset: int, target: memoryview) -> None:
        """Fills ``target`` from ``offset``; raises NbdError beyond the end."""
        self.drain(0)
        for begin in range(0, len(target), MOST):
            part = target[begin : begin + MOST]
            self.ask(READ, offset + begin, len(part))
            self.answer()
            fill(self.socket, part)

    def write(self, offset: int, data: memoryview) -> None:
        for begin in range(0, len(data), MOST):
            part = data[begin : begin + MOST]
            self.ask(WRITE, offset + begin, len(part), part)
            self.drain(IN_FLIGHT)

    def write_zeroes(self, offset: int, length: int) -> None:
        for begin in range(0, length, 1 << 30):
            self.ask(WRITE_ZEROES, offset + begin, min(1 << 30, length - begin))
            self.drain(IN_FLIGHT)

    def flush(self) -> None:
        self.drain(0)
        self.ask(FLUSH, 0, 0)
        self.drain(0)

    def close(self) -> None:
        try:
            self.ask(DISCONNECT, 0, 0)
        except (OSError, NbdError):
            pass  # the server is gone already, which is what was wanted
        finally:
            self.socket.close()

    def ask(self, command: int, offset: int, length: int, data: memoryview | None = None) -> None:
        self.handle += 1
        head = struct.pack(">IHHQQI", REQUEST, 0, command, self.handle, offset, length)
        try:
            self.socket.sendall(head)
            if data is not None:
                self.socket.sendall(data)
        except OSError as error:
            raise NbdError(f"the NBD server went away: {error}") from error
        self.waiting += 1

    def drain(self, leave: int) -> None:
        while self.waiting > leave:
            self.answer()

    def answer(self) -> None:
        magic, error, _ = struct.unpack(">IIQ", self.receive(16))
        self.waiting -= 1
        if magic != REPLY:
            raise NbdError("the NBD server answered out of order")
        if error:
            raise NbdError(f"the NBD server answered error {error}")

    def receive(self, length: int) -> bytes:
        data = bytearray(length)
        fill(self.socket, memoryview(data))
        return bytes(data)


def fill(connection: socket.socket, target: memoryview) -> None:
    done = 0
    while done < len(target):
        try:
            got = connection.recv_into(target[done:])
        except OSError as error:
            raise NbdError(f"the NBD server went away: {error}") from error
        if not got:
            raise NbdError("the NBD server closed the connection")
        done += got


def connected(path: Path, within: float) -> socket.socket:
    """A connection to a server that may still be starting."""
    until = time.monotonic() + within
    while True:
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.connect(str(path))
        except OSError as error:
            connection.close()
            if time.monotonic() > until:
                raise NbdError(f"no NBD server at {path.name}: {error}") from error
            time.sleep(0.005)
        else:
            for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
                connection.setsockopt(socket.SOL_SOCKET, option, 4 << 20)
            return connection
