"""What a request for a file asks for: judged before the hub hears of it."""

from dataclasses import dataclass
from typing import Self

from django.http import HttpRequest
from django.utils.http import http_date

from restore.deliveries import safe_headers
from restore.files import spool_key
from restore.folders import FolderService
from restore.models import FileEntry, Mount
from restore.ranges import ByteRange, Unsatisfiable, requested


@dataclass(frozen=True)
class FileOrder:
    """A file of a mount, and which bytes of it; ``wanted`` None: such bytes do not exist (416)."""

    mount: Mount
    entry: FileEntry
    path: str
    wanted: ByteRange | None
    status: int
    ranges: dict[str, str]

    @classmethod
    def of(cls, request: HttpRequest, folders: FolderService) -> Self:
        """Reads ``?path=``, Range and If-Range. Raises as ``FolderService.file`` does."""
        entry = folders.file(request.GET.get("path", ""))
        path = entry.path
        # Points never change, so neither do these bytes: good enough to resume after a restart.
        etag = f'"{spool_key(folders.mount, path)[:32]}-{entry.size:x}"'
        wanted, status, ranges = bytes_wanted(request, entry.size, etag)
        return cls(folders.mount, entry, path, wanted, status, ranges)

    def headers(self) -> dict[str, str]:
        """All headers but the Content-Type."""
        headers = safe_headers(self.entry.name) | self.ranges
        if self.entry.modified_at:
            headers["Last-Modified"] = http_date(self.entry.modified_at.timestamp())
        return headers


def bytes_wanted(request: HttpRequest, size: int, etag: str) -> tuple[ByteRange | None, int, dict[str, str]]:
    """What Range and If-Range ask of a file of ``size`` bytes: the bytes (None: such do not exist), the
    status (200 for the whole file, 206 for a part of it, 416 for none) and the headers that say so."""
    asked = request.headers.get("Range", "")
    if request.headers.get("If-Range", etag) != etag:
        asked = ""
    headers = {"Accept-Ranges": "bytes", "ETag": etag}
    whole = ByteRange(0, size)
    try:
        wanted = requested(asked, size) or whole
    except Unsatisfiable:
        return None, 416, headers | {"Content-Range": f"bytes */{size}", "Content-Length": "0"}
    headers["Content-Length"] = str(wanted.length)
    if wanted == whole:
        return wanted, 200, headers
    return wanted, 206, headers | {"Content-Range": wanted.content_range(size)}
