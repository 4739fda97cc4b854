"""What the pages of protection share: their tabs, and whose row a new one will be."""

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from protection.models import Flow, Schedule, VmGroup
from sendense_portal.tenancy.models import Tenant
from sendense_portal.tenancy.requests import PortalRequest
from sendense_portal.tenancy.roles import Action
from sendense_portal.ui.pages import page


def tabs(here: str, request: PortalRequest) -> list[tuple[str, str, bool, int]]:
    """Address, label, whether one is there, and a count, which these have none."""
    labels = {"flow_list": _("Flows"), "schedule_list": _("Schedules"), "group_list": _("Groups")}
    if request.access.can(Action.HUB_VIEW):
        labels["hub_rules"] = _("At the hub")
    return [(reverse(f"protection:{name}"), label, name == here, 0) for name, label in labels.items()]


def customers_of(request: PortalRequest) -> list[Tenant]:
    """For whom this person may make something."""
    ids = request.access.tenants_with(Action.PROTECTION_EDIT)
    active = Tenant.objects.filter(state=Tenant.State.ACTIVE).order_by("name")
    return list(active if ids is None else active.filter(pk__in=ids))


def customer_of(request: PortalRequest) -> Tenant | None:
    """The one customer, or that named by ``customer``."""
    customers = customers_of(request)
    if len(customers) == 1:
        return customers[0]
    named = request.POST.get("customer") or request.GET.get("customer", "")
    return next((tenant for tenant in customers if str(tenant.pk) == named), None)


def choose_customer(request: PortalRequest) -> HttpResponse:
    """Whose it will be comes first: the choices depend on it."""
    return page(request, "protection/customer_choose.html", {"customers": customers_of(request)})


def hidden_columns(request: PortalRequest) -> list[str]:
    """What a list leaves out for this person: whose a row is, or the boxes, where they say nothing."""
    may_edit = request.access.can_somewhere(Action.PROTECTION_EDIT)
    return [*(() if shows_customers(request) else ("tenant",)), *(() if may_edit else ("chosen",))]


def followers_of(row: Schedule | VmGroup) -> list[Flow]:
    """The flows that change with it, with those on whose behalf they run."""
    return list(row.flows.filter(deleted_at__isnull=True).select_related("owner"))


def shows_customers(request: PortalRequest) -> bool:
    """Whether lists name the customer."""
    return request.access.is_provider or len(request.access.tenant_roles) > 1
