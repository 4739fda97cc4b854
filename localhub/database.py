"""The hub's state: one SQLite file, used by every thread through one connection and one lock."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SCHEMA = """
CREATE TABLE IF NOT EXISTS vm_contexts (
    context_id TEXT PRIMARY KEY, vm_name TEXT NOT NULL UNIQUE, created_at REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS credentials (
    id INTEGER PRIMARY KEY AUTOINCREMENT, credential_name TEXT NOT NULL, vcenter_host TEXT NOT NULL,
    username TEXT NOT NULL, password TEXT NOT NULL, datacenter TEXT NOT NULL, is_active INTEGER NOT NULL,
    is_default INTEGER NOT NULL DEFAULT 0, created_at REAL NOT NULL, updated_at REAL NOT NULL,
    last_used REAL, usage_count INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS vm_credentials (  -- NULL: its credential was deleted; no row: the first one
    context_id TEXT PRIMARY KEY, credential_id INTEGER
);
CREATE TABLE IF NOT EXISTS repositories (
    id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, path TEXT NOT NULL, enabled INTEGER NOT NULL,
    is_immutable INTEGER NOT NULL, min_retention_days INTEGER NOT NULL, created_at REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS shares (  -- what a repository that is a share was added with
    repository_id TEXT PRIMARY KEY, type TEXT NOT NULL, config TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS jobs (
    id TEXT PRIMARY KEY, vm_context_id TEXT NOT NULL, vm_name TEXT NOT NULL,
    disk_id INTEGER,              -- NULL: a job of today's dialect, over all disks of the VM
    parent_job TEXT,              -- of a disk's row in today's dialect: its job
    backup_type TEXT NOT NULL, repository_id TEXT NOT NULL, policy_id TEXT, status TEXT NOT NULL,
    file_path TEXT NOT NULL, phase TEXT NOT NULL DEFAULT 'pending',
    bytes_transferred INTEGER NOT NULL DEFAULT 0, total_bytes INTEGER NOT NULL DEFAULT 0,
    speed INTEGER NOT NULL DEFAULT 0, percent REAL NOT NULL DEFAULT 0,
    last_telemetry_at REAL, error_message TEXT, change_id TEXT,
    created_at REAL NOT NULL, started_at REAL, completed_at REAL
);
CREATE INDEX IF NOT EXISTS jobs_by_vm ON jobs (vm_name, created_at);
CREATE INDEX IF NOT EXISTS jobs_by_status ON jobs (status);
CREATE TABLE IF NOT EXISTS points (  -- one disk at one time; what is mounted
    id INTEGER PRIMARY KEY AUTOINCREMENT, job_id TEXT NOT NULL, disk_job_id TEXT NOT NULL,
    vm_name TEXT NOT NULL, repository_id TEXT NOT NULL, disk_index INTEGER NOT NULL, status TEXT NOT NULL,
    path TEXT NOT NULL, parent_id INTEGER, change_id TEXT, size INTEGER NOT NULL DEFAULT 0,
    written INTEGER NOT NULL DEFAULT 0, completed_at REAL
);
CREATE INDEX IF NOT EXISTS points_by_job ON points (job_id, disk_index);
CREATE INDEX IF NOT EXISTS points_by_vm ON points (vm_name, disk_index, status);
CREATE TABLE IF NOT EXISTS mounts (
    mount_id TEXT PRIMARY KEY, point_id INTEGER NOT NULL, job_id TEXT NOT NULL, disk_index INTEGER NOT NULL,
    nbd_device TEXT NOT NULL, filesystem_type TEXT NOT NULL, status TEXT NOT NULL,
    created_at REAL NOT NULL, expires_at REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS rules (  -- policies, schedules and flows, which nothing executes
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, body TEXT NOT NULL, created_at REAL NOT NULL,
    UNIQUE (kind, name)
);
"""


class Database:
    """Rows come back as ``sqlite3.Row``. Every statement is its own transaction unless in ``transaction``."""

    def __init__(self, path: Path) -> None:
        self.lock = threading.RLock()
        self.connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self.connection.row_factory = sqlite3.Row
        self.connection.execute("PRAGMA journal_mode = WAL")
        self.connection.execute("PRAGMA synchronous = FULL")
        self.connection.executescript(SCHEMA)

    def rows(self, sql: str, *values: object) -> list[sqlite3.Row]:
        with self.lock:
            return self.connection.execute(sql, values).fetchall()

    def row(self, sql: str, *values: object) -> sqlite3.Row | None:
        with self.lock:
            found: sqlite3.Row | None = self.connection.execute(sql, values).fetchone()
            return found

    def count(self, sql: str, *values: object) -> int:
        found = self.row(sql, *values)
        return int(found[0]) if found else 0

    def change(self, sql: str, *values: object) -> int:
        """Runs a statement that writes; gives the number of rows it touched."""
        with self.lock:
            return self.connection.execute(sql, values).rowcount

    def insert(self, table: str, **values: object) -> int:
        """Adds a row and gives its rowid. Raises sqlite3.IntegrityError."""
        names = ", ".join(values)
        marks = ", ".join("?" * len(values))
        with self.lock:
            cursor = self.connection.execute(
                f"INSERT INTO {table} ({names}) VALUES ({marks})",  # noqa: S608 - names are ours
                tuple(values.values()),
            )
            return int(cursor.lastrowid or 0)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with self.lock:
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self.connection.execute("ROLLBACK")
                raise
            self.connection.execute("COMMIT")

    def close(self) -> None:
        with self.lock:
            self.connection.close()
