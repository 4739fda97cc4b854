"""Where backups lie. A repository's configuration holds share passwords in clear and is dropped at this
door.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from . import wire
from .door import Door, segment
from .errors import Code, HubNotFound, HubOutcomeUnknown, HubProtocolError
from .records import Repository, Storage
from .times import hub_clock, true_time

Config = Mapping[str, str]
PASSWORD = "password_secret"  # noqa: S105  # a field's name


class Repositories:
    """`hub.repositories`"""

    def __init__(self, door: Door) -> None:
        self._door = door

    def list(self) -> list[Repository]:
        """All enabled repositories, by name (the hub's own order changes from call to call)."""
        # Bare in the older hub, wrapped in today's; the shape changed at another time than the dialect, so
        # both are read.
        raw = self._door.read("/api/v1/repositories", msgspec.Raw, guarded=True)
        body = bytes(raw)
        found: list[wire.Repository] | None
        if body.lstrip()[:1] == b"[":
            found = wire.decode(body, list[wire.Repository])
        else:
            found = wire.decode(body, wire.Repositories).repositories
        for repository in found or ():
            if repository.storage_info:
                self._door.learn_offset(repository.storage_info.last_check_at)
        return sorted(
            (self._record(repository) for repository in found or ()), key=lambda one: (one.name, one.id)
        )

    def storage(self, repository_id: str) -> Storage:
        """How full a repository is, counted now. `HubNotFound` if there is none of this id."""
        path = f"/api/v1/repositories/{segment(repository_id)}/storage"
        answer = self._door.read(path, wire.Storage, guarded=True)
        if answer.repository_id not in ("", repository_id):
            raise HubProtocolError(Code.WRONG_ANSWER, "The hub answered about another repository.")
        self._door.learn_offset(answer.last_check_at)
        return _storage(answer)

    def refresh(self) -> None:
        """Have the hub count all its repositories anew; nothing to do where it has no such call."""
        try:
            self._door.write("POST", "/api/v1/repositories/refresh-storage", dict[str, Any], guarded=True)
        except HubNotFound as error:
            if error.code is not Code.ROUTE_MISSING:
                raise

    def test(self, kind: str, config: Config) -> str:
        """Have the hub check a configuration; "" when it finds nothing wrong, else what it says.

        Of a local one the hub makes the folder and writes into it. Of NFS and CIFS it reads the fields only,
        so that nothing wrong says nothing about the share. `HubRejected` where it does not take the kind.
        """
        answer = self._door.write(
            "POST",
            "/api/v1/repositories/test",
            wire.RepositoryTest,
            {"type": kind, "config": dict(config)},
            guarded=True,
            secret=config.get(PASSWORD, ""),
        )
        said = answer.error_details or answer.message or "The hub does not say why."
        return "" if answer.success else said.replace(config.get(PASSWORD) or "\0", "•••")

    def add(
        self, name: str, kind: str, config: Config, *, is_immutable: bool = False, min_retention_days: int = 0
    ) -> str:
        """Makes an enabled repository; its id. The hub keeps the password of a share in clear.

        A disabled one would be gone after the hub's next start, with its backups still in its database.
        """
        body = {
            "name": name,
            "type": kind,
            "config": dict(config),
            "enabled": True,
            "is_immutable": is_immutable,
            "min_retention_days": min_retention_days,
        }
        answer = self._door.write(
            "POST",
            "/api/v1/repositories",
            wire.MadeRepository,
            body,
            guarded=True,
            secret=config.get(PASSWORD, ""),
        )
        made = answer.repository.id if answer.repository else answer.id
        if not made:
            raise HubOutcomeUnknown(Code.WRONG_ANSWER, "The hub does not say what it has added.")
        return made

    def delete(self, repository_id: str) -> None:
        """Takes a repository out of the hub. `HubRejected` (repository_in_use) while it holds backups."""
        path = f"/api/v1/repositories/{segment(repository_id)}"
        self._door.write("DELETE", path, dict[str, Any], guarded=True)

    def _record(self, repository: wire.Repository) -> Repository:
        offset = self._door.utc_offset
        return Repository(
            id=repository.id,
            name=repository.name,
            type=repository.type,
            enabled=repository.enabled,
            is_immutable=repository.is_immutable,
            min_retention_days=repository.min_retention_days,
            storage=_storage(repository.storage_info) if repository.storage_info else None,
            created_at=hub_clock(repository.created_at, "created_at", offset),
            updated_at=hub_clock(repository.updated_at, "updated_at", offset),
        )


def _storage(storage: wire.Storage) -> Storage:
    return Storage(
        total_bytes=storage.total_bytes,
        used_bytes=storage.used_bytes,
        available_bytes=storage.available_bytes,
        used_percent=storage.used_percent,
        backup_count=storage.backup_count,
        last_check_at=true_time(storage.last_check_at, "last_check_at"),
    )
