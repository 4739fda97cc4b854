"""Times and durations in words. portal.js says them the same way when it keeps them current."""

from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

MINUTE, HOUR, DAY = 60, 3600, 86400
LONG_AGO = 60 * DAY
"""From then on a date says more than a number of days."""


def duration(seconds: float) -> str:
    """The two largest units: “2 min 5 s”, “3 h 10 min”, “2 d 4 h”; below 10 s with a decimal."""
    whole = round(abs(seconds))
    if abs(seconds) < 9.95 and seconds != whole:
        return f"{abs(seconds):.1f} s"
    days, rest = divmod(whole, DAY)
    hours, rest = divmod(rest, HOUR)
    minutes, rest = divmod(rest, MINUTE)
    parts = [(days, "d"), (hours, "h"), (minutes, "min"), (rest, "s")]
    first = next((index for index, (number, unit) in enumerate(parts) if number), 3)
    return " ".join(f"{number} {unit}" for number, unit in parts[first : first + 2] if number) or "0 s"


def ago(moment: datetime, now: datetime) -> str:
    """“12 s ago”, “6 h ago”; a date when long ago; “in 5 min” for what is yet to come."""
    seconds = (now - moment).total_seconds()
    if seconds < -5:
        return _("in %(time)s") % {"time": roughly(-seconds)}
    if seconds < 5:
        return _("just now")
    if seconds >= LONG_AGO:
        return date_format(timezone.localtime(moment), "j M Y")
    return _("%(time)s ago") % {"time": roughly(seconds)}


def left(moment: datetime, now: datetime) -> str:
    """“42 min” until a moment; “over” when it has passed."""
    seconds = (moment - now).total_seconds()
    return roughly(seconds) if seconds > 0 else _("over")


def roughly(seconds: float) -> str:
    """One unit, rounded down: a count that waits is better than one that claims too much."""
    for size, unit in ((DAY, "d"), (HOUR, "h"), (MINUTE, "min")):
        if seconds >= size:
            return f"{int(seconds // size)} {unit}"
    return f"{int(seconds)} s"


def exact(moment: datetime) -> str:
    """“23 Nov 2026, 14:03:11 CET” in the zone of whoever looks."""
    return date_format(timezone.localtime(moment), "j M Y, H:i:s T")


def short(moment: datetime) -> str:
    """“23 Nov 2026, 14:03” in the zone of whoever looks."""
    return date_format(timezone.localtime(moment), "j M Y, H:i")
