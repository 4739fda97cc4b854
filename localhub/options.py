"""What a hub is started with."""

from dataclasses import dataclass, field
from datetime import timedelta, timezone
from enum import StrEnum
from pathlib import Path


class Dialect(StrEnum):
    """Which of the two APIs is spoken (the hub's contract, "Two dialects")."""

    TODAY = "today"
    OLDER = "older"


class Inventory(StrEnum):
    """How VMs of the folder become known to the hub."""

    AUTO = "auto"
    """All of them by themselves."""
    DISCOVERED = "discovered"
    """Those that somebody discovers and adds; what is known at the start stays."""


class Quirk(StrEnum):
    """Nasty surprises of the real hub that are off unless a test asks for them."""

    INCREMENTALS_FAIL = "incrementals-fail"
    """Every incremental is refused with 500 ``backup chain not found``."""
    POISONED_MOUNT = "poisoned-mount"
    """A mount that failed keeps its device, and every later mount fails."""
    ESCAPE = "escape"
    """``..`` and links lead out of a mount onto the hub's disk (a pretended one: STATE/host-root)."""
    SLOW_START = "slow-start"
    """A start is answered after the answer limit, so its answer is lost while the job lives."""
    SILENT_NODE = "silent-node"
    """The data mover never says anything: a job is ``running`` for ever."""
    NODE_CRASH = "node-crash"
    """The data mover dies in the middle: telemetry stops."""
    NODE_ERROR = "node-error"
    """The data mover reports an error in the middle: the job is ``failed``."""
    NODE_REFUSES = "node-refuses"
    """Every start answers 500 ``SNA API error``."""
    FALSE_Z = "false-z"
    """Times of backups and repositories are the local wall clock with a false ``Z``."""
    DELETE_UNCHECKED = "delete-unchecked"
    """DELETE removes a row without any check and leaves its files."""
    ARCHIVE_HANGS = "archive-hangs"
    """An archive of a folder that holds a FIFO never answers."""


@dataclass(frozen=True)
class Options:
    """``vms`` and ``state`` are absolute. Rates in bytes a second (0: none), times in seconds."""

    vms: Path
    state: Path
    dialect: Dialect = Dialect.TODAY
    port: int = 8082
    inventory: Inventory = Inventory.AUTO
    token_file: Path | None = None
    copy_rate: float = 0
    download_rate: float = 0
    quirks: frozenset[Quirk] = field(default_factory=frozenset)
    mount_lifetime: float = 3600
    answer_limit: float = 15
    stale_after: float = 300
    finish_delay: float = 1
    time_zone_offset: int = 0
    """Minutes east of UTC."""

    @property
    def zone(self) -> timezone:
        return timezone(timedelta(minutes=self.time_zone_offset))

    def has(self, quirk: Quirk) -> bool:
        return quirk in self.quirks
