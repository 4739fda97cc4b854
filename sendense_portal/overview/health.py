"""How each customer does, in a handful of grouped queries however many there are.

What is counted stands on the machines' own rows, which the mirror keeps: nothing here walks through backups.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Max, Q, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backups.models import OPEN_STATES, Backup
from sendense_portal.quotas.usage import Use, uses_of
from sendense_portal.tenancy.models import Tenant
from vms.models import VirtualMachine
from vms.objectives import overdue

HEALTHS = {
    "failing": _("With failures"),
    "overdue": _("Overdue"),
    "unprotected": _("With unprotected machines"),
    "fine": _("All in order"),
}


@dataclass(frozen=True)
class Health:
    """One customer. Machines are those that the hub still has; *overdue* have no point as new as it has to
    be, *failing* failed since their last point."""

    tenant: Tenant
    machines: int = 0
    protected: int = 0
    failing: int = 0
    overdue: int = 0
    running: int = 0
    stored_bytes: int = 0
    last_point_at: datetime | None = None

    @property
    def pk(self) -> UUID:
        """The customer's, for the table."""
        return self.tenant.pk

    @property
    def name(self) -> str:
        """The customer's, to sort by."""
        return self.tenant.name.lower()

    @property
    def state(self) -> str:
        """The customer's."""
        return self.tenant.state

    @property
    def unprotected(self) -> int:
        """Machines of which nothing could be restored."""
        return self.machines - self.protected

    @property
    def last_point_key(self) -> float:
        """To sort by: never is longest ago."""
        return self.last_point_at.timestamp() if self.last_point_at else 0.0

    def has(self, health: str) -> bool:
        """Whether it belongs under a word of ``HEALTHS``."""
        counts = {"failing": self.failing, "overdue": self.overdue, "unprotected": self.unprotected}
        return not any(counts.values()) if health == "fine" else bool(counts.get(health))


def health_of(tenants: QuerySet[Tenant]) -> list[Health]:
    """Every customer of the query, by name; three queries."""
    facts = by_tenant(facts_of_machines(tenants))
    running = by_tenant(
        Backup.objects.filter(tenant__in=tenants, state__in=OPEN_STATES, gone_at__isnull=True)
        .order_by()
        .values("tenant")
        .annotate(running=Count("pk"))
    )
    return [
        Health(tenant, **facts.get(tenant.pk, {}), **running.get(tenant.pk, {}))
        for tenant in tenants.order_by("name")
    ]


def facts_of_machines(tenants: QuerySet[Tenant]) -> Iterable[Mapping[str, Any]]:
    """The columns of ``Health`` that machines' rows tell, one row a customer that has any."""
    never = Q(last_restore_point_at__isnull=True)
    failed_since = Q(last_failed_at__isnull=False) & (
        never | Q(last_failed_at__gt=F("last_restore_point_at"))
    )
    machines = VirtualMachine.objects.filter(tenant__in=tenants, gone_at__isnull=True).order_by()
    return machines.values("tenant").annotate(
        machines=Count("pk"),
        protected=Count("pk", filter=Q(restore_point_count__gt=0)),
        failing=Count("pk", filter=failed_since),
        overdue=Count("pk", filter=overdue(timezone.now())),
        total_bytes=Sum("stored_bytes"),
        last_point_at=Max("last_restore_point_at"),
    )


def by_tenant(rows: Iterable[Mapping[str, Any]]) -> dict[UUID, dict[str, Any]]:
    """Grouped rows by customer; ``total_bytes`` becomes the field that it fills."""
    found: dict[UUID, dict[str, Any]] = {}
    for row in rows:
        facts = dict(row)
        if "total_bytes" in facts:
            facts["stored_bytes"] = facts.pop("total_bytes")
        found[facts.pop("tenant")] = facts
    return found


def nearest_quota(tenants: Iterable[UUID]) -> dict[UUID, Use]:
    """The quota of each customer of which the most is used; for the customers of one page."""
    return {
        tenant: max(uses, key=lambda use: use.percent) for tenant, uses in uses_of(tenants).items() if uses
    }
