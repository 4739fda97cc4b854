"""Which repositories a person may know of, and which a VM may be backed up to."""

from django.db.models import Q, QuerySet

from backups.models import Repository
from sendense_portal.tenancy.access import Access
from sendense_portal.tenancy.roles import Action
from vms.models import VirtualMachine


def known_to(access: Access) -> QuerySet[Repository]:
    """Those of one's own customers, and the shared ones (of no customer) of hubs that serve one's VMs."""
    seen = Repository.objects.visible_to(access).filter(gone_at__isnull=True)
    if access.tenants_with(Action.REPOSITORY_VIEW) is None:
        return seen
    hubs = VirtualMachine.objects.visible_to(access, Action.REPOSITORY_VIEW).values("hub")
    shared = Repository.objects.filter(gone_at__isnull=True, tenant__isnull=True, hub__in=hubs)
    return seen | shared


def fit_for(vm: VirtualMachine) -> QuerySet[Repository]:
    """Where this VM may be backed up to: its hub's repositories that are shared or its customer's."""
    owners = Q(tenant__isnull=True) | Q(tenant=vm.tenant_id) if vm.tenant_id else Q()
    return Repository.objects.filter(owners, hub=vm.hub_id, gone_at__isnull=True).select_related("hub")
