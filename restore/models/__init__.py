"""Open restore points, the folders seen in them, and the files taken out."""

from restore.models.downloads import Download
from restore.models.folders import FileEntry, Folder
from restore.models.manifests import Manifest, SigningKey
from restore.models.mounts import Mount, MountSlots, MountUse
from restore.models.turns import MountTurn

__all__ = [
    "Download", "FileEntry", "Folder", "Manifest", "Mount", "MountSlots", "MountTurn", "MountUse",
    "SigningKey",
]  # fmt: skip
