"""Mounts and files (contract, 8). No login; every failure but a missing parameter is 500 ``{error}``."""

import mimetypes
import re
import sqlite3
import time
from collections.abc import Iterator
from typing import Any

from localhub.archives import Member, tarred, zipped
from localhub.browsing.browser import VolumeInfo
from localhub.browsing.filesystems import BrowseError, Entry
from localhub.clocks import now
from localhub.folders import Folders, NoSuchPath, Spot
from localhub.hub import Hub
from localhub.mounts import MOST, MOUNT_ROOT
from localhub.options import Dialect, Quirk
from localhub.refusals import Refused
from localhub.web.answers import Answer, number, ok
from localhub.web.requests import BadBody, Request
from localhub.web.routes import Handle, Routes

NO_PATH = Refused(400, "path query parameter is required")
ARCHIVES = {"zip": ("application/zip", zipped), "tar.gz": ("application/gzip", tarred)}
FILE_CHECK = "failed to prepare file download: file access validation failed: "
FOLDER_CHECK = "failed to prepare directory download: directory access validation failed: "
INFO_CHECK = "failed to get file info: "


class RestoreRoutes:
    def __init__(self, hub: Hub) -> None:
        self.hub, self.mounts, self.clock = hub, hub.mounts, hub.clock
        self.older = hub.options.dialect is Dialect.OLDER

    def mount(self, request: Request) -> Answer:
        try:
            body = request.json("MountRequest", backup_id=str, disk_index=int)
        except BadBody as error:
            raise Refused(400, f"invalid request: {error}") from error
        if not body["backup_id"]:
            raise Refused(400, "backup_id is required")
        if body["disk_index"] < 0:
            raise Refused(400, "disk_index must be >= 0")
        index = body["disk_index"]
        if self.older:
            index = self.disk_of_job(body["backup_id"])
        row, new = self.mounts.mount(body["backup_id"], index)
        return ok(
            self.shown(row, backup_id=row["job_id"], index=row["disk_index"], precise=new and not self.older)
        )

    def disk_of_job(self, job_id: str) -> int:
        points = self.hub.jobs.points.of_job(job_id)
        return int(points[0]["disk_index"]) if points else 0

    def shown(self, row: sqlite3.Row, *, backup_id: str, index: int, precise: bool = False) -> dict[str, Any]:
        form = self.clock.precise if precise else self.clock.offset
        disk = {} if self.older else {"backup_disk_id": row["point_id"], "disk_index": index}
        return {
            "mount_id": row["mount_id"],
            "backup_id": backup_id,
            **disk,
            "mount_path": f"{MOUNT_ROOT}/{row['mount_id']}",
            "nbd_device": row["nbd_device"],
            "filesystem_type": row["filesystem_type"],
            "status": row["status"],
            "created_at": form(row["created_at"]),
            "expires_at": form(row["expires_at"]),
        }

    def all(self, request: Request) -> Answer:
        """Today's list forgets which backup and disk a mount is of."""
        rows = self.mounts.active()
        shown = [self.shown(row, backup_id=row["job_id"] if self.older else "", index=0) for row in rows]
        return ok({"count": len(shown), "mounts": shown})

    def unmount(self, request: Request) -> Answer:
        mount_id = request.values["mount_id"]
        try:
            self.mounts.unmount(mount_id)
        except Refused as error:
            raise Refused(500, f"failed to unmount backup: {error.error}") from error
        return ok({"message": "backup unmounted successfully", "mount_id": mount_id})

    def resources(self, request: Request) -> Answer:
        devices = sorted(row["nbd_device"] for row in self.mounts.active())
        free = MOST - len(devices)
        return ok(
            {
                "active_mounts": len(devices),
                "max_mounts": MOST,
                "available_slots": free,
                "allocated_devices": devices or None,
                "available_devices": free,
                "device_utilization_percent": number(len(devices) / MOST * 100),
            }
        )

    def cleanup(self, request: Request) -> Answer:
        """Durations are Go's: nanoseconds."""
        rows = self.mounts.active()
        return ok(
            {
                "running": True,
                "cleanup_interval": int(self.mounts.sweep_interval * 10**9),
                "idle_timeout": int(self.hub.options.mount_lifetime * 10**9),
                "active_mount_count": len(rows),
                "expired_mount_count": sum(row["expires_at"] < now() for row in rows),
            }
        )

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
        return Answer(200, b"", kind, attachment(name), stream=pack(sorted_members(folders, spot)))


def sorted_members(folders: Folders, spot: Spot) -> Iterator[Member]:
    yield from folders.members(spot)


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


def chained(first: bytes | bytearray, rest: Iterator[bytes | bytearray]) -> Iterator[bytes | bytearray]:
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


def refusing(handle: Handle) -> Handle:
    def guard(request: Request) -> Answer:
        try:
            return handle(request)
        except Refused as error:
            return ok({"error": error.error}, error.status)

    return guard


def add_restore(routes: Routes, hub: Hub) -> None:
    found = RestoreRoutes(hub)
    for method, pattern, handle in [
        ("POST", "/mount", found.mount),
        ("GET", "/mounts", found.all),
        ("GET", "/resources", found.resources),
        ("GET", "/cleanup-status", found.cleanup),
        ("DELETE", "/{mount_id}", found.unmount),
        ("GET", "/{mount_id}/files", found.files),
        ("GET", "/{mount_id}/file-info", found.info),
        ("GET", "/{mount_id}/download", found.download),
        ("GET", "/{mount_id}/download-directory", found.download_folder),
    ]:
        routes.add(method, f"/api/v1/restore{pattern}", refusing(handle))
