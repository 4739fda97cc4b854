"""A small hub on loopback that speaks the restore routes of today's dialect, follows links as the real one
does (hub/README.md 23), and misbehaves when asked to."""

import json
import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

MODIFIED = "2026-03-04T05:06:07+01:00"


@dataclass(frozen=True)
class Link:
    target: str


@dataclass(frozen=True)
class Zeros:
    """A file of so many zero bytes, never held in memory."""

    size: int


Content = bytes | Link | Zeros | None
"""None is a folder."""


@dataclass
class Misbehaviour:
    """What to do wrong; nothing at first."""

    cuts: int = 0
    """So many downloads end after ``cut_after`` bytes."""
    cut_after: int = 0
    seconds_per_chunk: float = 0
    chunk: int = 1 << 16
    without_length: bool = False
    announced_too_much: int = 0
    mount_error: str = ""
    most_mounts: int = 8
    mount_life: float = 3600
    listing_error: str = ""


@dataclass
class Asked:
    method: str
    route: str
    path: str


@dataclass
class SmallHub:
    """Files by path, partitions at the top: ``{"/partition-1": None, "/partition-1/a": b"…"}``."""

    files: dict[str, Content]
    labels: dict[str, str] = field(default_factory=dict)
    times: dict[str, str] = field(default_factory=dict)
    wrong: Misbehaviour = field(default_factory=Misbehaviour)
    mounts: dict[str, tuple[str, int, datetime]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    sent: int = 0
    broken_pipes: int = 0

    def __enter__(self) -> Self:
        handler = type("BoundHandler", (Handler,), {"hub": self})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.daemon_threads = True
        self.thread = Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def paths_of(self, route: str) -> list[str]:
        """Every path that a route was asked for."""
        return [asked.path for asked in self.asked if asked.route == route]

    def forget_mounts(self) -> None:
        """As after a restart."""
        self.mounts.clear()

    def mount(self, backup_id: str, disk_index: int) -> dict[str, Any]:
        for known, (backup, disk, made_at) in self.mounts.items():
            if (backup, disk) == (backup_id, disk_index):
                return self.mount_record(known, backup_id, disk_index, made_at)
        made_at = datetime.now(UTC)
        mount_id = str(uuid.uuid4())
        self.mounts[mount_id] = (backup_id, disk_index, made_at)
        return self.mount_record(mount_id, backup_id, disk_index, made_at)

    def mount_record(self, mount_id: str, backup_id: str, disk: int, made_at: datetime) -> dict[str, Any]:
        return {
            "mount_id": mount_id,
            "backup_id": backup_id,
            "disk_index": disk,
            "mount_path": "/mnt/x",
            "nbd_device": "/dev/nbd0",
            "filesystem_type": "ext4",
            "status": "mounted",
            "created_at": made_at.isoformat(),
            "expires_at": (made_at + timedelta(seconds=self.wrong.mount_life)).isoformat(),
        }

    def resolved(self, path: str) -> str:
        """Follows links, as the hub's file system would."""
        for _ in range(20):
            parts = path.split("/")
            for count in range(2, len(parts) + 1):
                content = self.files.get("/".join(parts[:count]))
                if isinstance(content, Link):
                    path = "/".join([content.target, *parts[count:]])
                    break
            else:
                return path
        return path

    def listing(self, path: str) -> list[dict[str, Any]]:
        path = self.resolved(path).rstrip("/")
        inside = [name for name in sorted(self.files) if name.rpartition("/")[0] == path]
        return [self.entry(name) for name in inside if path or name.startswith("/partition-")]

    def entry(self, path: str) -> dict[str, Any]:
        content = self.files[path]
        name = path.rpartition("/")[2]
        return {
            "name": self.labels.get(path, name),
            "path": path,
            "type": "directory" if content is None else "file",
            "size": size_of(content),
            "mode": "0755" if content is None else "0640",
            "modified_time": self.times.get(path, MODIFIED),
            "is_symlink": isinstance(content, Link),
        }


def size_of(content: Content) -> int:
    if isinstance(content, bytes):
        return len(content)
    if isinstance(content, Link):
        return len(content.target)
    return content.size if content else 0


class Handler(BaseHTTPRequestHandler):
    hub: SmallHub
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the base class's name
        """Silence."""

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        path = parse_qs(address.query).get("path", ["/"])[0]
        parts = address.path.removeprefix("/api/v1/restore/").split("/")
        if parts == ["mounts"]:
            records = [
                self.hub.mount_record(key, "", 0, made) for key, (_, _, made) in self.hub.mounts.items()
            ]
            return self.answer(200, {"mounts": records, "count": len(records)})
        if parts == ["resources"]:
            used, most = len(self.hub.mounts), self.hub.wrong.most_mounts
            return self.answer(
                200, {"active_mounts": used, "max_mounts": most, "available_slots": most - used}
            )
        mount_id, route = parts
        self.hub.asked.append(Asked("GET", route, path))
        if mount_id not in self.hub.mounts:
            return self.answer(500, {"error": "mount not found: record not found"})
        if route == "files":
            return self.list_folder(mount_id, path)
        return self.download(path)

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.hub.asked.append(Asked("POST", "mount", body["backup_id"]))
        known = {(backup, disk) for backup, disk, _ in self.hub.mounts.values()}
        if (body["backup_id"], body["disk_index"]) not in known and len(
            self.hub.mounts
        ) >= self.hub.wrong.most_mounts:
            error = f"maximum concurrent mounts reached ({self.hub.wrong.most_mounts})"
            return self.answer(500, {"error": error})
        if self.hub.wrong.mount_error:
            return self.answer(500, {"error": self.hub.wrong.mount_error})
        return self.answer(200, self.hub.mount(body["backup_id"], body["disk_index"]))

    def do_DELETE(self) -> None:
        mount_id = self.path.rpartition("/")[2]
        self.hub.asked.append(Asked("DELETE", "unmount", mount_id))
        if self.hub.mounts.pop(mount_id, None) is None:
            return self.answer(500, {"error": "mount not found"})
        return self.answer(200, {"message": "unmounted", "mount_id": mount_id})

    def list_folder(self, mount_id: str, path: str) -> None:
        if self.hub.wrong.listing_error:
            return self.answer(500, {"error": self.hub.wrong.listing_error})
        files = self.hub.listing(path)
        return self.answer(
            200, {"mount_id": mount_id, "path": path, "files": files, "total_count": len(files)}
        )

    def download(self, path: str) -> None:
        content = self.hub.files.get(self.hub.resolved(path))
        if content is None:
            self.answer(500, {"error": "path does not exist"})
            return
        wrong, size = self.hub.wrong, size_of(content)
        stop = size
        if wrong.cuts:
            wrong.cuts -= 1
            stop = wrong.cut_after
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        if wrong.without_length:
            self.send_header("Transfer-Encoding", "chunked")
        else:
            self.send_header("Content-Length", str(size + wrong.announced_too_much))
        self.end_headers()
        try:
            self.send_body(content, stop)
        except OSError:
            self.hub.broken_pipes += 1
        self.close_connection = True

    def send_body(self, content: Content, stop: int) -> None:
        zeros = bytes(self.hub.wrong.chunk)
        for start in range(0, stop, self.hub.wrong.chunk):
            end = min(start + self.hub.wrong.chunk, stop)
            part = content[start:end] if isinstance(content, bytes) else zeros[: end - start]
            if self.hub.wrong.without_length:
                part = b"%x\r\n%b\r\n" % (len(part), part)
            self.wfile.write(part)
            self.hub.sent += end - start
            if self.hub.wrong.seconds_per_chunk:
                time.sleep(self.hub.wrong.seconds_per_chunk)
        if self.hub.wrong.without_length and stop == size_of(content):
            self.wfile.write(b"0\r\n\r\n")

    def answer(self, status: int, body: dict[str, Any]) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
