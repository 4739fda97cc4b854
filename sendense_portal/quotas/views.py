"""What is used of the quotas, and changing them."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django_tables2 import RequestConfig

from sendense_portal.audit import log
from sendense_portal.quotas.forms import QuotaForm
from sendense_portal.quotas.models import QuotaKind
from sendense_portal.quotas.registry import used_by
from sendense_portal.quotas.tables import QuotaTable, TenantFilter, all_customers
from sendense_portal.quotas.usage import customers_uses
from sendense_portal.tenancy.access import require
from sendense_portal.tenancy.models import Tenant
from sendense_portal.tenancy.requests import PortalRequest
from sendense_portal.tenancy.roles import Action
from sendense_portal.ui.pages import page


@require(Action.QUOTA_VIEW)
def quota_list(request: PortalRequest) -> HttpResponse:
    """For the provider a list of customers, for a customer the bars of its own quotas."""
    if request.access.tenants_with(Action.QUOTA_VIEW) is not None:
        context = {"customers": customers_uses(request.access)}
        return page(request, "quotas/quota_own.html", context, part="bars")
    chosen = TenantFilter(request.GET, queryset=all_customers(), request=request)
    table = QuotaTable(chosen.qs)
    RequestConfig(request, paginate={"per_page": QuotaTable.per_page}).configure(table)
    listed = {"filter": chosen, "is_filtered": chosen.is_used, "table": table}
    return page(request, "quotas/quota_list.html", listed, part="table")


@require(Action.QUOTA_EDIT, on=Tenant)
def quota_edit(request: PortalRequest, pk: str) -> HttpResponse:
    """All quotas of one customer at once; bad input comes back as it was typed."""
    tenant: Tenant = request.target
    used = {kind: used_by(kind, [tenant.pk]).get(tenant.pk, 0) for kind in QuotaKind}
    form = QuotaForm(request.POST if request.method == "POST" else None, tenant=tenant, used=used)
    if request.method == "POST" and form.is_valid():
        if changes := form.changes():
            with log.attempt(log.Actor.of(request), Action.QUOTA_EDIT, tenant, **changes):
                form.save()
        messages.success(request, _("The quotas of %(customer)s were saved.") % {"customer": tenant})
        return redirect("customers:customer_detail", tenant.pk)
    return page(request, "quotas/quota_edit.html", {"form": form, "tenant": tenant})
