"""Mounts: points opened for browsing, eight at most, one hour each (contract, "Mount")."""

import logging
import sqlite3
import threading
import uuid
from pathlib import Path

from localhub.browsing.browser import Browser
from localhub.browsing.filesystems import BrowseError
from localhub.clocks import now
from localhub.database import Database
from localhub.options import Dialect, Options, Quirk
from localhub.points import Points
from localhub.refusals import Refused

log = logging.getLogger(__name__)
MOST = 8
SWEEP_EVERY = 900.0
MOUNT_ROOT = "/mnt/sendense/restore"


class Mounts:
    """The table of mounts, and the open browser of each; a restart keeps the table and opens anew on need."""

    def __init__(self, options: Options, database: Database) -> None:
        self.options, self.database = options, database
        self.points = Points(database)
        self.browsers: dict[str, Browser] = {}
        self.lock = threading.RLock()

    @property
    def sweep_interval(self) -> float:
        return min(SWEEP_EVERY, self.options.mount_lifetime / 4)

    def active(self) -> list[sqlite3.Row]:
        return self.database.rows(
            "SELECT * FROM mounts WHERE status = 'mounted' ORDER BY created_at DESC, rowid DESC"
        )

    def mount(self, job_id: str, disk_index: int) -> tuple[sqlite3.Row, bool]:
        """The mount of a disk, and whether it is new. Raises Refused, always 500."""
        point = self.points.mountable(job_id, disk_index)
        if point is None:
            raise failed(self.not_found(job_id, disk_index))
        with self.lock:
            known = self.database.row(
                "SELECT * FROM mounts WHERE point_id = ? AND status = 'mounted'", point["id"]
            )
            if known:
                return known, False
            taken = {row["nbd_device"] for row in self.active()}
            if len(taken) >= MOST:
                raise failed(f"maximum concurrent mounts reached ({MOST})")
            device = next(f"/dev/nbd{n}" for n in range(MOST) if f"/dev/nbd{n}" not in taken)
            self.check_poisoned(device)
            browser = self.open(point, device)
            return self.insert(point, device, browser), True

    def not_found(self, job_id: str, disk_index: int) -> str:
        if self.options.dialect is Dialect.OLDER:
            return f"failed to find backup file: backup not found in any repository: {job_id}"
        return (
            f"failed to find backup disk file: disk not found: backup_id={job_id}, disk_index={disk_index}: "
            "record not found"
        )

    def check_poisoned(self, device: str) -> None:
        if self.database.count(
            "SELECT COUNT(*) FROM mounts WHERE status = 'failed' AND nbd_device = ?", device
        ):
            raise failed(
                "failed to create mount record: failed to create restore mount: "
                f"Error 1062 (23000): Duplicate entry '{device}' for key 'uk_nbd_device'"
            )

    def open(self, point: sqlite3.Row, device: str) -> Browser:
        if not Path(point["path"]).exists():
            raise failed("backup file does not exist")
        try:
            return Browser(Path(point["path"]))
        except BrowseError as error:
            if self.options.has(Quirk.POISONED_MOUNT):
                self.add_row(point, device, "", "failed")
                raise failed(
                    "mount operation failed: failed to mount partitions: no mountable partitions found"
                ) from error
            raise failed(f"{error.kind}: {error.text}".rstrip(": ")) from error

    def insert(self, point: sqlite3.Row, device: str, browser: Browser) -> sqlite3.Row:
        mount_id = self.add_row(point, device, browser.volumes[0].name, "mounted")
        self.browsers[mount_id] = browser
        return self.get(mount_id)

    def add_row(self, point: sqlite3.Row, device: str, filesystem: str, status: str) -> str:
        moment, mount_id = now(), str(uuid.uuid4())
        self.database.insert(
            "mounts", mount_id=mount_id, point_id=point["id"], job_id=point["job_id"],
            disk_index=point["disk_index"], nbd_device=device, filesystem_type=filesystem, status=status,
            created_at=moment, expires_at=moment + self.options.mount_lifetime,
        )  # fmt: skip
        return mount_id

    def get(self, mount_id: str) -> sqlite3.Row:
        """Raises Refused for a mount that there is not."""
        row = self.database.row("SELECT * FROM mounts WHERE mount_id = ? AND status = 'mounted'", mount_id)
        if row is None:
            if self.options.dialect is Dialect.OLDER:
                raise Refused(500, "mount not ready: status=")
            raise Refused(500, "mount not found: failed to get restore mount: record not found")
        return row

    def browser(self, mount_id: str) -> Browser:
        """The open browser of a mount; opened again after a restart or a crash. Raises Refused."""
        row = self.get(mount_id)
        with self.lock:
            known = self.browsers.get(mount_id)
            if known and known.alive:
                return known
            if known:
                known.close()
            point = self.points.get(row["point_id"])
            if point is None:
                raise Refused(500, "mount not found: failed to get restore mount: record not found")
            self.browsers[mount_id] = self.open(point, row["nbd_device"])
            return self.browsers[mount_id]

    def unmount(self, mount_id: str) -> None:
        if self.options.dialect is Dialect.TODAY:
            self.get(mount_id)
        self.database.change("DELETE FROM mounts WHERE mount_id = ?", mount_id)
        with self.lock:
            browser = self.browsers.pop(mount_id, None)
        if browser:
            browser.close()

    def sweep(self) -> None:
        """Ends what has expired, used or not."""
        for row in self.active():
            if row["expires_at"] < now():
                log.info("mount %s expired", row["mount_id"])
                self.unmount(row["mount_id"])

    def close(self) -> None:
        """Ends the processes; the table stays, as at a hub that is restarted."""
        with self.lock:
            browsers, self.browsers = list(self.browsers.values()), {}
        for browser in browsers:
            browser.close()


def failed(text: str) -> Refused:
    return Refused(500, f"failed to mount backup: {text}")
