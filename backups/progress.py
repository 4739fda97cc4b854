"""What can honestly be said of a backup on its way."""

from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backups.models import Backup, BackupState
from backups.rows import BackupRow

NO_ETA_BELOW_PERCENT = 5.0
NO_ETA_BEFORE = timedelta(seconds=30)

PHASES = {
    "": _("Preparing"),
    "pending": _("Preparing"),
    "started": _("Preparing"),
    "snapshot": _("Taking a snapshot"),
    "transferring": _("Copying"),
    "verifying": _("Verifying"),
    "finalizing": _("Finishing"),
    "completed": _("Finishing"),
}


def phase_words(backup: Backup | BackupRow) -> str:
    """The data mover's phase in a person's words; a word that is new to us is shown as it came."""
    return str(PHASES.get(backup.phase.lower(), backup.phase.replace("_", " ").capitalize()))


def whole_percent(backup: Backup | BackupRow) -> int:
    """Rounded down, and 100 only when the hub says completed."""
    if backup.state == BackupState.COMPLETED:
        return 100
    return max(0, min(99, int(backup.percent)))


def seconds_left(backup: Backup | BackupRow) -> int | None:
    """Seconds to the end by the speed of the whole run so far, which does not flicker as the momentary one
    does; None while nothing sound can be said."""
    if backup.state != BackupState.RUNNING or backup.percent < NO_ETA_BELOW_PERCENT:
        return None
    if not backup.progressed_at or (so_far := backup.progressed_at - backup.created_at) < NO_ETA_BEFORE:
        return None
    left = so_far * ((100.0 - backup.percent) / backup.percent) - (timezone.now() - backup.progressed_at)
    # Longer without news than the whole rest should take: the guess was wrong, so none is made.
    return coarse(left.total_seconds()) if left > timedelta() else None


def coarse(seconds: float) -> int:
    """Steps of five seconds under a minute, of fifteen under ten, of a minute from there on."""
    step = 5 if seconds < 60 else 15 if seconds < 600 else 60
    return int(-(-seconds // step) * step)


def ran_for(backup: Backup) -> float | None:
    """Seconds from the start to the end, or until now."""
    end = backup.completed_at or (timezone.now() if backup.is_open else None)
    return max(0.0, (end - backup.created_at).total_seconds()) if end else None
