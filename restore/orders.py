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
    etag: str
    wanted: ByteRange | None

    @classmethod
    def of(cls, request: HttpRequest, folders: FolderService) -> Self:
        """Reads ``?path=``, Range and If-Range. Raises as ``FolderService.file`` does."""
        entry = folders.file(request.GET.get("path", ""))
        path = entry.path
        # Points never change, so neither do these bytes: good enough to resume after a restart.
        etag = f'"{spool_key(folders.mount, path)[:32]}-{entry.size:x}"'
        asked = request.headers.get("Range", "")
        if request.headers.get("If-Range", etag) != etag:
            asked = ""
        whole = ByteRange(0, entry.size)
        try:
            wanted = requested(asked, entry.size) or whole
        except Unsatisfiable:
            return cls(folders.mount, entry, path, etag, None)
        return cls(folders.mount, entry, path, etag, wanted)

    @property
    def status(self) -> int:
        """200 for the whole file, 206 for a part of it, 416 for none."""
        if self.wanted is None:
            return 416
        return 200 if self.wanted == ByteRange(0, self.entry.size) else 206

    def headers(self) -> dict[str, str]:
        """All headers but the Content-Type."""
        headers = safe_headers(self.entry.name) | {"Accept-Ranges": "bytes", "ETag": self.etag}
        if self.entry.modified_at:
            headers["Last-Modified"] = http_date(self.entry.modified_at.timestamp())
        if self.wanted is None:
            return headers | {"Content-Range": f"bytes */{self.entry.size}", "Content-Length": "0"}
        if self.status == 206:
            headers["Content-Range"] = self.wanted.content_range(self.entry.size)
        return headers | {"Content-Length": str(self.wanted.length)}
