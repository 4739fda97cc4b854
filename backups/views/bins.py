"""What was deleted and can still be brought back."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST
from django_tables2 import RequestConfig

from backups.bin_tables import BinTable
from backups.bins import BinRefused, bring_back
from backups.models import Backup
from backups.views.tabs import tabs
from sendense_portal.audit.log import Actor
from sendense_portal.tenancy.access import require
from sendense_portal.tenancy.requests import PortalRequest
from sendense_portal.tenancy.roles import Action
from sendense_portal.ui.pages import page
from vms.customers import has_several


@require(Action.BACKUP_VIEW)
def bin_list(request: PortalRequest) -> HttpResponse:
    """What is in the bin, with who put it there and until when."""
    rows = Backup.objects.visible_to(request.access).filter(bin_until__isnull=False, gone_at__isnull=True)
    table = BinTable(
        rows.select_related("vm", "tenant"), exclude=() if has_several(request.access) else ("customer",)
    )
    RequestConfig(request, paginate={"per_page": BinTable.per_page}).configure(table)
    return page(
        request, "backups/bin_list.html", {"table": table, "tabs": tabs(request.access, "bin")}, part="table"
    )


@require(Action.BACKUP_DELETE, on=Backup)
@require_POST
def bin_undo(request: PortalRequest, pk: str) -> HttpResponse:
    """Brings it back, with what was deleted in the same act and what it builds on."""
    backup: Backup = request.target
    try:
        count = len(bring_back(Actor.of(request), backup))
    except BinRefused as refusal:
        messages.error(request, str(refusal))
        return redirect("backups:bin_list")
    text = ngettext("The backup of %(vm)s is back.", "%(count)d backups of %(vm)s are back.", count) % {
        "vm": backup.vm.name,
        "count": count,
    }
    messages.success(request, text)
    return redirect("backups:backup_detail", backup.pk)
