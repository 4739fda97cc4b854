"""Who counts what is used of a quota: domains register it from ``apps.py``."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from uuid import UUID

from django.db.models import F, QuerySet, Value

from sendense_portal.quotas.models import PER_DAY, DailyUse, QuotaKind, today

Measure = Callable[[Iterable[UUID]], QuerySet[Any]]
"""Ids of customers to rows of ``tenant`` and ``amount``; one that uses nothing may be absent."""

measures: dict[QuotaKind, Measure] = {}


def measure(kind: QuotaKind, count: Measure) -> None:
    """Says how the use of a kind is counted."""
    measures[kind] = count


def used_by(kind: QuotaKind, tenants: Iterable[UUID]) -> Mapping[UUID, int]:
    """What each of the customers uses now."""
    return used_of({kind: tenants}).get(kind, {})


def used_of(wanted: Mapping[QuotaKind, Iterable[UUID]]) -> dict[QuotaKind, dict[UUID, int]]:
    """The same of several kinds, each with customers of its own, in one query."""
    counted = [measured(kind, list(tenants)) for kind, tenants in wanted.items()]
    used: defaultdict[QuotaKind, dict[UUID, int]] = defaultdict(dict)
    if counted:
        for kind, tenant, amount in counted[0].union(*counted[1:], all=True):
            used[QuotaKind(kind)][tenant] = amount
    return dict(used)


def measured(kind: QuotaKind, tenants: Iterable[UUID]) -> QuerySet[Any]:
    """Triples of the kind, a customer, and what it uses."""
    rows = taken_today(kind, tenants) if kind in PER_DAY else measures[kind](tenants)
    triples: QuerySet[Any] = rows.annotate(kind_=Value(kind.value)).values_list("kind_", "tenant", "amount")
    return triples


def taken_today(kind: QuotaKind, tenants: Iterable[UUID]) -> QuerySet[Any]:
    """For kinds by the day: what was taken since midnight UTC."""
    return (
        DailyUse.objects.filter(tenant__in=tenants, kind=kind, day=today())
        .order_by()
        .values("tenant", "amount")
    )


def take(tenant_id: UUID, kind: QuotaKind, amount: int) -> None:
    """Adds to what a customer has taken today."""
    use, _ = DailyUse.objects.get_or_create(tenant_id=tenant_id, kind=kind, day=today())
    DailyUse.objects.filter(pk=use.pk).update(amount=F("amount") + amount)


def give_back(tenant_id: UUID, kind: QuotaKind, day: str, amount: int) -> None:
    """Takes back what was reserved on a day and then not used."""
    uses = DailyUse.objects.filter(tenant_id=tenant_id, kind=kind, day=day, amount__gte=amount)
    uses.update(amount=F("amount") - amount)
