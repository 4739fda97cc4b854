"""The activity page: who did what, when, and how it ended."""

from django.http import HttpResponse
from django_tables2 import RequestConfig

from sendense_portal.audit.filters import EntryFilter
from sendense_portal.audit.models import AuditEntry
from sendense_portal.audit.tables import EntryTable
from sendense_portal.tenancy.access import require
from sendense_portal.tenancy.requests import PortalRequest
from sendense_portal.tenancy.roles import Action
from sendense_portal.ui.pages import page

ROWS_PER_PAGE = 50


@require(Action.AUDIT_VIEW)
def entry_list(request: PortalRequest) -> HttpResponse:
    """The trail of the customers whose trail one may read, newest first."""
    everything = AuditEntry.objects.visible_to(request.access)
    chosen = EntryFilter(request.GET, queryset=everything.prefetch_related("tenant"), request=request)
    several = request.access.is_provider or len(request.access.tenant_roles) > 1
    table = EntryTable(chosen.qs, exclude=() if several else ("customer",))
    RequestConfig(request, paginate={"per_page": ROWS_PER_PAGE}).configure(table)
    context = {
        "filter": chosen,
        "is_filtered": chosen.is_used,
        "table": table,
        "target": history_of(chosen),
    }
    return page(request, "audit/entry_list.html", context, part="table")


def history_of(chosen: EntryFilter) -> AuditEntry | None:
    """The newest entry of the one target that a link asked for, for its name."""
    if not chosen.form.data.get("target_id"):
        return None
    entry: AuditEntry | None = chosen.qs.first()
    return entry
