"""Backups in both dialects (contract, 6 and 17). No login on any of them."""

import sqlite3
from collections.abc import Callable
from typing import Any

from localhub.hub import Hub
from localhub.options import Dialect
from localhub.refusals import Panic, Refused
from localhub.starts import Wanted
from localhub.web.answers import Answer, ok
from localhub.web.job_records import JobRecords
from localhub.web.requests import BadBody, Request
from localhub.web.routes import Handle, Routes

SELECTORS = ("vm_context_id", "vm_name", "repository_id", "status")
EMPTY_CHAIN = {"chain_id": "", "vm_context_id": "", "vm_name": "", "disk_id": 0, "repository_id": "",
               "full_backup_id": "", "backups": [], "total_size_bytes": 0, "backup_count": 0}  # fmt: skip


class BackupRoutes:
    def __init__(self, hub: Hub) -> None:
        self.hub, self.jobs = hub, hub.jobs
        self.records = JobRecords(hub)
        self.older = hub.options.dialect is Dialect.OLDER
        self.shown: Callable[[sqlite3.Row], dict[str, Any]] = (
            self.records.older if self.older else self.records.today
        )

    def start(self, request: Request) -> Answer:
        extra: dict[str, type] = {"disk_id": int} if self.older else {}
        try:
            body = request.json(
                "BackupStartRequest",
                vm_name=str, backup_type=str, repository_id=str, policy_id=str, tags=dict, **extra,
            )  # fmt: skip
        except BadBody as error:
            raise Refused(400, "invalid request body", str(error)) from error
        for name in ("vm_name", "repository_id"):
            if not body[name]:
                raise Refused(400, f"{name} is required")
        if body["backup_type"] not in ("full", "incremental"):
            raise Refused(400, "backup_type must be 'full' or 'incremental'")
        wanted = Wanted(
            body["vm_name"],
            body["backup_type"],
            body["repository_id"],
            body.get("disk_id"),
            body["policy_id"] or None,
        )
        if self.older:
            return ok(self.records.older(self.start_older(wanted)), 202)
        return ok(self.records.started(self.hub.starts.start(wanted), body["tags"], body["policy_id"]))

    def start_older(self, wanted: Wanted) -> sqlite3.Row:
        """All refusals of the engine have one heading there."""
        try:
            return self.hub.starts.start(wanted)
        except Refused as error:
            details = f"{error.error}: {error.details}" if error.details else error.error
            raise Refused(500, "failed to start backup", details) from error

    def listing(self, request: Request) -> Answer:
        """One selector goes to the query; status and type filter after; no selector, no rows."""
        rows = self.selected(request)
        for name in ("status", "backup_type"):
            if value := request.asked(name):
                rows = [row for row in rows if row[name] == value]
        if not self.older:
            rows = [row for row in rows if "-disk" not in row["id"]]
        return ok({"backups": [self.shown(row) for row in rows], "total": len(rows)})

    def selected(self, request: Request) -> list[sqlite3.Row]:
        column = next((name for name in SELECTORS if request.asked(name)), None)
        if column is None:
            return []
        value = request.asked(column)
        if column == "vm_name":
            self.context_id(value)
        return self.jobs.select(column, value)

    def context_id(self, vm_name: str) -> str:
        """Raises Panic for an unknown VM, as the hub's lookup does."""
        found = self.hub.vms.context_id(vm_name)
        if found is None:
            raise Panic
        return found

    def get(self, request: Request) -> Answer:
        return ok(self.shown(self.jobs.get(request.values["backup_id"])))

    def delete(self, request: Request) -> Answer:
        backup_id = request.values["backup_id"]
        self.jobs.delete(backup_id)
        return ok({"backup_id": backup_id, "message": "backup deleted successfully"})

    def chain(self, request: Request) -> Answer:
        """From the oldest completed full on; in today's dialect that is the only element (contract, 6.6)."""
        context, vm_name = request.asked("vm_context_id"), request.asked("vm_name")
        if not context and not vm_name:
            raise Refused(400, "vm_context_id or vm_name is required")
        context = context or self.context_id(vm_name)
        disk = request.asked("disk_id") or "0"
        try:
            disk_id = int(disk)
        except ValueError:
            said = f'strconv.Atoi: parsing "{disk}": invalid syntax'
            raise Refused(400, "invalid disk_id", said) from None
        rows = [
            row
            for row in reversed(self.jobs.select("vm_context_id", context))
            if row["status"] == "completed"
        ]
        if self.older:
            rows = [row for row in rows if row["disk_id"] == disk_id]
        else:
            rows = [row for row in rows if row["disk_id"] is None]
        full = next((row for row in rows if row["backup_type"] == "full"), None)
        if full is None:
            return ok(EMPTY_CHAIN)
        members = self.descendants(full, rows) if self.older else [full]
        return ok(
            {
                "chain_id": f"{context}-disk{disk_id}-chain",
                "vm_context_id": context,
                "vm_name": full["vm_name"] if self.older else "",
                "disk_id": disk_id,
                "repository_id": full["repository_id"],
                "full_backup_id": full["id"],
                "backups": [self.shown(row) for row in members],
                "total_size_bytes": sum(row["total_bytes"] for row in members),
                "backup_count": len(members),
            }
        )

    def descendants(self, full: sqlite3.Row, rows: list[sqlite3.Row]) -> list[sqlite3.Row]:
        """Those of the rows that stand on this full, oldest first."""
        members = []
        for row in rows:
            points = self.jobs.points.of_job(row["id"])
            if points and self.jobs.points.chain(points[0])[-1]["job_id"] == full["id"]:
                members.append(row)
        return members

    def stats(self, request: Request) -> Answer:
        vm_name, repository = request.asked("vm_name"), request.asked("repository_id")
        if not vm_name or not repository:
            raise Refused(400, "vm_name and repository_id are required")
        rows = [
            row
            for row in self.jobs.select("vm_name", vm_name)
            if row["repository_id"] == repository
            and row["status"] == "completed"
            and "-disk" not in row["id"]
        ]
        last = max((row["completed_at"] for row in rows if row["completed_at"]), default=None)
        return ok(
            {
                "backup_count": len(rows),
                "total_size_bytes": sum(row["bytes_transferred"] for row in rows),
                "last_backup_at": self.hub.clock.offset(last) if last else "",
            }
        )

    def change_id(self, request: Request) -> Answer:
        vm_name, disk = request.asked("vm_name"), request.asked("disk_id") or "0"
        if not vm_name:
            raise Refused(400, "missing vm_name", "vm_name query parameter is required")
        point = self.jobs.points.newest(vm_name, int(disk)) if disk.isdigit() else None
        if point is None:
            nothing = "No previous backup found"
            return ok({"change_id": "", "disk_id": disk, "message": nothing, "vm_name": vm_name})
        return ok(
            {
                "backup_job_id": point["job_id"],
                "change_id": point["change_id"],
                "disk_id": disk,
                "message": "Previous change_id found",
                "vm_name": vm_name,
            }
        )


def refusing(handle: Handle) -> Handle:
    """Refusals in the shape of backups: the timestamp is always empty."""

    def guard(request: Request) -> Answer:
        try:
            return handle(request)
        except Refused as error:
            return ok({"error": error.error, "details": error.details, "timestamp": ""}, error.status)

    return guard


def add_backups(routes: Routes, hub: Hub) -> None:
    found = BackupRoutes(hub)
    if hub.options.dialect is Dialect.TODAY:
        table = [
            ("POST", "/backups", found.start),
            ("GET", "/backups", found.listing),
            ("GET", "/backups/stats", found.stats),
            ("GET", "/backups/changeid", found.change_id),
            ("GET", "/backups/{backup_id}", found.get),
            ("DELETE", "/backups/{backup_id}", found.delete),
            ("GET", "/backups/{vm_name}/chain", found.chain),
        ]
    else:
        table = [
            ("POST", "/backup/start", found.start),
            ("GET", "/backup/list", found.listing),
            ("GET", "/backup/chain", found.chain),
            ("GET", "/backup/{backup_id}", found.get),
            ("DELETE", "/backup/{backup_id}", found.delete),
        ]
    for method, pattern, handle in table:
        routes.add(method, f"/api/v1{pattern}", refusing(handle))
