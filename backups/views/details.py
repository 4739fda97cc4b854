"""One backup in full."""

from urllib.parse import urlencode

from django.http import HttpResponse

from backups.catalogue import Failure, Retry
from backups.chains import chain_of
from backups.charts import throughput_of
from backups.conflicts import own_conflict, use_conflict
from backups.failures import explain
from backups.models import Backup, BackupType
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
    failure = explain(backup)
    context = {
        "backup": backup,
        "failure": failure,
        "retry_query": retry_query(backup, failure) if failure else "",
        "timeline": timeline_of(backup),
        "throughput": throughput_of(backup),
        "disks": backup.disks.all(),
        "chain": chain_of(backup, request.access),
        "seconds": ran_for(backup),
        "delete_conflict": own_conflict(backup) or use_conflict([backup]),
    }
    return page(request, "backups/backup_detail.html", context, part="live")


def retry_query(backup: Backup, failure: Failure) -> str:
    """What the dialog that starts a backup is opened with, to try again as the failure suggests."""
    kind = BackupType.FULL if failure.retry == Retry.FULL else backup.type
    asked = {"vm": backup.vm_id, "type": kind, "repository": backup.repository_id}
    return urlencode({name: str(value) for name, value in asked.items() if value})
