"""How the hub comes into vCenters. Passwords go in and never come out.

Of one credential alone the hub is never asked: that counts as a use of it. Its test is not offered either,
since it asks no vCenter and always answers success; a discovery is the test.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from . import wire
from .door import Door
from .errors import Code, HubNotFound
from .records import Credential
from .times import true_time

ROUTE = "/api/v1/vmware-credentials"


@dataclass(frozen=True)
class CredentialFields:
    """All that the hub keeps of one; a change overwrites everything. An empty password keeps the old one."""

    name: str
    vcenter_host: str
    username: str
    datacenter: str
    password: str = field(default="", repr=False)
    is_active: bool = True
    is_default: bool = False

    def body(self) -> dict[str, Any]:
        return {
            "credential_name": self.name,
            "vcenter_host": self.vcenter_host,
            "username": self.username,
            "password": self.password,
            "datacenter": self.datacenter,
            "is_active": self.is_active,
            "is_default": self.is_default,
        }


class Credentials:
    """`hub.credentials`"""

    def __init__(self, door: Door) -> None:
        self._door = door

    def list(self) -> list[Credential]:
        """All of them, by name; empty where the hub has no such call."""
        try:
            answer = self._door.read(ROUTE, wire.Credentials, guarded=True)
        except HubNotFound as error:
            if error.code is not Code.ROUTE_MISSING:
                raise
            return []
        found = [_record(one) for one in answer.credentials or ()]
        return sorted(found, key=lambda one: (one.name, one.id))

    def add(self, fields: CredentialFields) -> Credential:
        """Keeps one at the hub, active whatever was asked for; no field is checked there."""
        answer = self._door.write(
            "POST", ROUTE, wire.MadeCredential, fields.body(), guarded=True, secret=fields.password
        )
        return _record(answer.credential)

    def change(self, credential_id: int, fields: CredentialFields) -> None:
        """Overwrites all of it; once the default it stays the default."""
        self._door.write(
            "PUT", f"{ROUTE}/{credential_id}", dict[str, Any], fields.body(), guarded=True,
            secret=fields.password,
        )  # fmt: skip

    def delete(self, credential_id: int) -> None:
        """The hub asks nothing: machines that used it have none from then on, which nothing can mend, and
        their backups never end. Whoever calls this has looked for them.
        """
        self._door.write("DELETE", f"{ROUTE}/{credential_id}", dict[str, Any], guarded=True)


def _record(one: wire.Credential) -> Credential:
    return Credential(
        id=one.id,
        name=one.credential_name,
        vcenter_host=one.vcenter_host,
        username=one.username,
        datacenter=one.datacenter,
        is_active=one.is_active,
        is_default=one.is_default,
        created_at=true_time(one.created_at, "created_at") if one.created_at else None,
        last_used_at=true_time(one.last_used, "last_used") if one.last_used else None,
    )
