"""A Sendense hub's REST API in Python: `Hub`, its records and its errors. Without Django or the portal."""

from .client import Hub
from .downloads import Download
from .errors import (
    Code,
    HubBusy,
    HubCutShort,
    HubError,
    HubFailed,
    HubLoginFailed,
    HubNotFound,
    HubOutcomeUnknown,
    HubPartlyStarted,
    HubProtocolError,
    HubRejected,
    HubUnavailable,
)
from .paths import UnsafePath, clean_path
from .records import (
    Backup,
    BackupDisk,
    BackupStats,
    Dialect,
    FileEntry,
    HubIdentity,
    Mount,
    MountSlots,
    Repository,
    Storage,
    VMContext,
    VMDisk,
)

__all__ = [
    "Backup",
    "BackupDisk",
    "BackupStats",
    "Code",
    "Dialect",
    "Download",
    "FileEntry",
    "Hub",
    "HubBusy",
    "HubCutShort",
    "HubError",
    "HubFailed",
    "HubIdentity",
    "HubLoginFailed",
    "HubNotFound",
    "HubOutcomeUnknown",
    "HubPartlyStarted",
    "HubProtocolError",
    "HubRejected",
    "HubUnavailable",
    "Mount",
    "MountSlots",
    "Repository",
    "Storage",
    "UnsafePath",
    "VMContext",
    "VMDisk",
    "clean_path",
]
