"""When what happened to a backup, as far as anybody knows."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backups.models import Backup, BackupState


@dataclass(frozen=True)
class Step:
    """``at`` None: not reached yet. ``tone`` is info, success, warning, error or none."""

    title: str
    at: datetime | None
    tone: str = "none"


ENDS: dict[str, tuple[str | Promise, str]] = {
    BackupState.COMPLETED: (gettext_lazy("Completed"), "success"),
    BackupState.FAILED: (gettext_lazy("Failed"), "error"),
    BackupState.CANCELLED: (gettext_lazy("Cancelled"), "warning"),
}


def timeline_of(backup: Backup) -> list[Step]:
    """Requested or found, first and last telemetry, and the end; one query."""
    asked_here = backup.origin == Backup.Origin.PORTAL
    first = backup.samples.order_by("at").values_list("at", flat=True).first()
    begun = _("Requested in the portal") if asked_here else _("Started at the hub")
    steps = [Step(begun, backup.created_at, "info")]
    if first:
        steps.append(Step(_("First data copied"), first, "info"))
    elif backup.is_open:
        steps.append(Step(_("First data copied"), None))
    if backup.state == BackupState.STALLED:
        steps.append(Step(_("Last sign of life"), backup.progressed_at, "warning"))
    if backup.state in ENDS:
        title, tone = ENDS[backup.state]
        steps.append(Step(str(title), backup.completed_at or backup.progressed_at, tone))
    else:
        steps.append(Step(_("Completed"), None))
    if backup.gone_at:
        steps.append(Step(_("Deleted, or no longer listed by the hub"), backup.gone_at, "warning"))
    return steps
