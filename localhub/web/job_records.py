"""A job as the hub shows it, in both dialects, with Go's omitted empty fields (contract, 17.4)."""

import secrets
import sqlite3
from pathlib import Path
from typing import Any

from localhub.hub import Hub
from localhub.starts import FIRST_NBD_PORT
from localhub.web.answers import number


class JobRecords:
    def __init__(self, hub: Hub) -> None:
        self.hub, self.clock = hub, hub.clock

    def today(self, job: sqlite3.Row) -> dict[str, Any]:
        shown = {
            "backup_id": job["id"],
            "vm_context_id": job["vm_context_id"],
            "vm_name": job["vm_name"],
            "disk_results": None,
            "nbd_targets_string": "",
            "backup_type": job["backup_type"],
            "type": job["backup_type"],
            "repository_id": job["repository_id"],
            "status": job["status"],
            "file_path": job["file_path"],
            "bytes_transferred": job["bytes_transferred"],
            "total_bytes": job["total_bytes"],
            "disks_count": 0 if job["parent_job"] else self.hub.jobs.disks_count(job["id"]),
            "current_phase": job["phase"],
            "transfer_speed_bps": job["speed"],
            "progress_percent": number(job["percent"]),
        }
        return shown | self.optional(job, "change_id", "error_message") | self.times(job, "last_telemetry_at")

    def started(self, job: sqlite3.Row, tags: dict[str, Any], policy_id: str) -> dict[str, Any]:
        """The answer to a start: not what is stored, and never said again (contract, 6.2)."""
        points = self.hub.jobs.points.of_job(job["id"])
        results = [
            {
                "disk_id": point["disk_index"],
                "nbd_port": FIRST_NBD_PORT + point["disk_index"],
                "nbd_export_name": f"{job['vm_name']}-disk{point['disk_index']}",
                "qcow2_path": point["path"],
                "qemu_nbd_pid": 10_000 + secrets.randbelow(20_000),
                "status": "prepared",
            }
            for point in points
        ]
        targets = (
            f"{2000 + r['disk_id']}:nbd://127.0.0.1:{r['nbd_port']}/{r['nbd_export_name']}" for r in results
        )
        return {
            "backup_id": job["id"],
            "vm_context_id": job["vm_context_id"],
            "vm_name": job["vm_name"],
            "disk_results": results,
            "nbd_targets_string": ",".join(targets),
            "backup_type": job["backup_type"],
            "type": "",
            "repository_id": job["repository_id"],
            **({"policy_id": policy_id} if policy_id else {}),
            "status": "started",
            "bytes_transferred": 0,
            "total_bytes": 0,
            "disks_count": 0,
            "current_phase": "",
            "transfer_speed_bps": 0,
            "progress_percent": 0,
            "created_at": self.clock.offset(job["created_at"]),
            **({"tags": tags} if tags else {}),
        }

    def older(self, job: sqlite3.Row) -> dict[str, Any]:
        """One disk a job; no phase, speed or percent."""
        return {
            "backup_id": job["id"],
            "vm_context_id": job["vm_context_id"],
            "vm_name": job["vm_name"],
            "disk_id": job["disk_id"] or 0,
            "backup_type": job["backup_type"],
            "repository_id": job["repository_id"],
            **self.optional(job, "policy_id"),
            "status": job["status"],
            "file_path": str(Path(job["file_path"])),
            "bytes_transferred": job["bytes_transferred"],
            "total_bytes": job["total_bytes"],
            **self.optional(job, "change_id", "error_message"),
            **self.times(job),
        }

    def optional(self, job: sqlite3.Row, *names: str) -> dict[str, Any]:
        return {name: job[name] for name in names if job[name]}

    def times(self, job: sqlite3.Row, *first: str) -> dict[str, str]:
        names = (*first, "created_at", "started_at", "completed_at")
        return {name: self.clock.listed(job[name]) for name in names if job[name] is not None}
