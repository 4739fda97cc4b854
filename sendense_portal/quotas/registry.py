"""Who counts what is used of a quota: domains register it from ``apps.py``."""

from collections.abc import Callable, Iterable, Mapping
from uuid import UUID

from django.db.models import F

from sendense_portal.quotas.models import PER_DAY, DailyUse, QuotaKind, today

Measure = Callable[[Iterable[UUID]], Mapping[UUID, int]]
"""Ids of customers to what each uses, in as few queries as possible; one that uses nothing may be absent."""

measures: dict[QuotaKind, Measure] = {}


def measure(kind: QuotaKind, count: Measure) -> None:
    """Says how the use of a kind is counted."""
    measures[kind] = count


def used_by(kind: QuotaKind, tenants: Iterable[UUID]) -> Mapping[UUID, int]:
    """What each of the customers uses now."""
    tenants = list(tenants)
    return taken_today(kind, tenants) if kind in PER_DAY else measures[kind](tenants)


def taken_today(kind: QuotaKind, tenants: Iterable[UUID]) -> Mapping[UUID, int]:
    """For kinds by the day: what was taken since midnight UTC."""
    rows = DailyUse.objects.filter(tenant__in=tenants, kind=kind, day=today())
    return dict(rows.values_list("tenant_id", "amount"))


def take(tenant_id: UUID, kind: QuotaKind, amount: int) -> None:
    """Adds to what a customer has taken today."""
    use, _ = DailyUse.objects.get_or_create(tenant_id=tenant_id, kind=kind, day=today())
    DailyUse.objects.filter(pk=use.pk).update(amount=F("amount") + amount)


def give_back(tenant_id: UUID, kind: QuotaKind, day: str, amount: int) -> None:
    """Takes back what was reserved on a day and then not used."""
    uses = DailyUse.objects.filter(tenant_id=tenant_id, kind=kind, day=day, amount__gte=amount)
    uses.update(amount=F("amount") - amount)
