"""What a handler gives back, and JSON as Go writes it."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

LONE = re.compile("[\ud800-\udfff]")
ESCAPES = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
ESCAPED = re.compile("[<>&\u2028\u2029]")
JSON = "application/json"
TEXT = "text/plain; charset=utf-8"


@dataclass
class Answer:
    """A whole answer; with ``stream`` the body comes in pieces, of ``length`` bytes or chunked if None."""

    status: int = 200
    body: bytes = b""
    content_type: str = JSON
    headers: dict[str, str] = field(default_factory=dict)
    stream: Iterator[bytes | bytearray | memoryview] | None = None
    length: int | None = None


def go_json(value: Any) -> bytes:
    """No spaces, UTF-8, ``<>&`` escaped, a newline at the end; bytes that are not UTF-8 become U+FFFD."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    text = ESCAPED.sub(lambda found: ESCAPES[found[0]], text)
    return (LONE.sub("\ufffd", text) + "\n").encode()


def number(value: float) -> float | int:
    """A float as Go prints it: whole ones without a point."""
    return int(value) if value == int(value) else value


def ok(value: Any, status: int = 200) -> Answer:
    return Answer(status, go_json(value))


def text(status: int, message: str) -> Answer:
    return Answer(status, message.encode() + b"\n", TEXT, {"X-Content-Type-Options": "nosniff"})


def no_route() -> Answer:
    return text(404, "404 page not found")
