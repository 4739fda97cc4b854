"""Repositories on NFS and CIFS shares, as the hub takes them: it reads the fields and never asks the server.

Nothing here mounts anything. A share of localhub is one that does not answer: it stands in the list without
its storage, and what is backed up there fails.
"""

from dataclasses import dataclass, field
from typing import Any


class ShareRefused(Exception):
    """The plain text of a 400."""


@dataclass(frozen=True)
class Kind:
    """``named`` is how the hub calls it in errors."""

    named: str
    needed: tuple[str, ...]
    known: tuple[str, ...] = field(default=())


NFS = Kind("NFS", ("server", "export_path"), ("mount_point", "nfs_version", "mount_options"))
CIFS = Kind(
    "CIFS",
    ("server", "share_name"),
    ("mount_point", "username", "password_secret", "domain", "mount_options"),
)
KINDS = {"nfs": NFS, "cifs": CIFS, "smb": CIFS}


def read(kind: str, config: Any) -> dict[str, str]:
    """The configuration with all its fields. Raises ShareRefused."""
    known = KINDS[kind]
    if not isinstance(config, dict):
        raise ShareRefused(f"Invalid {known.named} repository config: unexpected end of JSON input")
    for name in known.needed:
        if not config.get(name):
            raise ShareRefused(f"Invalid {known.named} repository config: {name} is required")
    return {name: str(config.get(name) or "") for name in (*known.needed, *known.known)}
