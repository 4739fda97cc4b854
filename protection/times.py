"""When a schedule is due. ``cronsim`` reads cron as Debian's does, also when clocks are put forward or back:
a time that does not exist runs right after the gap, one that comes twice runs once."""

from datetime import UTC, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError
from django.utils.translation import gettext as _


class NoSuchTime(ValueError):
    """``str()`` says what is wrong with a schedule."""


def next_times(cron: str, zone: str, after: datetime, count: int = 1) -> list[datetime]:
    """The first ``count`` times after a moment, in UTC. Raises NoSuchTime for what is no schedule."""
    try:
        begin = after.astimezone(ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise NoSuchTime(_("There is no such time zone.")) from None
    if len(cron.split()) != 5:
        raise NoSuchTime(_("Five fields are wanted: minute, hour, day, month, weekday."))
    try:
        found = [moment.astimezone(UTC) for moment in islice(CronSim(cron, begin), count)]
    except CronSimError:
        raise NoSuchTime(_("This is not a schedule: “15 2 * * 1-5” means 02:15 on weekdays.")) from None
    if not found:
        raise NoSuchTime(_("This schedule has no date that will ever come."))
    return found


def next_time(cron: str, zone: str, after: datetime) -> datetime:
    """The first time after a moment. Raises NoSuchTime."""
    return next_times(cron, zone, after)[0]


def last_missed(cron: str, zone: str, due: datetime, now: datetime) -> tuple[datetime, int]:
    """Of all times from ``due`` until now the latest, and how many came before it (counted up to 1000)."""
    latest, skipped = due, 0
    while skipped < 1000 and (following := next_time(cron, zone, latest)) <= now:
        latest, skipped = following, skipped + 1
    return latest, skipped


def week_begins(weekday: int, zone: str, at: datetime) -> datetime:
    """Midnight, in the zone, of the last such weekday up to a moment (0 is Monday), in UTC."""
    here = at.astimezone(ZoneInfo(zone))
    day = here.date() - timedelta(days=(here.weekday() - weekday) % 7)
    return datetime.combine(day, time.min, here.tzinfo).astimezone(UTC)
