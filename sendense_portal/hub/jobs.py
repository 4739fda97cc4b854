"""The parts of reading jobs and mounts that both dialects share."""

from __future__ import annotations

import math
import re
from datetime import timedelta

from . import wire
from .door import Door
from .errors import Code, HubError, HubNotFound, HubProtocolError, HubUnavailable
from .records import Mount
from .times import true_time

MOUNT_LIFE = timedelta(hours=1)  # from its making, used or not

# What a hub's messages may reveal of its machine.
_REVEALING = re.compile(
    r"""
    nbd(?:\+unix)?://\S+                            # export addresses
    | /dev/\w+                                      # devices
    | (?<![\w:/])/(?:[\w.@+~-]+/)+[\w.@+~-]*         # paths of two parts and more
    | \b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b          # addresses inside the provider's network
    | \bpid[ =:]+\d+
    | Bearer\ \S+
    """,
    re.IGNORECASE | re.VERBOSE,
)


def blanked(message: str) -> str:
    """A hub's message without what it reveals of the hub's machine; at most 1000 characters."""
    return _REVEALING.sub("…", message)[:1000]


def percent(value: float) -> float:
    """Clamped to 0–100; what is no number counts as 0."""
    return min(100.0, max(0.0, value)) if math.isfinite(value) else 0.0


def wrong_answer(what: str) -> HubProtocolError:
    return HubProtocolError(Code.WRONG_ANSWER, f"The hub answered about another {what} than asked for.")


def list_jobs(door: Door, path: str, selector: str, value: str) -> list[wire.Job]:
    """The hub's list by one selector, checked to be about what was asked. `HubNotFound` for an unknown VM
    name.
    """
    try:
        found = door.read(path, wire.Jobs, {selector: value}).backups or []
    except HubUnavailable as error:
        if selector == "vm_name" and error.code is Code.NO_ANSWER and _is_alive(door):
            # An unknown name makes the handler panic (contract, surprise 1).
            raise HubNotFound(Code.VM_MISSING, "The hub does not know this VM.") from error
        raise
    # A status may move between the hub's query and its answer; and its database compares names without case.
    if selector != "status" and any(getattr(job, selector).casefold() != value.casefold() for job in found):
        raise wrong_answer("VM or repository")
    return found


def _is_alive(door: Door) -> bool:
    try:
        door.read("/health", wire.Health)
    except HubError:
        return False
    return True


def mount_record(mount: wire.Mount, *, backup_id: str | None = None, disk_index: int | None = None) -> Mount:
    """A mount without its paths and devices. `backup_id` and `disk_index` replace the hub's, where the
    asker knows.
    """
    created_at = true_time(mount.created_at, "created_at")
    if created_at is None:
        raise HubProtocolError(Code.BAD_ANSWER, "The hub's answer has no readable time in “created_at”.")
    return Mount(
        mount_id=mount.mount_id,
        backup_id=mount.backup_id if backup_id is None else backup_id,
        disk_index=mount.disk_index if disk_index is None else disk_index,
        filesystem_type=mount.filesystem_type,
        status=mount.status,
        created_at=created_at,
        expires_at=true_time(mount.expires_at, "expires_at") or created_at + MOUNT_LIFE,
    )
