"""Deleting a backup with all that builds on it."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django_htmx.http import HttpResponseClientRedirect

from backups.deletions import Radius, Step, delete_all, preview
from backups.models import Backup
from backups.services import BackupService
from sendense_portal.approvals.services import DecisionRefused, ask
from sendense_portal.audit.log import Actor
from sendense_portal.tenancy.access import require
from sendense_portal.tenancy.models import Tenant
from sendense_portal.tenancy.requests import PortalRequest
from sendense_portal.tenancy.roles import Action
from sendense_portal.ui.dialogs import closed_dialog
from sendense_portal.ui.pages import page


@require(Action.BACKUP_DELETE, on=Backup)
def backup_delete(request: PortalRequest, pk: str) -> HttpResponse:
    """GET shows all that would go; POST deletes just that, or shows (409) what has become of it."""
    backup: Backup = request.target
    radius = preview(backup)
    if request.method != "POST":
        return asked(request, radius)
    if not radius.is_as_in(request.POST.get("token", "")):
        return asked(request, radius, has_changed=True, status=409)
    if radius.obstacles:
        return asked(request, radius, status=409)
    if radius.needs_second_person and backup.tenant:
        return second_person_asked(request, radius, backup.tenant)
    steps = delete_all(BackupService(Actor.of(request), request.access), radius)
    if steps[-1].state in ("deleted", "binned"):
        return deleted(request, backup, steps)
    backup.refresh_from_db()
    return asked(request, preview(backup), steps=steps)


def second_person_asked(request: PortalRequest, radius: Radius, tenant: Tenant) -> HttpResponse:
    """Leads to the request that waits for somebody else."""
    reason = request.POST.get("reason", "")
    try:
        found = ask(Actor.of(request), Action.BACKUP_DELETE, tenant, radius.backup, reason=reason)
    except DecisionRefused as refusal:
        return asked(request, radius, problem=str(refusal), status=409)
    messages.success(request, _("Nothing is deleted yet: a second person has to approve it."))
    target = reverse("approvals:approval_detail", args=[found.pk])
    return HttpResponseClientRedirect(target) if request.htmx else redirect(target)


def asked(
    request: PortalRequest,
    radius: Radius,
    *,
    has_changed: bool = False,
    steps: list[Step] | None = None,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    """The question, with what happened since it was asked before."""
    failed = next((step for step in steps or [] if step.state == "failed"), None)
    context = {
        "backup": radius.backup,
        "radius": radius,
        "has_changed": has_changed,
        # One point alone needs no list of what became of each.
        "steps": steps if steps and len(steps) > 1 else [],
        "problem": failed.problem if failed else problem,
        "reason": request.POST.get("reason", ""),
    }
    return page(request, "backups/backup_delete.html", context, part="dialog", status=status)


def deleted(request: PortalRequest, backup: Backup, steps: list[Step]) -> HttpResponse:
    """Back to where the person was; the page of the deleted backup goes to the list."""
    if steps[-1].state == "binned":
        template = ngettext(
            "The backup of %(vm)s is in the bin.", "%(count)d backups of %(vm)s are in the bin.", len(steps)
        )
    else:
        template = ngettext(
            "The backup of %(vm)s was deleted.", "%(count)d backups of %(vm)s were deleted.", len(steps)
        )
    text = template % {"vm": backup.vm.name, "count": len(steps)}
    shown_at = request.htmx.current_url_abs_path or ""
    if request.htmx and not shown_at.startswith(reverse("backups:backup_detail", args=[backup.pk])):
        return closed_dialog(_("Deleted"), text, refresh="backups")
    messages.success(request, text)
    if request.htmx:
        return HttpResponseClientRedirect(reverse("backups:backup_list"))
    return redirect("backups:backup_list")
