"""Points: one disk at one time, stored as one qcow2 file and its manifest. Chains are points on points."""

import sqlite3
from pathlib import Path

from localhub.clocks import now
from localhub.database import Database
from localhub.engine import manifest_path, partial


class Points:
    def __init__(self, database: Database) -> None:
        self.database = database

    def of_job(self, job_id: str) -> list[sqlite3.Row]:
        """The disks of a job, in order."""
        return self.database.rows("SELECT * FROM points WHERE job_id = ? ORDER BY disk_index", job_id)

    def mountable(self, job_id: str, disk_index: int) -> sqlite3.Row | None:
        return self.database.row(
            "SELECT * FROM points WHERE job_id = ? AND disk_index = ? AND status = 'completed'",
            job_id,
            disk_index,
        )

    def get(self, point_id: int) -> sqlite3.Row | None:
        return self.database.row("SELECT * FROM points WHERE id = ?", point_id)

    def newest(self, vm_name: str, disk_index: int, repository_id: str = "") -> sqlite3.Row | None:
        """The newest point of a disk that an incremental may stand on; in one repository or in any."""
        return self.database.row(
            "SELECT points.* FROM points JOIN jobs ON jobs.id = points.job_id"
            " WHERE points.vm_name = ? AND disk_index = ? AND points.status = 'completed'"
            " AND jobs.status = 'completed'"
            " AND points.repository_id = COALESCE(NULLIF(?, ''), points.repository_id)"
            " ORDER BY points.id DESC LIMIT 1",
            vm_name, disk_index, repository_id,
        )  # fmt: skip

    def commit(self, point_id: int, size: int, written: int) -> None:
        """From here on the point can be mounted; its files are whole and on the disk already."""
        self.database.change(
            "UPDATE points SET status = 'completed', size = ?, written = ?, completed_at = ? WHERE id = ?",
            size, written, now(), point_id,
        )  # fmt: skip

    def needed_by(self, job_id: str) -> int:
        """How many points of other jobs stand on points of this one."""
        return self.database.count(
            "SELECT COUNT(*) FROM points WHERE job_id != ?1 AND status != 'failed'"
            " AND parent_id IN (SELECT id FROM points WHERE job_id = ?1)",
            job_id,
        )

    def chain(self, point: sqlite3.Row) -> list[sqlite3.Row]:
        """The point and all that it stands on, the full last."""
        found = [point]
        while (parent := found[-1]["parent_id"]) is not None:
            row = self.get(parent)
            if row is None:
                break
            found.append(row)
        return found


def remove_files(path: Path) -> None:
    """The point's files, finished or not."""
    for name in (path, manifest_path(path)):
        name.unlink(missing_ok=True)
        partial(name).unlink(missing_ok=True)
