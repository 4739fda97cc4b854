"""What can honestly be said of a backup on its way."""

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backups.models import Backup, BackupState
from backups.rows import BackupRow
from sendense_portal.ui import remaining

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
    """Seconds to the end; None while nothing sound can be said."""
    if backup.state != BackupState.RUNNING:
        return None
    return remaining.seconds_left(backup.percent, backup.created_at, backup.progressed_at, timezone.now())


def ran_for(backup: Backup) -> float | None:
    """Seconds from the start to the end, or until now."""
    end = backup.completed_at or (timezone.now() if backup.is_open else None)
    return max(0.0, (end - backup.created_at).total_seconds()) if end else None
