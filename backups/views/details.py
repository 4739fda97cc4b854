"""One backup in full, and its deletion."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from backups.chains import chain_of
from backups.charts import throughput_of
from backups.conflicts import delete_conflict, later_incrementals
from backups.failures import explain
from backups.models import Backup, BackupState
from backups.progress import ran_for
from backups.services import BackupService, Refused
from backups.timelines import timeline_of
from sendense_portal.audit.log import Actor
from sendense_portal.hub import HubError
from sendense_portal.tenancy.access import require
from sendense_portal.tenancy.requests import PortalRequest
from sendense_portal.tenancy.roles import Action
from sendense_portal.ui.dialogs import closed_dialog
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
        "delete_conflict": delete_conflict(backup),
    }
    return page(request, "backups/backup_detail.html", context, part="live")


@require(Action.BACKUP_DELETE, on=Backup)
def backup_delete(request: PortalRequest, pk: str) -> HttpResponse:
    """Says what deleting means, and does it when confirmed."""
    backup: Backup = request.target
    problem = ""
    if request.method == "POST":
        try:
            BackupService(Actor.of(request), request.access).delete(backup)
        except Refused as refusal:
            problem = str(refusal)
        except HubError as error:
            problem = error.sentence
        else:
            return deleted(request, backup)
    context = {
        "backup": backup,
        "conflict": delete_conflict(backup),
        "problem": problem,
        "dependants": later_incrementals(backup),
        "is_last": backup.is_restorable and backup.vm.restore_point_count == 1,
    }
    return page(request, "backups/backup_delete.html", context, part="dialog")


def deleted(request: PortalRequest, backup: Backup) -> HttpResponse:
    """Back to where the person was; the page of the deleted backup goes to the list."""
    text = _("The backup of %(vm)s was deleted.") % {"vm": backup.vm.name}
    shown_at = request.htmx.current_url_abs_path or ""
    if request.htmx and not shown_at.startswith(reverse("backups:backup_detail", args=[backup.pk])):
        return closed_dialog(_("Deleted"), text, refresh="backups")
    messages.success(request, text)
    if request.htmx:
        return HttpResponseClientRedirect(reverse("backups:backup_list"))
    return redirect("backups:backup_list")
