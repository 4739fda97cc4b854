"""The hub's forms of time (contract, "Times"). Stored times are seconds since 1970."""

import time
from datetime import UTC, datetime

from localhub.options import Options, Quirk


class Clock:
    def __init__(self, options: Options) -> None:
        self.zone = options.zone
        self.false_z = options.has(Quirk.FALSE_Z)

    def listed(self, seconds: float) -> str:
        """As in backups and repositories: always with a ``Z``, which may be false."""
        zone = self.zone if self.false_z else UTC
        return datetime.fromtimestamp(int(seconds), zone).strftime("%Y-%m-%dT%H:%M:%SZ")

    def offset(self, seconds: float) -> str:
        """RFC 3339 with the hub's offset, whole seconds: VM contexts, mounts, starts, logins."""
        return self.with_offset(int(seconds) * 1_000_000_000)

    def precise(self, seconds: float) -> str:
        """The same with microseconds: answers made from memory and not from the database."""
        return self.with_offset(int(seconds * 1_000_000) * 1000)

    def with_offset(self, nanoseconds: int) -> str:
        """Go's RFC3339Nano: the fraction only where there is one, without zeroes at its end."""
        seconds, fraction = divmod(nanoseconds, 1_000_000_000)
        try:
            moment = datetime.fromtimestamp(seconds, self.zone)
        except (OverflowError, ValueError, OSError):  # a guest's clock may say anything
            moment = datetime.fromtimestamp(0, self.zone)
        text = moment.strftime("%Y-%m-%dT%H:%M:%S")
        if fraction:
            text += f".{fraction:09}".rstrip("0")
        offset = moment.strftime("%z")
        return text + ("Z" if offset == "+0000" else f"{offset[:3]}:{offset[3:5]}")

    def utc(self) -> str:
        return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def stamp(self, seconds: float) -> str:
        """As in ids: YYYYMMDD-HHMMSS of the local wall clock."""
        return datetime.fromtimestamp(int(seconds), self.zone).strftime("%Y%m%d-%H%M%S")


def now() -> float:
    return time.time()
