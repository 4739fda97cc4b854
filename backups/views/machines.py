"""The backups of each machine, in a row of its own."""

from django.http import HttpResponse
from django_tables2 import RequestConfig

from backups.machines import MachineTable, machines_of
from backups.views.tabs import tabs
from sendense_portal.tenancy.access import require
from sendense_portal.tenancy.requests import PortalRequest
from sendense_portal.tenancy.roles import Action
from sendense_portal.ui.pages import page
from vms.customers import has_several
from vms.filters import VMFilter
from vms.freshness import as_of


@require(Action.BACKUP_VIEW)
def machine_list(request: PortalRequest) -> HttpResponse:
    """Machines with their last four weeks, filtered, sorted and paged by the URL."""
    chosen = VMFilter(request.GET, queryset=machines_of(request.access), request=request)
    table = MachineTable(chosen.qs, exclude=() if has_several(request.access) else ("customer",))
    RequestConfig(request).configure(table)
    context = {
        "filter": chosen,
        "is_filtered": chosen.is_used,
        "table": table,
        "tabs": tabs(request.access, "machines"),
        "as_of": as_of(request.access),
    }
    return page(request, "backups/machine_list.html", context, part="table")
