"""What can honestly be said of a replication on its way."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from sendense_portal.ui import remaining
from vms.models import VirtualMachine

SILENT_AFTER = timedelta(minutes=5)


@dataclass(frozen=True)
class ReplicationProgress:
    """``percent`` is None when the hub tells no numbers: that of today has the columns and fills them no
    longer. ``silent_since`` is when they last moved, if it was asked since and they should have."""

    percent: int | None
    words: str
    seconds_left: int | None
    silent_since: datetime | None


def progress_of(vm: VirtualMachine) -> ReplicationProgress:
    """How far a machine is that is being replicated."""
    told = vm.replication_percent or vm.replication_bytes
    asked, moved = vm.replication_asked_at, vm.replication_moved_at
    is_silent = bool(told and asked and moved and asked - moved >= SILENT_AFTER)
    return ReplicationProgress(
        # Rounded down, and 100 only when the hub says that it is ready.
        percent=min(99, int(vm.replication_percent)) if told else None,
        words=vm.replication_operation.replace("_", " ").capitalize(),
        seconds_left=None if is_silent or not vm.replicated_at else remaining.seconds_left(
            vm.replication_percent, vm.replicated_at, moved, timezone.now()
        ),
        silent_since=moved if is_silent else None,
    )  # fmt: skip
