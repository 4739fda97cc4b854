"""A path as people copy it from somewhere, found on a disk."""

import re

from restore.folders import FolderService
from restore.guard import ROOT
from restore.models import FileEntry
from sendense_portal.hub import HubNotFound, UnsafePath

_DRIVE = re.compile(r"\A[A-Za-z]:(?=[/\\]|\Z)")


def find_pasted(folders: FolderService, pasted: str, current: str) -> dict[str, str] | None:
    """The address's parameters for what a pasted path means: a folder, or a file's folder turned to the file.

    People know nothing of the hub's partitions and may come from Windows, so it is looked for as it stands,
    in the partition that is open and then in the others. None: it is nowhere. Raises as asking the hub does.
    """
    for path in candidates(folders, pasted, current):
        try:
            return {"path": folders.folder(path).path}
        except (HubNotFound, UnsafePath):
            pass
        try:
            entry = folders.file(path)
        except (HubNotFound, UnsafePath):
            continue
        return {"path": entry.folder.path, "jump": entry.shown_name}
    return None


def candidates(folders: FolderService, pasted: str, current: str) -> list[str]:
    """Where a pasted path may lie, the likeliest first."""
    spellings = [pasted.strip("\"'")]
    if "\\" in pasted:
        spellings.append(_DRIVE.sub("", spellings[0]).replace("\\", "/"))
    spellings = [("/" + path.strip("/")) if path.strip("/") else ROOT for path in spellings]
    root = folders.folder(ROOT)
    tops = [
        entry.path
        for entry in root.entries.filter(kind=FileEntry.Kind.DIRECTORY, name__startswith="partition-")
    ]
    here = f"/{current.split('/')[1]}" if current != ROOT and "/" in current else ""
    tops.sort(key=lambda top: top != here)
    return [*spellings, *(f"{top}{path}".rstrip("/") for path in spellings for top in tops)]
