"""What a customer's page says about its repositories."""

from typing import Any

from django.db.models import Q

from backups.models import Repository
from backups.repositories import granted_to, usable_by
from sendense_portal.tenancy.access import Access
from sendense_portal.tenancy.models import Tenant
from sendense_portal.tenancy.roles import Action
from vms.models import VirtualMachine


def repositories_of(access: Access, tenant: Tenant) -> dict[str, Any] | None:
    """Those that it may use for the machines that it has."""
    if not access.can(Action.REPOSITORY_VIEW, tenant.pk):
        return None
    hubs = VirtualMachine.objects.visible_to(access).filter(tenant=tenant).order_by().values("hub")
    usable = usable_by(tenant.pk) & Q(hub__in=hubs) | granted_to([tenant.pk])
    return {"repositories": Repository.objects.filter(usable, gone_at__isnull=True).select_related("hub")}
