"""The one rule for paths inside a backup, used before any call that carries one.

The hub follows `..` out of the guest's file system into its own (hub contract, surprise 23), so nothing that
any layer might read as a dot segment is ever sent. A single backslash in a name is legal: systemd's unit
files have them.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

from .errors import Code, HubRejected

MAX_BYTES = 4096  # Linux PATH_MAX
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_SEPARATORS = re.compile(r"[/\\]")


class UnsafePath(HubRejected):
    """A path that is not passed on; the sentence says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(Code.UNSAFE_PATH, f"This path cannot be opened: {reason}.")


def clean_path(path: str) -> str:
    """The path with doubled and trailing slashes removed, or `UnsafePath`.

    Refused: relative paths, `.` and `..` as a segment (also behind a backslash, also percent-encoded once or
    twice), control characters (NUL, CR, LF and the like), what is not UTF-8, and more than 4096 bytes.
    """
    if not path.startswith("/"):
        raise UnsafePath("it does not start with a slash")
    try:
        size = len(path.encode())
    except UnicodeEncodeError:
        raise UnsafePath("its name is not valid UTF-8") from None
    if size > MAX_BYTES:
        raise UnsafePath(f"it is longer than {MAX_BYTES} bytes")
    if _CONTROL.search(path):
        raise UnsafePath("it contains control characters")
    decoded = unquote(unquote(path))
    for reading in (path, decoded):
        if any(segment in (".", "..") for segment in _SEPARATORS.split(reading)):
            raise UnsafePath("it contains dot segments")
    if _CONTROL.search(decoded):
        raise UnsafePath("it contains control characters")
    return "/" + "/".join(segment for segment in path.split("/") if segment)
