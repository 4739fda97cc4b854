"""The list of backups for ``sendense_portal.lists``: its columns, and its rows as a file."""

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from backups.filters import BackupFilter
from backups.models import Backup
from backups.tables import BackupTable
from sendense_portal.lists.registry import ShownList, filtered_and_sorted
from sendense_portal.tenancy.requests import PortalRequest
from sendense_portal.tenancy.roles import Action


def rows(request: PortalRequest) -> QuerySet[Backup]:
    """As the page filters and sorts them."""
    mine = Backup.objects.visible_to(request.access, Action.BACKUP_VIEW)
    found = filtered_and_sorted(request, mine, BackupFilter, BackupTable)
    return found.select_related("vm", "tenant", "repository", "hub")


LIST = ShownList(
    name="backups",
    title=_("Backups"),
    url_name="backups:backup_list",
    action=Action.BACKUP_VIEW,
    choosable={
        "customer": _("Customer"),
        "type": _("Type"),
        "repository": _("Repository"),
        "state": _("Status"),
        "progress": _("Progress"),
        "started": _("Started"),
        "size": _("Size"),
        "started_by": _("Started by"),
    },
    rows=rows,
    fields={
        "virtual_machine": lambda backup: backup.vm.name,
        "customer": lambda backup: backup.tenant and backup.tenant.name,
        "type": lambda backup: backup.type,
        "status": lambda backup: backup.state,
        "percent": lambda backup: round(backup.percent, 1),
        "repository": lambda backup: backup.repository and backup.repository.name,
        "started_at": lambda backup: backup.created_at,
        "ended_at": lambda backup: backup.completed_at,
        "copied_bytes": lambda backup: backup.transferred_bytes,
        "total_bytes": lambda backup: backup.total_bytes,
        "origin": lambda backup: backup.origin,
        "started_by": lambda backup: backup.started_by_name,
        "in_bin_until": lambda backup: backup.bin_until,
        "held_since": lambda backup: backup.held_at,
        "labels": lambda backup: ", ".join(backup.label_list),
        "note": lambda backup: backup.note,
        "gone_at": lambda backup: backup.gone_at,
        "id_at_hub": lambda backup: backup.remote_id,
    },
)
