"""Open restore points, the folders seen in them, and the files taken out."""

from restore.models.baskets import BasketItem, Parcel
from restore.models.catalogue import (
    CatalogueDisk,
    CatalogueFolder,
    CatalogueName,
    CatalogueOwner,
    CataloguePoint,
    NameVersion,
    Sighting,
)
from restore.models.downloads import Download
from restore.models.findings import UnreadableDisk
from restore.models.folders import FileEntry, Folder
from restore.models.handovers import Handover
from restore.models.manifests import Manifest, ManifestPart, SigningKey
from restore.models.mounts import Mount, MountSlots, MountUse
from restore.models.proofs import RestoreProof
from restore.models.turns import MountTurn

__all__ = [
    "BasketItem", "CatalogueDisk", "CatalogueFolder", "CatalogueName", "CatalogueOwner", "CataloguePoint",
    "Download", "FileEntry", "Folder", "Handover", "Manifest", "ManifestPart", "Mount", "MountSlots",
    "MountTurn", "MountUse", "NameVersion", "Parcel", "RestoreProof", "Sighting", "SigningKey",
    "UnreadableDisk",
]  # fmt: skip
