"""Files of a mount (contract, 8.3 and 8.4). No login; every failure but a missing parameter is 500."""

import mimetypes
import re
import time
from collections.abc import Iterator
from typing import Any

from localhub.archives import tarred, zipped
from localhub.browsing.browser import VolumeInfo
from localhub.browsing.filesystems import BrowseError, Entry
from localhub.folders import Folders, NoSuchPath, Spot
from localhub.hub import Hub
from localhub.mounts import MOUNT_ROOT
from localhub.options import Dialect, Quirk
from localhub.refusals import Refused
from localhub.web.answers import Answer, ok
from localhub.web.mount_routes import refusing
from localhub.web.requests import Request
from localhub.web.routes import Routes

NO_PATH = Refused(400, "path query parameter is required")
ARCHIVES = {"zip": ("application/zip", zipped), "tar.gz": ("application/gzip", tarred)}
FILE_CHECK = "failed to prepare file download: file access validation failed: "
FOLDER_CHECK = "failed to prepare directory download: directory access validation failed: "
INFO_CHECK = "failed to get file info: "


class FileRoutes:
    def __init__(self, hub: Hub) -> None:
        self.hub, self.mounts, self.clock = hub, hub.mounts, hub.clock
        self.older = hub.options.dialect is Dialect.OLDER

    def folders(self, request: Request, heading: str) -> Folders:
        mount_id = request.values["mount_id"]
        try:
            browser = self.mounts.browser(mount_id)
        except Refused as error:
            raise Refused(500, heading + error.error) from error
        return Folders(mount_id, browser, self.hub.options.dialect, self.hub.host_root)

    def files(self, request: Request) -> Answer:
        heading = "failed to list files: "
        folders = self.folders(request, heading)
        path = request.asked("path") or "/"
        recursive = request.asked("recursive") in ("true", "1", "t", "TRUE", "True")
        if not self.older and path.strip("/") == "":
            return self.partitions(request, folders.volumes)
        try:
            spot = folders.spot(path, displayed=True)
            found = list(folders.walk(spot)) if recursive else folders.listing(spot)
        except BrowseError as error:
            raise Refused(500, heading + self.listing_error(request, path, error)) from error
        shown = [self.file(entry, place) for place, entry in found]
        return self.listed(request, path, (shown or None) if recursive else shown)

    def listed(self, request: Request, path: str, shown: list[dict[str, Any]] | None) -> Answer:
        return ok(
            {
                "mount_id": request.values["mount_id"],
                "path": path,
                "files": shown,
                "total_count": len(shown or []),
            }
        )

    def partitions(self, request: Request, volumes: list[VolumeInfo]) -> Answer:
        made = self.clock.offset(self.mounts.get(request.values["mount_id"])["created_at"])
        shown = []
        for count, volume in enumerate(volumes, 1):
            size, text = lsblk_size(volume.size)
            label = f" - {lsblk_label(volume.label)}" if volume.label else ""
            shown.append(
                {
                    "name": f"Partition {count}{label} ({text})",
                    "path": f"/partition-{count}",
                    "type": "directory",
                    "size": size,
                    "mode": "0755",
                    "modified_time": made,
                    "is_symlink": False,
                }
            )
        return self.listed(request, "/", shown)

    def listing_error(self, request: Request, path: str, error: BrowseError) -> str:
        missing = f"path does not exist: {path}"
        if self.older or (isinstance(error, NoSuchPath) and not error.partition):
            return f"path validation failed: {missing}"
        inside = "failed to list files in partition: "
        if isinstance(error, NoSuchPath):
            return f"{inside}partition path validation failed: {missing}"
        words = {"not found": "no such file or directory", "link": "is a symlink"}
        reason = words.get(error.kind, error.kind)
        place = f"{MOUNT_ROOT}/{request.values['mount_id']}{path}"
        return f"{inside}failed to read directory: open {place}: {reason}"

    def file(self, entry: Entry, path: str, *, target: bool = False) -> dict[str, Any]:
        shown = {
            "name": entry.name,
            "path": path,
            "type": "directory" if entry.kind == "directory" else "file",
            "size": entry.size,
            "mode": f"{entry.mode:04o}",
            "modified_time": self.clock.with_offset(entry.modified),
            "is_symlink": entry.kind == "link",
        }
        return shown | ({"symlink_target": entry.target} if target and entry.target is not None else {})

    def info(self, request: Request) -> Answer:
        path = asked_path(request)
        folders = self.folders(request, INFO_CHECK)
        try:
            spot = folders.spot(path)
            entry = folders.entry(spot)
        except BrowseError as error:
            raise Refused(500, INFO_CHECK + path_error(path, error)) from error
        return ok(self.file(entry, folders.shown(spot), target=True))

    def download(self, request: Request) -> Answer:
        path = asked_path(request)
        folders = self.folders(request, FILE_CHECK)
        try:
            spot = folders.spot(path)
            entry, place = folders.target(spot)
        except BrowseError as error:
            raise Refused(500, FILE_CHECK + path_error(path, error)) from error
        if entry.kind == "directory":
            if self.older:
                raise Refused(500, FILE_CHECK + "path is a directory, not a file")
            return self.archive(folders, spot, "zip")
        if entry.kind != "file":
            raise Refused(500, FILE_CHECK + "path is not a regular file")
        name = spot.path[-1]
        pieces = folders.content(entry, place)
        try:
            first = next(pieces, b"")
        except BrowseError as error:
            raise Refused(500, FILE_CHECK + path_error(path, error)) from error
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        return Answer(200, b"", kind, attachment(name), stream=chained(first, pieces), length=entry.size)

    def download_folder(self, request: Request) -> Answer:
        path = asked_path(request)
        form = request.asked("format") or "zip"
        folders = self.folders(request, FOLDER_CHECK)
        if form not in ARCHIVES:
            text = f"unsupported archive type: {form} (supported: zip, tar.gz)"
            raise Refused(500, f"failed to prepare directory download: {text}")
        try:
            spot = folders.spot(path)
            entry, _ = folders.target(spot) if spot.path else (folders.entry(spot), spot)
        except BrowseError as error:
            raise Refused(500, FOLDER_CHECK + path_error(path, error)) from error
        if entry.kind != "directory":
            raise Refused(500, FOLDER_CHECK + "path is not a directory")
        return self.archive(folders, spot, form)

    def archive(self, folders: Folders, spot: Spot, form: str) -> Answer:
        if self.hub.options.has(Quirk.ARCHIVE_HANGS) and any(
            e.kind == "other" for _, e in folders.walk(spot)
        ):
            time.sleep(3600)
        kind, pack = ARCHIVES[form]
        name = (spot.path[-1] if spot.path else f"partition-{spot.volume}") + f".{form}"
        return Answer(200, b"", kind, attachment(name), stream=pack(folders.members(spot)))


