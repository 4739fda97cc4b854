"""Messages between the hub and the process that reads a mount: JSON and raw bytes, each with its length."""

import json
import socket
import struct
from typing import Any

HEAD = struct.Struct(">II")
CHUNK = 1 << 20
"""Bytes of a file in one message; larger pieces fall out of the processor's cache and are slower."""
MOST_JSON = 256 << 20


class PeerGone(Exception):
    """The other process ended."""


def send(connection: socket.socket, message: dict[str, Any], data: bytes | memoryview = b"") -> None:
    text = json.dumps(message).encode("ascii")
    try:
        connection.sendall(HEAD.pack(len(text), len(data)) + text)
        if len(data):
            connection.sendall(data)
    except OSError as error:
        raise PeerGone from error


def receive(connection: socket.socket, buffer: memoryview | None = None) -> tuple[dict[str, Any], memoryview]:
    """The next message; its bytes lie at the start of ``buffer`` when one is given."""
    length, data_length = HEAD.unpack(exactly(connection, HEAD.size))
    if length > MOST_JSON or (data_length > len(buffer) if buffer else data_length > CHUNK):
        raise PeerGone
    message: dict[str, Any] = json.loads(exactly(connection, length))
    target = buffer[:data_length] if buffer else memoryview(bytearray(data_length))
    fill(connection, target)
    return message, target


def exactly(connection: socket.socket, length: int) -> bytearray:
    data = bytearray(length)
    fill(connection, memoryview(data))
    return data


def fill(connection: socket.socket, target: memoryview) -> None:
    done = 0
    while done < len(target):
        try:
            got = connection.recv_into(target[done:])
        except OSError as error:
            raise PeerGone from error
        if not got:
            raise PeerGone
        done += got
