"""The first page after signing in: how protected one is, what runs, what failed, and what to do next."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min, Q, Sum, Window
from django.http import HttpResponse
from django.utils import timezone

from backups.catalogue import Failure
from backups.daily import fortnight
from backups.failures import explained
from backups.heat import heat_of
from backups.models import OPEN_STATES, Backup, BackupState
from backups.outlooks import outlook_of
from backups.repositories import known_to
from sendense_portal.quotas.usage import limited_uses
from sendense_portal.tenancy.access import Access, require
from sendense_portal.tenancy.models import HubConnection
from sendense_portal.tenancy.requests import PortalRequest
from sendense_portal.tenancy.roles import Action
from sendense_portal.ui.navigation import Tally, links_for
from sendense_portal.ui.pages import page
from vms.customers import no_vms_text
from vms.models import VirtualMachine
from vms.objectives import overdue
from vms.replication.states import REPLICATING, replicated

FAILURES_OF = timedelta(days=7)
MOST_FAILURES = 5
MOST_RUNNING = 10
MOST_REPOSITORIES = 6


@dataclass(frozen=True)
class VMNumbers:
    """How many VMs there are, how many can be restored, and what their points take up."""

    total: int
    protected: int
    overdue: int
    replicated: int
    replicating: int
    stored_bytes: int
    as_of: datetime | None

    @property
    def unprotected(self) -> int:
        """Machines of which nothing could be restored."""
        return self.total - self.protected

    @property
    def tone(self) -> str:
        """None unprotected is as it should be."""
        return "warning" if self.unprotected else "success"


@require(Action.DASHBOARD_VIEW)
def dashboard(request: PortalRequest) -> HttpResponse:
    """Every number links to the rows behind it."""
    access = request.access
    backups = Backup.objects.visible_to(access).filter(gone_at__isnull=True)
    running = backups.filter(state__in=OPEN_STATES).select_related("vm", "tenant")
    shown = list(running.annotate(all_open=Window(Count("*"))).order_by("-created_at")[:MOST_RUNNING])
    open_count = shown[0].all_open if shown else 0
    days = fortnight(backups)
    # Spares the navigation a query for its badge.
    request.known_counts = {"backups:backup_list": Tally(open_count, days.failed)}
    vms = vm_numbers(access)
    context = {
        "vms": vms,
        "today": timezone.localdate(),
        "fortnight": days,
        "heat": heat_of(access) if vms.protected else None,
        "storage": outlook_of(known_to(access)) if access.is_provider else None,
        "most_repositories": MOST_REPOSITORIES,
        "running": shown,
        "open_count": open_count,
        "failures": latest_failures(access),
        "no_vms_text": no_vms_text(access),
        "quotas": [] if access.is_provider else limited_uses(access),
        "hub_count": hub_count(access) if access.is_provider and not vms.total else None,
    }
    return page(request, "dashboard/dashboard.html", context, part="live")


@require(Action.DASHBOARD_VIEW)
def navigation_counts(request: PortalRequest) -> HttpResponse:
    """The numbers of the navigation alone, for pages that are open while they change."""
    links = [link for group in links_for(request, request.access) for link in group.links]
    return page(request, "layouts/navigation_counts.html", {"links": links})


def hub_count(access: Access) -> int:
    """Asked where there is no machine: then the first step is a hub."""
    return HubConnection.objects.visible_to(access).count()


def vm_numbers(access: Access) -> VMNumbers:
    """One query over the VMs; the counts of points are kept on them."""
    vms = VirtualMachine.objects.visible_to(access).filter(gone_at__isnull=True)
    found = vms.aggregate(
        total=Count("pk"),
        protected=Count("pk", filter=Q(restore_point_count__gt=0)),
        overdue=Count("pk", filter=overdue(timezone.now())),
        replicated=Count("pk", filter=replicated()),
        replicating=Count("pk", filter=Q(replication_status=REPLICATING)),
        stored=Sum("stored_bytes"),
        as_of=Min("hub__last_sync_at", filter=Q(hub__enabled=True)),
    )
    return VMNumbers(
        found["total"], found["protected"], found["overdue"], found["replicated"], found["replicating"],
        found["stored"] or 0, found["as_of"],
    )  # fmt: skip


def latest_failures(access: Access) -> list[tuple[Backup, Failure]]:
    """The last few of the week, each in plain words."""
    failed = Backup.objects.visible_to(access).filter(
        state=BackupState.FAILED, gone_at__isnull=True, created_at__gte=timezone.now() - FAILURES_OF
    )
    rows = failed.select_related("vm", "tenant").order_by("-created_at")[:MOST_FAILURES]
    return [(backup, explained(backup.error_code, backup.error_text)) for backup in rows]
