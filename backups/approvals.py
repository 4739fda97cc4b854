"""Deleting with a second person's approval."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext

from backups.deletions import Radius, delete_all, preview
from backups.models import Backup
from backups.services import BackupService
from sendense_portal.approvals.models import ApprovalRequest
from sendense_portal.approvals.registry import Facts, Kind, NotNow
from sendense_portal.approvals.services import DecisionRefused
from sendense_portal.audit.log import Actor
from sendense_portal.tenancy.roles import Action
from sendense_portal.ui.templatetags.ui import bytes_filter


def radius_of(request: ApprovalRequest) -> Radius | None:
    """All that would go now; None when the backup is gone."""
    held = Backup.objects.filter(pk=request.target_id, gone_at__isnull=True, tenant=request.tenant_id)
    backup = held.select_related("vm", "repository", "hub", "tenant").first()
    return preview(backup) if backup else None


def fingerprint(request: ApprovalRequest) -> str | None:
    """Of what would go; a mount or a download in the way passes and changes nothing."""
    radius = radius_of(request)
    return radius.shape if radius else None


def facts(request: ApprovalRequest) -> Facts:
    """The radius in words."""
    radius = radius_of(request)
    if radius is None:
        return []
    points = ", ".join(f"{p.get_type_display()} {p.created_at:%Y-%m-%d %H:%M} UTC" for p in radius.points)
    found = [
        (_("Virtual machine"), radius.backup.vm.name),
        (_("Goes to the bin") if radius.bin_until else _("Deleted for good"), points),
        (_("Size"), bytes_filter(radius.bytes)),
    ]
    if radius.vms_without_point:
        names = ", ".join(vm.name for vm in radius.vms_without_point)
        found.append((_("Loses its last restore point"), names))
    return found + [(_("In the way now"), obstacle) for obstacle in radius.obstacles]


def check(request: ApprovalRequest) -> None:
    """Raises NotNow while something is in the way."""
    radius = radius_of(request)
    if radius and radius.obstacles:
        raise NotNow(" ".join(radius.obstacles))


def execute(actor: Actor, request: ApprovalRequest) -> str:
    """Deletes newest first. Raises DecisionRefused with what stopped it."""
    radius = radius_of(request)
    if radius is None or radius.shape != request.fingerprint:
        raise DecisionRefused(_("What it is about has changed since it was asked for."))
    steps = delete_all(BackupService.approved(actor), radius)
    done = sum(step.state in ("deleted", "binned") for step in steps)
    if done < len(steps):
        problem = next(step.problem for step in steps if step.state == "failed")
        raise DecisionRefused(
            _("%(done)d of %(count)d backups were deleted. %(problem)s")
            % {"done": done, "count": len(steps), "problem": problem}
        )
    if radius.bin_until:
        template = ngettext("%(count)d backup is in the bin.", "%(count)d backups are in the bin.", done)
    else:
        template = ngettext("%(count)d backup was deleted.", "%(count)d backups were deleted.", done)
    return template % {"count": done}


DELETION = Kind(
    name="backup.delete",
    action=Action.BACKUP_DELETE,
    title=_lazy("Delete a backup"),
    fingerprint=fingerprint,
    execute=execute,
    facts=facts,
    check=check,
)
