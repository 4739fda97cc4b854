"""How long something that runs will still take, when that can honestly be said."""

from datetime import datetime, timedelta

NO_ETA_BELOW_PERCENT = 5.0
NO_ETA_BEFORE = timedelta(seconds=30)


def seconds_left(percent: float, began: datetime, moved: datetime | None, now: datetime) -> int | None:
    """Seconds to the end by the speed of the whole run so far, which does not flicker as the momentary one
    does; ``moved`` is when its numbers last did. None while nothing sound can be said."""
    if percent < NO_ETA_BELOW_PERCENT or moved is None or (so_far := moved - began) < NO_ETA_BEFORE:
        return None
    left = so_far * ((100.0 - percent) / percent) - (now - moved)
    # Longer without news than the whole rest should take: the guess was wrong, so none is made.
    return coarse(left.total_seconds()) if left > timedelta() else None


def coarse(seconds: float) -> int:
    """Steps of five seconds under a minute, of fifteen under ten, of a minute from there on."""
    step = 5 if seconds < 60 else 15 if seconds < 600 else 60
    return int(-(-seconds // step) * step)
