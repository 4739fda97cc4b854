"""What lists say to one person about customers: which there are to choose between, or that there is none."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sendense_portal.tenancy.access import Access
from sendense_portal.tenancy.models import Tenant
from sendense_portal.tenancy.requests import PortalRequest
from sendense_portal.ui.selects import LongSelect


def customers_of(access: Access) -> QuerySet[Tenant]:
    """All customers for the provider's people, one's own for everybody else."""
    tenants = Tenant.objects.all()
    return tenants if access.is_provider else tenants.filter(pk__in=access.tenant_roles)


def has_several(access: Access) -> bool:
    """Whether lists need a column that says whose a row is."""
    return access.is_provider or len(access.tenant_roles) > 1


def customer_filter() -> Any:
    """The filter by customer, as every list has it; ``fit_customer_filter`` makes it one person's."""
    return django_filters.ModelChoiceFilter(
        field_name="tenant",
        queryset=customer_choices,
        label=gettext_lazy("Customer"),
        empty_label=gettext_lazy("All customers"),
        null_label=gettext_lazy("No customer"),
        widget=LongSelect(),
    )


def customer_choices(request: PortalRequest) -> QuerySet[Tenant]:
    """Only customers that this person may know of."""
    return customers_of(request.access).only("name")


def fit_customer_filter(filters: dict[str, Any], access: Access) -> None:
    """Takes the filter out where there is nothing to choose; only the provider sees rows of nobody."""
    if not has_several(access):
        del filters["customer"]
    elif not access.is_provider:
        filters["customer"].extra["null_label"] = None


def no_vms_text(access: Access) -> str:
    """Why a list of machines may be empty, and who can change that."""
    if access.is_provider:
        return _("The hubs list none. Discover what a vCenter has, and add what is to be backed up.")
    return _("Your provider has not assigned any machine to you yet. Ask them to.")
