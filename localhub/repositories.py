"""Repositories: folders that backups are stored in."""

import errno
import json
import shutil
import sqlite3
import tempfile
from pathlib import Path
from typing import Any

from localhub.clocks import Clock, now
from localhub.database import Database


class RepositoryRefused(Exception):
    """A sentence in the hub's words; always answered with 500."""


class Repositories:
    def __init__(self, database: Database, clock: Clock) -> None:
        self.database, self.clock = database, clock
        disabled = database.rows("SELECT id FROM repositories WHERE enabled = 0")
        self.not_loaded = {str(row["id"]) for row in disabled}
        """As the hub does at its start: what is disabled then is known to nobody any more."""

    def ensure_first(self, folder: Path) -> None:
        """A hub with no repository yet gets one under its state."""
        if not self.database.count("SELECT COUNT(*) FROM repositories"):
            self.create("Local repository", folder, enabled=True, immutable=False, retention=0)

    def rows(self) -> list[sqlite3.Row]:
        found = self.database.rows("SELECT * FROM repositories ORDER BY created_at, id")
        return [row for row in found if row["id"] not in self.not_loaded]

    def get(self, repository_id: str) -> sqlite3.Row | None:
        if repository_id in self.not_loaded:
            return None
        return self.database.row("SELECT * FROM repositories WHERE id = ?", repository_id)

    def create(self, name: str, path: Path, *, enabled: bool, immutable: bool, retention: int) -> sqlite3.Row:
        """Makes the folder too, as the hub does. Raises RepositoryRefused."""
        repository_id = f"repo-local-{int(now())}"
        if error := unusable(path):
            raise RepositoryRefused(
                f"Failed to register repository: repository {repository_id}: test_connection: {error}"
            )
        return self.insert(repository_id, name, path, enabled, immutable, retention)

    def create_share(
        self, name: str, kind: str, config: dict[str, str], *, enabled: bool, immutable: bool, retention: int
    ) -> sqlite3.Row:
        """One on NFS or CIFS, whose server is not asked. Raises RepositoryRefused."""
        repository_id = f"repo-{kind}-{int(now())}"
        if not config["mount_point"]:
            raise RepositoryRefused(
                f"Failed to register repository: repository {repository_id}: "
                "validate: mount_point is required"
            )
        path = Path(config["mount_point"])
        row = self.insert(repository_id, name, path, enabled, immutable, retention)
        self.database.insert("shares", repository_id=repository_id, type=kind, config=json.dumps(config))
        return row

    def share(self, repository_id: str) -> sqlite3.Row | None:
        """What a repository that is a share was added with."""
        return self.database.row("SELECT * FROM shares WHERE repository_id = ?", repository_id)

    def insert(
        self, repository_id: str, name: str, path: Path, enabled: bool, immutable: bool, retention: int
    ) -> sqlite3.Row:
        """Raises RepositoryRefused for a name or a second that is taken."""
        try:
            self.database.insert(
                "repositories", id=repository_id, name=name, path=str(path), enabled=int(enabled),
                is_immutable=int(immutable), min_retention_days=retention, created_at=now(),
            )  # fmt: skip
        except sqlite3.IntegrityError as error:
            key = (
                f"Duplicate entry '{name}' for key 'unique_name'"
                if "name" in str(error)
                else f"Duplicate entry '{repository_id}' for key 'PRIMARY'"
            )
            raise RepositoryRefused(
                f"Failed to register repository: repository {repository_id}: insert_database: failed to "
                f"insert repository: failed to insert repository: Error 1062 (23000): {key}"
            ) from None
        row = self.get(repository_id)
        assert row is not None
        return row

    def delete(self, repository_id: str) -> None:
        """Raises RepositoryRefused for an unknown one and for one with backups."""
        held = self.backup_count(repository_id)
        if held:
            raise RepositoryRefused(
                f"Failed to delete repository: repository {repository_id}: delete: "
                f"cannot delete repository with {held} existing backups"
            )
        if not self.database.change("DELETE FROM repositories WHERE id = ?", repository_id):
            raise RepositoryRefused(
                f"Failed to delete repository: repository {repository_id}: delete_database: "  # noqa: S608 - no SQL
                "failed to delete from database: repository not found"
            )
        self.database.change("DELETE FROM shares WHERE repository_id = ?", repository_id)

    def backup_count(self, repository_id: str) -> int:
        """Jobs and the hidden rows of their disks alike, as the hub counts."""
        return self.database.count("SELECT COUNT(*) FROM jobs WHERE repository_id = ?", repository_id)

    def storage(self, row: sqlite3.Row) -> dict[str, Any]:
        if self.share(row["id"]):
            raise OSError(errno.EHOSTDOWN, "mount failed: host is down")
        usage = shutil.disk_usage(row["path"])
        used = usage.total - usage.free
        return {
            "repository_id": row["id"],
            "total_bytes": usage.total,
            "used_bytes": used,
            "available_bytes": usage.free,
            "used_percent": used / usage.total * 100,
            "backup_count": self.backup_count(row["id"]),
            "last_check_at": self.clock.precise(now()),
        }

    def shown(self, row: sqlite3.Row) -> dict[str, Any]:
        share = self.share(row["id"])
        local = {"path": row["path"], "auto_mount": False, "mount_options": ""}
        answer = {
            "id": row["id"],
            "name": row["name"],
            "type": share["type"] if share else "local",
            "enabled": bool(row["enabled"]),
            "config": json.loads(share["config"]) if share else local,
            "is_immutable": bool(row["is_immutable"]),
            "min_retention_days": row["min_retention_days"],
            "storage_info": None,
            "created_at": self.clock.listed(row["created_at"]),
            "updated_at": self.clock.listed(row["created_at"]),
        }
        try:
            answer["storage_info"] = self.storage(row)
        except OSError:
            del answer["storage_info"]
        return answer


def unusable(path: Path) -> str | None:
    """Why a folder can't be a repository, or None. Makes it when it is missing and writes a test file."""
    if not path.is_absolute():
        return "path must be absolute"
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = (error.strerror or "").lower()
        return f"path does not exist and cannot be created: mkdir {path}: {reason}"
    try:
        tempfile.TemporaryFile(dir=path).close()
    except OSError as error:
        return f"path is not writable: {(error.strerror or '').lower()}"
    return None
