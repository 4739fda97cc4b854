"""What became of one run of a flow."""

from django.http import HttpResponse

from protection.models import FlowItem, FlowRun
from sendense_portal.tenancy.access import require
from sendense_portal.tenancy.requests import PortalRequest
from sendense_portal.tenancy.roles import Action
from sendense_portal.ui.pages import page
from vms.models import VirtualMachine


@require(Action.PROTECTION_VIEW, on=FlowRun)
def run_detail(request: PortalRequest, pk: str) -> HttpResponse:
    """Machine by machine, with the backups that came of it; machines that went to others are left out."""
    run: FlowRun = request.target
    mine = VirtualMachine.objects.visible_to(request.access)
    items = list(
        run.items.filter(vm__in=mine).select_related("vm", "backup").order_by("vm__name", "pk")
    )  # fmt: skip
    states = FlowItem.State
    context = {
        "run": run,
        "items": items,
        "open_count": sum(item.state in (states.WAITING, states.DOING) for item in items),
        "started_count": sum(item.state == states.STARTED for item in items),
        "refused_count": sum(item.state == states.REFUSED for item in items),
    }
    return page(request, "protection/run_detail.html", context, part="live")
