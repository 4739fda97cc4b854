"""Mounts (contract, 8.1 and 8.2). No login; every failure but a missing parameter is 500 ``{error}``."""

import sqlite3
from typing import Any

from localhub.clocks import now
from localhub.hub import Hub
from localhub.mounts import MOST, MOUNT_ROOT
from localhub.options import Dialect
from localhub.refusals import Refused
from localhub.web.answers import Answer, number, ok
from localhub.web.requests import BadBody, Request
from localhub.web.routes import Handle, Routes


class MountRoutes:
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


def refusing(handle: Handle) -> Handle:
    def guard(request: Request) -> Answer:
        try:
            return handle(request)
        except Refused as error:
            return ok({"error": error.error}, error.status)

    return guard


def add_mounts(routes: Routes, hub: Hub) -> None:
    found = MountRoutes(hub)
    for method, pattern, handle in [
        ("POST", "mount", found.mount),
        ("GET", "mounts", found.all),
        ("GET", "resources", found.resources),
        ("GET", "cleanup-status", found.cleanup),
        ("DELETE", "{mount_id}", found.unmount),
    ]:
        routes.add(method, f"/api/v1/restore/{pattern}", refusing(handle))
