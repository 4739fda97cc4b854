"""What stands around a folder's list: the way to it, and the tree beside it. From known folders only."""

from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from restore.folders import FolderService
from restore.guard import ROOT, steps
from restore.models import FileEntry, Folder
from restore.names import visible

BRANCHES = 100
"""Sub-folders shown of one folder in the tree; the list has them all."""


@dataclass
class Branch:
    """A folder in the tree; ``more`` counts those of its sub-folders that are not shown."""

    name: str
    path: str
    is_current: bool = False
    is_open: bool = False
    branches: list["Branch"] = field(default_factory=list)
    more: int = 0


def crumbs(folder: Folder, disk_name: str, root: Folder | None) -> list[tuple[str, str]]:
    """Names and paths from the disk down to a folder."""
    labels = {entry.path: entry.shown_name for entry in root.entries.exclude(label="")} if root else {}
    names = [(labels.get(step) or visible(step.rpartition("/")[2]), step) for step in steps(folder.path)]
    return [(disk_name, ROOT), *names]


def tree(folders: FolderService, current: Folder, disk_name: str) -> Branch:
    """The folders on the way to the current one, each with its sub-folders."""
    trunk = Branch(disk_name, ROOT)
    branch: Branch | None = trunk
    on_the_way = [ROOT, *steps(current.path)]
    for depth, path in enumerate(on_the_way):
        folder = current if path == current.path else folders.known(path)
        if branch is None or folder is None:
            break
        branch.is_open, branch.is_current = True, path == current.path
        ahead = on_the_way[depth + 1] if depth + 1 < len(on_the_way) else ""
        branch = grow(branch, folder, ahead)
    return trunk


def grow(branch: Branch, folder: Folder, ahead: str) -> Branch | None:
    """Gives a branch its sub-folders; returns the one at ``ahead``, shown even if it is far down."""
    directories = folder.entries.filter(kind=FileEntry.Kind.DIRECTORY)
    shown = list(directories.order_by("sort_name", "pk")[: BRANCHES + 1])
    if len(shown) > BRANCHES:
        branch.more = directories.count() - BRANCHES
        shown = shown[:BRANCHES]
    name = ahead.rpartition("/")[2]
    if ahead and not any(entry.name == name for entry in shown):
        shown.extend(directories.filter(name=name))
    branch.branches = [Branch(entry.shown_name, entry.path) for entry in shown]
    return next((child for child in branch.branches if child.path == ahead), None)


def disk_name(disk_index: int) -> str:
    """The root of a disk, for people."""
    return _("Disk %(number)s") % {"number": disk_index}
