"""Single sign-on on a customer's page."""

from typing import Any

from sendense_portal.sign_in.models import SsoConnection
from sendense_portal.tenancy.access import Access
from sendense_portal.tenancy.models import Tenant
from sendense_portal.tenancy.roles import Action


def facts_for(access: Access, tenant: Tenant) -> dict[str, Any] | None:
    """The connection, if any, for those who may set it up; None for others."""
    if not access.can(Action.SSO_EDIT, tenant.pk):
        return None
    return {"connection": SsoConnection.objects.filter(tenant=tenant).first()}
