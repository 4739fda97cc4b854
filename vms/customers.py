"""Which customers a person may choose between in a filter."""

from django.db.models import QuerySet

from sendense_portal.tenancy.access import Access
from sendense_portal.tenancy.models import Tenant


def customers_of(access: Access) -> QuerySet[Tenant]:
    """All customers for the provider's people, one's own for everybody else."""
    tenants = Tenant.objects.all()
    return tenants if access.is_provider else tenants.filter(pk__in=access.tenant_roles)


def has_several(access: Access) -> bool:
    """Whether lists need a column that says whose a row is."""
    return access.is_provider or len(access.tenant_roles) > 1
