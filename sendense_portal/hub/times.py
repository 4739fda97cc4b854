"""The hub's times (hub contract, "Times").

Backups and repositories carry the hub's *local wall clock* with a literal, false `Z`; everything else carries
a right offset. The hub's offset is learned from the second kind and applied to the first. It is one number: a
job from the other side of a clock change is read an hour off, which is why hubs should run in UTC.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from .errors import Code, HubProtocolError

_NOT_SET_YEAR = 1  # "0001-01-01T00:00:00Z": Go's zero time
_LARGEST_OFFSET = timedelta(hours=15)  # real zones lie between -12:00 and +14:00


def _parsed(text: str, field: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise HubProtocolError(
            Code.BAD_ANSWER, f"The hub's answer has no readable time in “{field}”.", detail=text[:200]
        ) from None


def _to_utc(moment: datetime, field: str) -> datetime | None:
    if moment.year == _NOT_SET_YEAR:
        return None
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise HubProtocolError(
            Code.BAD_ANSWER, f"The hub's answer has an impossible time in “{field}”.", detail=str(moment)
        ) from None


def true_time(text: str | None, field: str) -> datetime | None:
    """A time with a right offset, in UTC; None for missing, empty and "not set". Without an offset it
    counts as UTC.
    """
    if not text:
        return None
    moment = _parsed(text, field)
    return _to_utc(moment if moment.tzinfo else moment.replace(tzinfo=UTC), field)


def hub_clock(text: str | None, field: str, utc_offset: timedelta | None) -> datetime | None:
    """A time of the false-`Z` kind, in UTC, with the hub's offset (None: taken as UTC). A real offset is
    believed.
    """
    if not text:
        return None
    moment = _parsed(text, field)
    if utc_offset is not None and (moment.tzinfo is None or moment.utcoffset() == timedelta()):
        moment = moment.replace(tzinfo=timezone(utc_offset))
    elif moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return _to_utc(moment, field)


def offset_of(text: str | None) -> timedelta | None:
    """The UTC offset written in a time of the right kind (`Z` is zero); None if it has none or an absurd
    one.
    """
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    offset = moment.utcoffset()
    if offset is None or moment.year == _NOT_SET_YEAR or abs(offset) > _LARGEST_OFFSET:
        return None
    return offset
