"""What every file system is read as, whatever parser is behind it."""

from dataclasses import dataclass
from typing import Literal, Protocol

Kind = Literal["directory", "file", "link", "other"]


class BrowseError(Exception):
    """Something about a path or a file system; ``kind`` is a word that survives the way between processes."""

    def __init__(self, kind: str, text: str = "") -> None:
        super().__init__(text or kind)
        self.kind = kind
        self.text = text


class NotSupported(BrowseError):
    """A clear sentence on what can't be read."""

    def __init__(self, text: str) -> None:
        super().__init__("not supported", text)


@dataclass(frozen=True)
class Entry:
    """One name in a folder. ``name`` and ``target`` carry bytes that are not UTF-8 as surrogates (PEP 383).

    ``size`` in bytes (of a link: of its target's text), ``mode`` the permission bits, ``modified`` in
    nanoseconds since 1970, ``inode`` what the file system finds it by.
    """

    name: str
    kind: Kind
    size: int
    mode: int
    modified: int
    inode: int
    target: str | None = None


class OpenFile(Protocol):
    """The content of a file. ``read_into`` gives the bytes read, few at its end. Raises BrowseError."""

    size: int

    def read_into(self, offset: int, target: memoryview) -> int: ...


class FileSystem(Protocol):
    """``name`` as the kernel calls it (ext4, ntfs, vfat, xfs); ``size`` of the volume in bytes."""

    name: str
    label: str
    size: int
    root: int

    def listing(self, inode: int) -> list[Entry]:
        """Entries of a folder without ``.`` and ``..``. Raises BrowseError when it can't be read."""
        ...

    def open(self, inode: int) -> OpenFile:
        """The content of a regular file. Raises BrowseError when it is stored in a way not supported."""
        ...
