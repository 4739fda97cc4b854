"""Pages of virtual machines: list, detail, and the panel of the selected one."""

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpResponse
from django_tables2 import RequestConfig

from sendense_portal.lists.choices import hidden_columns
from sendense_portal.tenancy.access import require
from sendense_portal.tenancy.requests import PortalRequest
from sendense_portal.tenancy.roles import Action
from sendense_portal.ui.pages import page
from vms.customers import has_several, no_vms_text
from vms.filters import VMFilter
from vms.freshness import as_of
from vms.models import VirtualMachine
from vms.tables import VMTable

MIB = 2**20


@require(Action.VM_VIEW)
def vm_list(request: PortalRequest) -> HttpResponse:
    """Every VM one may see, filtered, sorted and paged by the URL; ``?vm=`` is shown in the panel."""
    everything = listed(request)
    chosen = VMFilter(request.GET, queryset=everything.select_related("tenant"), request=request)
    may_choose = request.access.can_somewhere(Action.BACKUP_START)
    left_out = [
        *hidden_columns(request.access.user, "vms"),
        *(() if has_several(request.access) else ("customer",)),
        *(() if may_choose else ("chosen",)),
    ]
    table = VMTable(chosen.qs, exclude=left_out)
    RequestConfig(request).configure(table)
    context = {
        "filter": chosen,
        "is_filtered": chosen.is_used,
        "table": table,
        "may_choose": may_choose,
        "selected": selected(request, everything),
        "as_of": as_of(request.access),
        "no_vms_text": no_vms_text(request.access),
    }
    return page(request, "vms/vm_list.html", context, part="table")


@require(Action.VM_VIEW, on=VirtualMachine)
def vm_detail(request: PortalRequest, pk: str) -> HttpResponse:
    """One VM: facts, disks, and its backups."""
    vm: VirtualMachine = request.target
    context = {"vm": vm, "disks": vm.disks.all(), "memory_bytes": vm.memory_mib * MIB}
    return page(request, "vms/vm_detail.html", context, part="live")


@require(Action.VM_VIEW, on=VirtualMachine)
def vm_panel(request: PortalRequest, pk: str) -> HttpResponse:
    """The context panel of one VM; as a page of its own where there is no JavaScript."""
    return page(request, "vms/vm_panel.html", {"vm": request.target}, part="panel")


def listed(request: PortalRequest) -> QuerySet[VirtualMachine]:
    """What the list is made of: VMs that the hub still has."""
    return VirtualMachine.objects.visible_to(request.access).filter(gone_at__isnull=True)


def selected(request: PortalRequest, rows: QuerySet[VirtualMachine]) -> VirtualMachine | None:
    """The VM named by ``?vm=``, whatever the filters; None for anything that is not one of ours."""
    try:
        return rows.filter(pk=request.GET.get("vm", "")).select_related("hub", "tenant").first()
    except ValidationError:
        return None
