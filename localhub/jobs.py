"""Backup jobs: their rows, their end, their removal. Starting is in ``starts``, copying in ``copying``."""

import logging
import sqlite3
import threading
from pathlib import Path

from localhub.clocks import now
from localhub.database import Database
from localhub.options import Options, Quirk
from localhub.points import Points, remove_files
from localhub.refusals import Refused

log = logging.getLogger(__name__)
NOT_FOUND = Refused(404, "backup not found", "backup job not found: record not found")


class Jobs:
    """All rows of ``jobs``: one per VM and time in today's dialect (with hidden rows per disk), one per disk
    and time in the older one.
    """

    def __init__(self, options: Options, database: Database) -> None:
        self.options, self.database = options, database
        self.points = Points(database)
        self.cancelled: set[str] = set()
        self.running: dict[str, threading.Thread] = {}

    def get(self, job_id: str) -> sqlite3.Row:
        """Raises Refused 404."""
        row = self.database.row("SELECT * FROM jobs WHERE id = ?", job_id)
        if row is None:
            raise NOT_FOUND
        return row

    def select(self, column: str, value: str) -> list[sqlite3.Row]:
        """Newest first, by one of the four columns that the hub selects by."""
        assert column in ("vm_context_id", "vm_name", "repository_id", "status")
        return self.database.rows(
            f"SELECT * FROM jobs WHERE {column} = ? ORDER BY created_at DESC, id DESC",  # noqa: S608 - ours
            value,
        )

    def disks_count(self, job_id: str) -> int:
        return self.database.count("SELECT COUNT(*) FROM points WHERE job_id = ?", job_id)

    def complete_disk(self, point: sqlite3.Row, size: int, written: int) -> None:
        """What the data mover's ``/complete`` does: the point can be mounted; the last disk ends the job."""
        moment = now()
        job_id = point["job_id"]
        with self.database.transaction():
            self.points.commit(point["id"], size, written)
            self.database.change(
                "UPDATE jobs SET status = 'completed', completed_at = ?, change_id = ? WHERE id = ?",
                moment, point["change_id"], point["disk_job_id"],
            )  # fmt: skip
            left = self.database.count(
                "SELECT COUNT(*) FROM points WHERE job_id = ? AND status != 'completed'", job_id
            )
            if not left:
                self.database.change(
                    "UPDATE jobs SET status = 'completed', completed_at = ? WHERE id = ?", moment, job_id
                )

    def fail(self, job_id: str, point: sqlite3.Row) -> None:
        """Frees what a failed disk had written and marks the rows of its disks."""
        remove_files(Path(point["path"]))
        with self.database.transaction():
            self.database.change(
                "UPDATE jobs SET status = 'failed', completed_at = ?"
                " WHERE parent_job = ? AND status != 'completed'",
                now(), job_id,
            )  # fmt: skip
            self.database.change(
                "UPDATE points SET status = 'failed' WHERE job_id = ? AND status != 'completed'", job_id
            )

    def delete(self, job_id: str) -> None:
        """Removes a job and its files. Raises Refused when it is unknown, mounted, or needed by later ones.

        The real hub checks nothing and frees nothing (contract, "Danger"): that is quirk delete-unchecked.
        """
        job = self.get(job_id)
        if self.options.has(Quirk.DELETE_UNCHECKED):
            self.forget(job_id)
            return
        self.check_deletable(job)
        if job_id in self.running:
            self.cancelled.add(job_id)
            self.running[job_id].join(30)
        paths = [Path(point["path"]) for point in self.points.of_job(job_id)]
        with self.database.transaction():
            self.check_deletable(job)
            self.database.change("DELETE FROM jobs WHERE parent_job = ?", job_id)
            self.forget(job_id)
        for path in paths:
            remove_files(path)

    def forget(self, job_id: str) -> None:
        """The row, and by cascade its points and mounts."""
        self.database.change("DELETE FROM mounts WHERE job_id = ?", job_id)
        self.database.change("DELETE FROM points WHERE job_id = ?", job_id)
        self.database.change("DELETE FROM jobs WHERE id = ?", job_id)

    def check_deletable(self, job: sqlite3.Row) -> None:
        if job["parent_job"]:
            raise Refused(
                500, "failed to delete backup", f"it is one disk of {job['parent_job']}; delete that"
            )
        needed = self.points.needed_by(job["id"])
        if needed:
            raise Refused(
                500,
                "failed to delete backup",
                f"cannot delete backup with {needed} later incrementals in its chain; delete those first",
            )
        if self.database.count(
            "SELECT COUNT(*) FROM mounts WHERE job_id = ? AND status = 'mounted'", job["id"]
        ):
            raise Refused(500, "failed to delete backup", "cannot delete a mounted backup; unmount it first")

    def recover(self) -> None:
        """After a restart: half points are swept, and their jobs are ``running`` until the stale check finds
        them, as at the real hub. A job that already said ``completed`` with a disk still to come is not.
        """
        for point in self.database.rows("SELECT * FROM points WHERE status = 'pending'"):
            remove_files(Path(point["path"]))
            self.database.change(
                "UPDATE jobs SET status = 'running', completed_at = NULL,"
                " last_telemetry_at = COALESCE(last_telemetry_at, created_at)"
                " WHERE id = ? AND status IN ('running', 'completed')",
                point["job_id"],
            )

    def fail_stale(self) -> None:
        """Running jobs without telemetry for too long; those that never had any stay running."""
        moment = now()
        for job in self.database.rows(
            "SELECT * FROM jobs WHERE status = 'running' AND last_telemetry_at < ?",
            moment - self.options.stale_after,
        ):
            silent = go_duration(moment - job["last_telemetry_at"])
            self.database.change(
                "UPDATE jobs SET status = 'failed', completed_at = ?, error_message = ?"
                " WHERE id = ? AND status = 'running'",
                moment, f"Job stalled - no telemetry for {silent} (SBC may have crashed)", job["id"],
            )  # fmt: skip
            for point in self.points.of_job(job["id"]):
                if point["status"] == "pending":
                    self.fail(job["id"], point)


def go_duration(seconds: float) -> str:
    """As Go prints a duration of whole seconds: ``5m22s``."""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}m{rest}s" if minutes else f"{rest}s"
