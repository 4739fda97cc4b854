"""Where a path inside a mount leads, links followed as the hub's kernel would, even out of the mount.

localhub itself follows no link. The answer is needed to tell a dangling link, and for quirk ``escape``, where
everything outside the mount is looked up under a pretended disk of the hub.
"""

from collections import deque
from dataclasses import dataclass

from localhub.browsing.browser import Browser
from localhub.browsing.filesystems import BrowseError

LINKS = 40
MOUNT_ROOT = ("mnt", "sendense", "restore")


@dataclass(frozen=True)
class Inside:
    """A path of a volume of the mount."""

    volume: int
    path: list[str]


@dataclass(frozen=True)
class Outside:
    """An absolute path of the hub's own disk, without its first slash."""

    path: str


def locate(
    browser: Browser, mount_id: str, volume: int, path: list[str], *, follow_last: bool = True
) -> Inside | Outside:
    """Raises BrowseError for what is not there, and for rings of links."""
    mount = [*MOUNT_ROOT, mount_id, f"partition-{volume}"]
    done = list(mount)
    left = deque(path)
    for _ in range(LINKS + len(path) * 2 + 400):
        if not left:
            return place(done, mount, volume)
        name = left.popleft()
        if name in ("", "."):
            continue
        if name == "..":
            done = done[:-1]
            continue
        done.append(name)
        if done[: len(mount)] != mount or (not left and not follow_last):
            continue
        entry = browser.entry(volume, done[len(mount) :])
        if entry.kind == "link" and entry.target is not None:
            done = [] if entry.target.startswith("/") else done[:-1]
            left.extendleft(reversed(entry.target.split("/")))
    raise BrowseError("not found", "too many levels of symbolic links")


def place(done: list[str], mount: list[str], volume: int) -> Inside | Outside:
    if done[: len(mount)] == mount:
        return Inside(volume, done[len(mount) :])
    return Outside("/".join(done))
