"""The Range header (RFC 9110, 14), as far as downloads need it."""

import re
from dataclasses import dataclass

_ONE_RANGE = re.compile(r"\Abytes=([0-9]{0,18})-([0-9]{0,18})\Z")


class Unsatisfiable(Exception):
    """The range lies outside the file: 416."""


@dataclass(frozen=True)
class ByteRange:
    """From ``start`` up to and without ``stop``."""

    start: int
    stop: int

    @property
    def length(self) -> int:
        return self.stop - self.start

    def content_range(self, size: int) -> str:
        """The Content-Range header of a 206."""
        return f"bytes {self.start}-{self.stop - 1}/{size}"


def requested(header: str, size: int) -> ByteRange | None:
    """What a Range header asks of a file of ``size`` bytes; None for the whole of it.

    Several ranges at once, other units and nonsense mean the whole, as the RFC allows. Raises Unsatisfiable.
    """
    found = _ONE_RANGE.match(header.replace(" ", ""))
    if not found or found.groups() == ("", ""):
        return None
    first, last = found.groups()
    if not first:
        if int(last) == 0:
            raise Unsatisfiable
        return ByteRange(max(size - int(last), 0), size)
    start = int(first)
    if last and int(last) < start:
        return None
    if start >= size:
        raise Unsatisfiable
    return ByteRange(start, min(int(last) + 1, size) if last else size)
