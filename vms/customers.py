"""What lists say to one person about customers: which there are to choose between, or that there is none."""

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from sendense_portal.tenancy.access import Access
from sendense_portal.tenancy.models import Tenant


def customers_of(access: Access) -> QuerySet[Tenant]:
    """All customers for the provider's people, one's own for everybody else."""
    tenants = Tenant.objects.all()
    return tenants if access.is_provider else tenants.filter(pk__in=access.tenant_roles)


def has_several(access: Access) -> bool:
    """Whether lists need a column that says whose a row is."""
    return access.is_provider or len(access.tenant_roles) > 1


def no_vms_text(access: Access) -> str:
    """Why a list of machines may be empty, and who can change that."""
    if access.is_provider:
        return _("The hub lists none. Machines that it discovers appear here within a minute.")
    return _("Your provider has not assigned any machine to you yet. Ask them to.")
