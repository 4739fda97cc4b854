"""The page of all customers."""

from django.http import HttpResponse
from django_tables2 import RequestConfig

from sendense_portal.overview.filters import CustomerFilter
from sendense_portal.overview.health import health_of
from sendense_portal.overview.tables import CustomerTable
from sendense_portal.tenancy.access import require
from sendense_portal.tenancy.models import Tenant
from sendense_portal.tenancy.requests import PortalRequest
from sendense_portal.tenancy.roles import Action
from sendense_portal.ui.pages import page


@require(Action.TENANT_VIEW)
def customer_list(request: PortalRequest) -> HttpResponse:
    """Every customer that one may see, with its health, filtered, sorted and paged by the URL.

    A provider has a thousand customers, not a million: their figures fit into memory, and can so be sorted
    by without a join for each.
    """
    everybody = health_of(Tenant.objects.visible_to(request.access))
    chosen = CustomerFilter(request.GET)
    table = CustomerTable(chosen.narrowed(everybody))
    RequestConfig(request, paginate={"per_page": CustomerTable.per_page}).configure(table)
    context = {
        "filter": chosen,
        "is_filtered": chosen.is_used,
        "table": table,
        "failing": sum(row.has("failing") for row in everybody),
        "overdue": sum(row.has("overdue") for row in everybody),
        "total": len(everybody),
    }
    return page(request, "overview/customer_list.html", context, part="table")
