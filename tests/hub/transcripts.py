"""Reads the recorded calls in `recorded/` (see the README there)."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote

FOLDER = Path(__file__).parent / "recorded"

Key = tuple[str, str, tuple[tuple[str, str], ...], str]


def key_of(method: str, target: str, body: bytes) -> Key:
    """What makes two requests the same: defaults are filled in, so that `{backup_id}` is disk 0."""
    path, _, query = target.partition("?")
    said: Any = None
    if body:
        try:
            said = json.loads(body)
        except ValueError:
            said = body.decode("latin-1")
    if path.endswith("/restore/mount") and isinstance(said, dict):
        said = {"disk_index": 0, **said}
    params = dict(parse_qsl(query, keep_blank_values=True))
    if path.endswith("/files"):
        params.setdefault("path", "/")
        params["path"] = params["path"].rstrip("/") or "/"
    return method, unquote(path), tuple(sorted(params.items())), json.dumps(said, sort_keys=True)


@dataclass(frozen=True)
class Transcript:
    """One recorded call. `status` 0: the hub closed the connection without an answer."""

    name: str
    method: str
    target: str
    body: bytes
    status: int
    headers: tuple[tuple[str, str], ...]
    answer: bytes

    @property
    def key(self) -> Key:
        return key_of(self.method, self.target, self.body)

    @property
    def number(self) -> str:
        return self.name[:3]

    @property
    def path(self) -> str:
        return unquote(self.target.partition("?")[0])

    @property
    def params(self) -> dict[str, str]:
        return dict(parse_qsl(self.target.partition("?")[2], keep_blank_values=True))

    @property
    def json(self) -> Any:
        return json.loads(self.answer)

    @property
    def sent(self) -> Any:
        return json.loads(self.body)

    @property
    def response(self) -> bytes | None:
        if not self.status:
            return None
        head = [f"HTTP/1.1 {self.status} Recorded"]
        head += [f"{name}: {value}" for name, value in self.headers]
        chunked = ("Transfer-Encoding", "chunked") in self.headers
        body = self.answer
        if chunked:
            body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
        else:
            head.append(f"Content-Length: {len(body)}")
        return "\r\n".join(head).encode("latin-1", "replace") + b"\r\n\r\n" + body


_KEPT = {"content-type", "content-disposition", "transfer-encoding"}


def _read(path: Path) -> Transcript:
    asked, marker, answered = path.read_bytes().partition(b"\n### ")
    assert marker, path.name
    lines = [line for line in asked.split(b"\n") if not line.startswith(b"#")]
    method, target, _ = lines[0].decode().split(" ")
    body = b"\n".join(lines[1:]).partition(b"\n\n")[2].strip()
    if answered.startswith(b"NO RESPONSE"):
        return Transcript(path.stem, method, target, body, 0, (), b"")
    head, _, answer = answered.partition(b"\n")[2].partition(b"\n\n")
    status, *fields = head.decode().split("\n")
    headers = [(name, value) for name, _, value in (field.partition(": ") for field in fields)]
    length = dict(headers).get("Content-Length")
    if "json" in dict(headers).get("Content-Type", "") or length is None:
        answer = answer.rstrip(b"\n")  # a token was replaced here and there, so the length may not be true
    else:
        answer = answer[: int(length)]
    kept = tuple((name, value) for name, value in headers if name.lower() in _KEPT)
    return Transcript(path.stem, method, target, body, int(status.split(" ")[1]), kept, answer)


def recorded() -> list[Transcript]:
    """All recorded calls of today's dialect, in the order of their making."""
    return [_read(path) for path in sorted(FOLDER.glob("*.http"))]


def one(number: str) -> Transcript:
    (path,) = FOLDER.glob(f"{number}-*.http")
    return _read(path)


_LINE = re.compile(r"(GET|POST|DELETE) (\S+) -> (\d+|EXC None) (\S*)")


def older(name: str) -> list[Transcript]:
    """Calls of the older dialect, from a text file of another form (request bodies were not recorded)."""
    found: list[Transcript] = []
    lines = (FOLDER / name).read_text().split("\n")
    for place, line in enumerate(lines):
        if match := _LINE.match(line):
            method, target, status, kind = match.groups()
            answer = lines[place + 1].strip().encode() if place + 1 < len(lines) else b""
            code = 0 if status.startswith("EXC") else int(status)
            kept = (("Content-Type", kind.rstrip(";")),)
            found.append(Transcript(f"{name}:{place + 1}", method, target, b"", code, kept, answer))
    return found
