"""Where backups lie. A repository's configuration holds share passwords in clear and is dropped at this
door.
"""

from __future__ import annotations

from typing import Any

import msgspec

from . import wire
from .door import Door, segment
from .errors import Code, HubNotFound, HubProtocolError
from .records import Repository, Storage
from .times import hub_clock, true_time


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
