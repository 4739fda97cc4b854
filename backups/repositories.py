"""Which repositories a person may know of, and which a VM may be backed up to."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Q, QuerySet

from backups.models import Repository
from sendense_portal.tenancy.access import Access
from sendense_portal.tenancy.roles import Action
from vms.models import VirtualMachine


def known_to(access: Access) -> QuerySet[Repository]:
    """Those that one's own customers may use: granted to them, or shared by the hubs that serve them."""
    here = Repository.objects.filter(gone_at__isnull=True)
    tenants = access.tenants_with(Action.REPOSITORY_VIEW)
    if tenants is None:
        return here
    hubs = VirtualMachine.objects.visible_to(access, Action.REPOSITORY_VIEW).values("hub")
    return here.filter(granted_to(tenants) | SHARED & Q(hub__in=hubs))


def fit_for(vm: VirtualMachine) -> QuerySet[Repository]:
    """Where this VM may be backed up to: its hub's repositories that its customer may use."""
    usable = usable_by(vm.tenant_id) if vm.tenant_id else Q()
    return Repository.objects.filter(usable, hub=vm.hub_id, gone_at__isnull=True).select_related("hub")


def may_use(tenant_id: UUID | None, repository: Repository) -> bool:
    """Whether backups of a customer may be made there; the provider's own machines go anywhere."""
    return tenant_id is None or Repository.objects.filter(usable_by(tenant_id), pk=repository.pk).exists()


SHARED = Q(is_shared=True, tenant__isnull=True)
"""For every customer of its hub."""


def usable_by(tenant_id: UUID) -> Q:
    """Shared with everybody, or granted to this customer."""
    return SHARED | granted_to([tenant_id])


def granted_to(tenants: Iterable[UUID]) -> Q:
    """Of one of these customers alone, or given to one of them among others."""
    tenants = list(tenants)
    given = Repository.customers.through.objects.filter(tenant__in=tenants).values("repository")
    return Q(tenant__in=tenants) | Q(is_shared=False, tenant__isnull=True, pk__in=given)
