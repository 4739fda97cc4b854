"""The file side of a mount: paths of the API to entries and bytes (contract, 8.3 and 8.4)."""

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from localhub.archives import Member
from localhub.browsing.browser import Browser, VolumeInfo
from localhub.browsing.filesystems import BrowseError, Entry, Kind
from localhub.locating import Outside, locate
from localhub.options import Dialect

PARTITION = re.compile(r"partition-(\d{1,3})")
DISPLAYED = re.compile(r"Partition (\d{1,3})(?: - .*)? \([\d.]+ [A-Z]+\)")
PIECE = 1 << 20


class NoSuchPath(BrowseError):
    """The path names nothing; ``partition`` is False when it does not even name a partition."""

    def __init__(self, *, partition: bool) -> None:
        super().__init__("not found")
        self.partition = partition


@dataclass(frozen=True)
class Spot:
    """A path taken apart: the number of the volume, from 1, and the names inside it."""

    volume: int
    path: list[str]

    def child(self, name: str) -> "Spot":
        return Spot(self.volume, [*self.path, name])


class Folders:
    """One mount's files. ``host_root`` (quirk escape): links and ``..`` lead there, else they are refused."""

    def __init__(self, mount_id: str, browser: Browser, dialect: Dialect, host_root: Path | None) -> None:
        self.mount_id, self.browser, self.dialect, self.host_root = mount_id, browser, dialect, host_root

    @property
    def volumes(self) -> list[VolumeInfo]:
        return self.browser.volumes

    def spot(self, path: str, *, displayed: bool = False) -> Spot:
        """Where an API path points, dot segments as they are. Raises NoSuchPath."""
        names = [name for name in path.split("/") if name not in ("", ".")]
        if self.dialect is Dialect.OLDER:
            return Spot(1, names)
        found = PARTITION.fullmatch(names[0]) if names else None
        if found is None and displayed and names:
            found = DISPLAYED.fullmatch(names[0])
        if found is None:
            raise NoSuchPath(partition=False)
        number = int(found[1])
        if not 1 <= number <= len(self.volumes):
            raise NoSuchPath(partition=True)
        return Spot(number, names[1:])

    def shown(self, spot: Spot) -> str:
        head = "" if self.dialect is Dialect.OLDER else f"/partition-{spot.volume}"
        return "/".join([head, *spot.path]) or "/"

    def outside(self, spot: Spot, *, follow_last: bool = True) -> Path | Spot:
        """Links and dots: followed with quirk escape (a Path is on the pretended hub), else refused."""
        if self.host_root is None:
            if ".." in spot.path:
                raise NoSuchPath(partition=True)
            return spot
        found = locate(self.browser, self.mount_id, spot.volume, spot.path, follow_last=follow_last)
        if isinstance(found, Outside):
            return self.host_root / posixpath.normpath("/" + found.path).lstrip("/")
        return Spot(found.volume, found.path)

    def listing(self, spot: Spot) -> list[tuple[str, Entry]]:
        """(API path, entry) of all that is in a folder. Raises BrowseError."""
        place = self.outside(spot)
        if isinstance(place, Path):
            return [("/" + str(p.relative_to(self.root())), host_entry(p)) for p in host_children(place)]
        return [
            (f"{self.shown(spot).rstrip('/')}/{entry.name}", entry)
            for entry in self.browser.listing(place.volume, place.path)
        ]

    def walk(self, spot: Spot) -> Iterator[tuple[str, Entry]]:
        """Everything below a folder."""
        for path, entry in self.listing(spot):
            yield path, entry
            if entry.kind == "directory":
                yield from self.walk(spot.child(entry.name))

    def entry(self, spot: Spot) -> Entry:
        """What is at a path, a link itself; one that leads nowhere is not found, as at the hub."""
        if ".." in spot.path:
            raise NoSuchPath(partition=True)
        if not spot.path:
            return Entry(f"partition-{spot.volume}", "directory", 4096, 0o755, 0, 0)
        place = self.outside(spot, follow_last=False)
        if isinstance(place, Path):
            return host_entry(place)
        entry = self.browser.entry(place.volume, place.path)
        if entry.kind == "link":
            locate(self.browser, self.mount_id, place.volume, place.path)
        return entry

    def target(self, spot: Spot) -> tuple[Entry, Spot | Path]:
        """The file or folder to download. Raises BrowseError ``link``, unless links are followed."""
        if ".." in spot.path:
            raise NoSuchPath(partition=True)
        if not spot.path:
            return self.entry(spot), spot
        place = self.outside(spot)
        if isinstance(place, Path):
            return host_entry(place), place
        entry = self.browser.entry(place.volume, place.path)
        if entry.kind == "link":
            locate(self.browser, self.mount_id, place.volume, place.path)
            raise BrowseError("link")
        return entry, place

    def content(self, entry: Entry, place: Spot | Path) -> Iterator[bytes | memoryview]:
        if isinstance(place, Path):
            yield place.read_bytes()
        else:
            yield from self.browser.content(place.volume, place.path, entry.size)

    def members(self, spot: Spot, prefix: str = "") -> Iterator[Member]:
        """Regular files below a folder. Links are left out, or followed with quirk escape."""
        for _, entry in self.listing(spot):
            child, name = spot.child(entry.name), prefix + entry.name
            try:
                found, place = self.target(child)
            except BrowseError:
                continue
            if found.kind == "directory" and isinstance(place, Spot):
                yield from self.members(child, f"{name}/")
            elif found.kind == "file":
                yield Member(
                    name, found.size, found.mode, found.modified // 10**9,
                    partial(self.content, found, place),
                )  # fmt: skip

    def root(self) -> Path:
        assert self.host_root is not None
        return self.host_root


def host_children(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError as error:
        raise BrowseError("not found") from error


def host_entry(path: Path) -> Entry:
    try:
        about = path.stat()
    except OSError as error:
        raise BrowseError("not found") from error
    kind: Kind = "directory" if path.is_dir() else "file"
    return Entry(path.name, kind, about.st_size, about.st_mode & 0o777, about.st_mtime_ns, about.st_ino)
