"""Policies, schedules and flows: kept and shown, as by the hub, which executes none of the backup ones."""

import json
import sqlite3
from typing import Any
from uuid import uuid4

from localhub.clocks import now
from localhub.database import Database


class NameTaken(Exception):
    """Names are unique within a kind."""


class Rules:
    """``kind`` is policy, schedule or flow; what a rule says is kept as it was sent."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def add(self, kind: str, name: str, body: dict[str, Any]) -> sqlite3.Row:
        """Raises NameTaken."""
        try:
            made = self.database.insert(
                "rules", id=str(uuid4()), kind=kind, name=name, body=json.dumps(body), created_at=now()
            )
        except sqlite3.IntegrityError:
            raise NameTaken from None
        row = self.database.row("SELECT * FROM rules WHERE rowid = ?", made)
        assert row is not None
        return row

    def rows(self, kind: str, order: str = "name") -> list[sqlite3.Row]:
        """``order`` is a column, with the direction."""
        return self.database.rows(f"SELECT * FROM rules WHERE kind = ? ORDER BY {order}", kind)  # noqa: S608

    def get(self, kind: str, rule_id: str) -> sqlite3.Row | None:
        return self.database.row("SELECT * FROM rules WHERE kind = ? AND id = ?", kind, rule_id)

    def delete(self, kind: str, rule_id: str) -> bool:
        """False for an unknown one."""
        return bool(self.database.change("DELETE FROM rules WHERE kind = ? AND id = ?", kind, rule_id))
