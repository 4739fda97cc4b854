"""Messages between the hub and the process that reads a mount: JSON and raw bytes, each with its length."""

import json
import socket
import struct
from typing import Any

HEAD = struct.Struct(">II")
MOST_JSON = 256 << 20


class PeerGone(Exception):
    """The other process ended."""


def send(connection: socket.socket, message: dict[str, Any], data: bytes = b"") -> None:
    text = json.dumps(message).encode("ascii")
    try:
        connection.sendall(HEAD.pack(len(text), len(data)) + text)
        if data:
            connection.sendall(data)
    except OSError as error:
        raise PeerGone from error


def receive(connection: socket.socket) -> tuple[dict[str, Any], bytearray]:
    length, data_length = HEAD.unpack(exactly(connection, HEAD.size))
    if length > MOST_JSON:
        raise PeerGone
    message: dict[str, Any] = json.loads(exactly(connection, length))
    return message, exactly(connection, data_length)


def exactly(connection: socket.socket, length: int) -> bytearray:
    data = bytearray(length)
    view, done = memoryview(data), 0
    while done < length:
        try:
            got = connection.recv_into(view[done:])
        except OSError as error:
            raise PeerGone from error
        if not got:
            raise PeerGone
        done += got
    return data
