"""The lists of machines for ``sendense_portal.lists``: their columns, and their rows as files."""

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from sendense_portal.lists.registry import ShownList, filtered_and_sorted
from sendense_portal.tenancy.requests import PortalRequest
from sendense_portal.tenancy.roles import Action
from vms.filters import VMFilter
from vms.models import ReplicationRun, VirtualMachine
from vms.replication.filters import ReplicationFilter, RunFilter
from vms.replication.progress import progress_of
from vms.replication.states import REPLICATING, replicated
from vms.replication.tables import ReplicationTable, RunTable
from vms.tables import VMTable


def rows(request: PortalRequest) -> QuerySet[VirtualMachine]:
    """As the page filters and sorts them."""
    mine = VirtualMachine.objects.visible_to(request.access, Action.VM_VIEW).filter(gone_at__isnull=True)
    return filtered_and_sorted(request, mine, VMFilter, VMTable).select_related("tenant", "hub")


def replicated_rows(request: PortalRequest) -> QuerySet[VirtualMachine]:
    """As the page of replications filters and sorts them."""
    mine = VirtualMachine.objects.visible_to(request.access, Action.VM_VIEW).filter(gone_at__isnull=True)
    found = filtered_and_sorted(request, mine.filter(replicated()), ReplicationFilter, ReplicationTable)
    return found.select_related("tenant")


def run_rows(request: PortalRequest) -> QuerySet[ReplicationRun]:
    """As the page of runs filters and sorts them."""
    mine = ReplicationRun.objects.visible_to(request.access, Action.VM_VIEW)
    return filtered_and_sorted(request, mine, RunFilter, RunTable).select_related("vm__tenant")


LIST = ShownList(
    name="vms",
    title=_("Virtual machines"),
    url_name="vms:vm_list",
    action=Action.VM_VIEW,
    choosable={
        "customer": _("Customer"),
        "platform": _("Platform"),
        "power": _("Power"),
        "disks": _("Disks"),
        "protection": _("Protection"),
    },
    rows=rows,
    fields={
        "name": lambda vm: vm.name,
        "customer": lambda vm: vm.tenant and vm.tenant.name,
        "platform": lambda vm: vm.platform,
        "operating_system": lambda vm: vm.operating_system,
        "power": lambda vm: vm.power,
        "cpus": lambda vm: vm.cpu_count,
        "memory_mib": lambda vm: vm.memory_mib,
        "disks": lambda vm: vm.disk_count,
        "disk_bytes": lambda vm: vm.disk_bytes,
        "restore_points": lambda vm: vm.restore_point_count,
        "stored_bytes": lambda vm: vm.stored_bytes,
        "last_restore_point_at": lambda vm: vm.last_restore_point_at,
    },
)

REPLICATIONS = ShownList(
    name="replications",
    title=_("Replication"),
    url_name="vms:replication_list",
    action=Action.VM_VIEW,
    choosable={"customer": _("Customer"), "runs": _("Runs"), "last": _("Last began")},
    rows=replicated_rows,
    fields={
        "name": lambda vm: vm.name,
        "customer": lambda vm: vm.tenant and vm.tenant.name,
        "status": lambda vm: vm.replication_status,
        "percent": lambda vm: progress_of(vm).percent if vm.replication_status == REPLICATING else None,
        "copied_bytes": lambda vm: vm.replication_bytes,
        "total_bytes": lambda vm: vm.replication_total_bytes,
        "runs": lambda vm: vm.replication_runs,
        "failed_runs": lambda vm: vm.replication_failures,
        "last_began_at": lambda vm: vm.replicated_at,
    },
)

RUNS = ShownList(
    name="replication-runs",
    title=_("Runs of replications"),
    url_name="vms:replication_run_list",
    action=Action.VM_VIEW,
    choosable={
        "customer": _("Customer"),
        "kind": _("Copies"),
        "size": _("Copied"),
        "by": _("Started by"),
    },
    rows=run_rows,
    fields={
        "name": lambda run: run.vm.name,
        "customer": lambda run: run.vm.tenant and run.vm.tenant.name,
        "copies": lambda run: run.kind,
        "status": lambda run: run.state,
        "began_at": lambda run: run.began_at,
        "ended_at": lambda run: run.ended_at,
        "copied_bytes": lambda run: run.transferred_bytes,
        "started_by": lambda run: run.started_by_name,
    },
)
