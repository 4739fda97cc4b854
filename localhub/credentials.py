"""vCenter credentials, and the vCenter that stands behind them: the folder that the hub was started with."""

import sqlite3
from dataclasses import dataclass

from localhub.clocks import now
from localhub.database import Database

VCENTER, DATACENTER = "localhub.invalid", "localhub"
USERNAME = PASSWORD = "localhub"  # noqa: S105  # what the pretended vCenter lets in; it guards nothing
FIRST = 1


class CredentialRefused(Exception):
    """A sentence for the hub's log; the answer says less."""


class LoginRefused(Exception):
    """What the vCenter, or the way there, says."""


@dataclass(frozen=True)
class Login:
    """How a discovery comes in."""

    vcenter: str
    username: str
    password: str

    def check(self) -> None:
        """Raises LoginRefused."""
        if self.vcenter != VCENTER:
            raise LoginRefused(f"dial tcp: lookup {self.vcenter}: no such host")
        if (self.username, self.password) != (USERNAME, PASSWORD):
            raise LoginRefused(
                "ServerFaultCode: Cannot complete login due to an incorrect user name or password."
            )


class Credentials:
    """As the hub: no field is checked, and nothing keeps one from being deleted but being the last active."""

    def __init__(self, database: Database) -> None:
        self.database = database
        if not database.count("SELECT COUNT(*) FROM credentials"):
            first = {"credential_name": "localhub", "vcenter_host": VCENTER, "datacenter": DATACENTER}
            self.add({**first, "username": USERNAME, "password": PASSWORD, "is_default": True})
            self.login(FIRST)

    def rows(self) -> list[sqlite3.Row]:
        return self.database.rows("SELECT * FROM credentials ORDER BY id")

    def get(self, number: int) -> sqlite3.Row | None:
        return self.database.row("SELECT * FROM credentials WHERE id = ?", number)

    def add(self, values: dict[str, object]) -> sqlite3.Row:
        """Always active, whatever was asked for (the hub's column has a default)."""
        moment = now()
        made = {**values, "is_active": 1, "created_at": moment, "updated_at": moment}
        self.database.insert("credentials", **made)
        row = self.database.row("SELECT * FROM credentials ORDER BY id DESC LIMIT 1")
        assert row is not None
        return row

    def change(self, number: int, values: dict[str, object]) -> None:
        """Every field; an empty password keeps the old one."""
        if not values["password"]:
            values = {name: value for name, value in values.items() if name != "password"}
        values = {**values, "updated_at": now()}
        columns = ", ".join(f"{name} = ?" for name in values)
        if not self.database.change(
            f"UPDATE credentials SET {columns} WHERE id = ?",  # noqa: S608  # names of our own
            *values.values(),
            number,
        ):
            raise CredentialRefused("record not found")

    def delete(self, number: int) -> None:
        """Raises CredentialRefused for the last active one; VMs that used it have none afterwards."""
        active = self.database.count("SELECT COUNT(*) FROM credentials WHERE is_active AND id <> ?", number)
        if not active:
            raise CredentialRefused("cannot delete the last active credential")
        with self.database.transaction():
            # Of contexts that no row tells of: they came with the first one.
            self.database.change(
                "INSERT OR IGNORE INTO vm_credentials SELECT context_id, ? FROM vm_contexts", FIRST
            )
            self.database.change(
                "UPDATE vm_credentials SET credential_id = NULL WHERE credential_id = ?", number
            )
            self.database.change("DELETE FROM credentials WHERE id = ?", number)

    def of(self, context_id: str) -> int | None:
        """The credential of a VM context."""
        row = self.database.row("SELECT credential_id FROM vm_credentials WHERE context_id = ?", context_id)
        return row["credential_id"] if row else FIRST

    def login(self, number: int) -> Login | None:
        """What a discovery logs in with; counts the use."""
        row = self.database.row("SELECT * FROM credentials WHERE id = ? AND is_active", number)
        if row is None:
            return None
        self.database.change(
            "UPDATE credentials SET last_used = ?, usage_count = usage_count + 1 WHERE id = ?", now(), number
        )
        return Login(row["vcenter_host"], row["username"], row["password"])
