"""The first page after signing in: how protected one is, what runs, what failed, and what to do next."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min, Q, Sum
from django.http import HttpResponse
from django.utils import timezone

from backups.counts import StateCounts, count_states
from backups.days import start_of
from backups.failures import Failure, explain
from backups.models import OPEN_STATES, Backup, BackupState
from backups.repositories import known_to
from sendense_portal.quotas.usage import customers_uses
from sendense_portal.tenancy.access import Access, require
from sendense_portal.tenancy.models import HubConnection
from sendense_portal.tenancy.requests import PortalRequest
from sendense_portal.tenancy.roles import Action
from sendense_portal.ui.pages import page
from vms.customers import no_vms_text
from vms.models import VirtualMachine

FAILURES_OF = timedelta(days=7)
MOST_FAILURES = 5
MOST_RUNNING = 10


@dataclass(frozen=True)
class VMNumbers:
    """How many VMs there are, how many can be restored, and what their points take up."""

    total: int
    protected: int
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


@dataclass(frozen=True)
class Storage:
    """All repositories of the provider together; a repository without figures is left out."""

    used: int
    total: int

    @property
    def percent(self) -> int:
        """Of the capacity, rounded."""
        return round(self.used / self.total * 100) if self.total else 0

    @property
    def tone(self) -> str:
        """Fills up: warning from 80 %, error from 92 %."""
        return "error" if self.percent >= 92 else "warning" if self.percent >= 80 else "info"


@require(Action.DASHBOARD_VIEW)
def dashboard(request: PortalRequest) -> HttpResponse:
    """Every number links to the rows behind it."""
    access = request.access
    backups = Backup.objects.visible_to(access).filter(gone_at__isnull=True)
    running = backups.filter(state__in=OPEN_STATES).select_related("vm", "tenant")
    context = {
        "vms": vm_numbers(access),
        "today": timezone.localdate(),
        "backups_today": backups_today(access),
        "storage": storage(access) if access.is_provider else None,
        "running": list(running.order_by("-created_at")[:MOST_RUNNING]),
        "failures": latest_failures(access),
        "no_vms_text": no_vms_text(access),
        "quotas": [] if access.is_provider else customers_uses(access),
        "hub_count": HubConnection.objects.visible_to(access).count() if access.is_provider else None,
    }
    return page(request, "dashboard/dashboard.html", context, part="live")


def vm_numbers(access: Access) -> VMNumbers:
    """One query over the VMs; the counts of points are kept on them."""
    vms = VirtualMachine.objects.visible_to(access).filter(gone_at__isnull=True)
    found = vms.aggregate(
        total=Count("pk"),
        protected=Count("pk", filter=Q(restore_point_count__gt=0)),
        stored=Sum("stored_bytes"),
        as_of=Min("hub__last_sync_at", filter=Q(hub__enabled=True)),
    )
    return VMNumbers(found["total"], found["protected"], found["stored"] or 0, found["as_of"])


def backups_today(access: Access) -> StateCounts:
    """Since midnight in the person's zone."""
    midnight = start_of(timezone.localdate())
    rows = Backup.objects.visible_to(access).filter(created_at__gte=midnight, gone_at__isnull=True)
    return count_states(rows)


def storage(access: Access) -> Storage:
    """Used and total of the repositories in use."""
    rows = known_to(access).filter(total_bytes__isnull=False, used_bytes__isnull=False)
    found = rows.aggregate(used=Sum("used_bytes"), total=Sum("total_bytes"))
    return Storage(found["used"] or 0, found["total"] or 0)


def latest_failures(access: Access) -> list[tuple[Backup, Failure]]:
    """The last few of the week, each in plain words."""
    failed = Backup.objects.visible_to(access).filter(
        state=BackupState.FAILED, gone_at__isnull=True, created_at__gte=timezone.now() - FAILURES_OF
    )
    rows = failed.select_related("vm", "tenant").order_by("-created_at")[:MOST_FAILURES]
    return [(backup, explain(backup)) for backup in rows]
