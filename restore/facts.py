"""What a customer's page says of restoring: how many of its machines were proven, and where that failed."""

from datetime import timedelta
from typing import Any

from django.db.models import Count, OuterRef, Q, Subquery
from django.utils import timezone

from restore.models import RestoreProof
from sendense_portal.tenancy.access import Access
from sendense_portal.tenancy.models import Tenant
from vms.models import VirtualMachine

RECENT = timedelta(days=7)
SHOWN = 5
State = RestoreProof.State


def proofs_of(access: Access, tenant: Tenant) -> dict[str, Any]:
    """Machines with restore points, those proven of late, and those where the last proof failed; one query,
    and another where something failed."""
    last = RestoreProof.objects.filter(vm=OuterRef("pk"), state__in=[State.PASSED, State.FAILED])
    last = last.order_by("-asked_at")[:1]
    machines = VirtualMachine.objects.visible_to(access).filter(tenant=tenant, gone_at__isnull=True)
    judged = machines.annotate(
        last_proof=Subquery(last.values("pk")),
        last_state=Subquery(last.values("state")),
        last_end=Subquery(last.values("ended_at")),
    )
    failed = Q(last_state=State.FAILED)
    facts: dict[str, Any] = judged.aggregate(
        machines=Count("pk", filter=Q(restore_point_count__gt=0)),
        proven=Count("pk", filter=Q(last_state=State.PASSED, last_end__gt=timezone.now() - RECENT)),
        failed_count=Count("pk", filter=failed),
    )
    rows = judged.filter(failed).order_by("name") if facts["failed_count"] else machines.none()
    return facts | {"failed": list(rows[:SHOWN])}