def asked_path(request: Request) -> str:
    path = request.asked("path")
    if not path:
        raise NO_PATH
    return path


def path_error(path: str, error: BrowseError) -> str:
    if error.kind in ("not found", "not a directory"):
        return f"path validation failed: path does not exist: {path}"
    if error.kind == "link":
        return "path is a symlink; this hub does not follow links"
    return f"{error.kind}: {error.text}".rstrip(": ")


def chained(first: bytes | memoryview, rest: Iterator[bytes | memoryview]) -> Iterator[bytes | memoryview]:
    yield first
    yield from rest


def attachment(name: str) -> dict[str, str]:
    """The name as it is, quotes and all; Go's server turns line ends into spaces."""
    return {"Content-Disposition": 'attachment; filename="' + re.sub(r"[\r\n]", " ", name) + '"'}


def lsblk_size(size: int) -> tuple[int, str]:
    """A size as lsblk words it, and the bytes that the hub reads out of that text again."""
    value, unit = float(size), 0
    while value >= 1024 and unit < 4:
        value, unit = value / 1024, unit + 1
    rounded = round(value, 1)
    return int(rounded * 1024**unit), f"{rounded:.1f} {('B', 'KB', 'MB', 'GB', 'TB')[unit]}"


def lsblk_label(label: str) -> str:
    """Blanks and backslashes as lsblk escapes them."""
    return re.sub(r"[\s\\\x00-\x1f]", lambda found: f"\\x{ord(found[0]):02x}", label)


def add_files(routes: Routes, hub: Hub) -> None:
    found = FileRoutes(hub)
    for pattern, handle in [
        ("files", found.files),
        ("file-info", found.info),
        ("download", found.download),
        ("download-directory", found.download_folder),
    ]:
        routes.add("GET", f"/api/v1/restore/{{mount_id}}/{pattern}", refusing(handle))
