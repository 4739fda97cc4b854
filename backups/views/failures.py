"""Why backups failed, over all customers: for the provider, who widens the catalogue."""

from django.http import HttpResponse

from backups.failures import COUNTED_FOR, counted
from backups.models import Backup
from backups.views.tabs import tabs
from sendense_portal.tenancy.access import require
from sendense_portal.tenancy.requests import PortalRequest
from sendense_portal.tenancy.roles import Action
from sendense_portal.ui.pages import page


@require(Action.HUB_VIEW)
def failure_list(request: PortalRequest) -> HttpResponse:
    """Failures of the last 30 days by their sort; those the portal has no words for come first."""
    found = counted(Backup.objects.visible_to(request.access))
    context = {
        "tabs": tabs(request.access, "failures"),
        "failures": found,
        "days": COUNTED_FOR.days,
        "unmatched": sum(not one.is_matched for one in found),
    }
    return page(request, "backups/failure_list.html", context)
