"""One backup in full."""

from django.http import HttpResponse

from backups.chains import chain_of
from backups.charts import throughput_of
from backups.conflicts import own_conflict, use_conflict
from backups.failures import explain
from backups.models import Backup, BackupState
from backups.progress import ran_for
from backups.timelines import timeline_of
from sendense_portal.tenancy.access import require
from sendense_portal.tenancy.requests import PortalRequest
from sendense_portal.tenancy.roles import Action
from sendense_portal.ui.pages import page


@require(Action.BACKUP_VIEW, on=Backup)
def backup_detail(request: PortalRequest, pk: str) -> HttpResponse:
    """State, timeline, throughput, disks and chain; asked for again whenever the state changes."""
    backup: Backup = request.target
    context = {
        "backup": backup,
        "failure": explain(backup) if backup.state == BackupState.FAILED else None,
        "timeline": timeline_of(backup),
        "throughput": throughput_of(backup),
        "disks": backup.disks.all(),
        "chain": chain_of(backup, request.access),
        "seconds": ran_for(backup),
        "delete_conflict": own_conflict(backup) or use_conflict([backup]),
    }
    return page(request, "backups/backup_detail.html", context, part="live")
