"""How much of its quotas a customer uses, for people to see before a limit bites."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.utils.formats import number_format

from sendense_portal.quotas.models import IN_BYTES, Quota, QuotaKind
from sendense_portal.quotas.registry import used_of
from sendense_portal.tenancy.access import Access
from sendense_portal.tenancy.models import Tenant
from sendense_portal.tenancy.roles import Action
from sendense_portal.ui.templatetags.ui import bytes_filter

NEAR = 80
"""Per cent from which a bar warns."""


@dataclass(frozen=True)
class Use:
    """One quota with what is used of it."""

    kind: QuotaKind
    used: int
    limit: int
    is_hard: bool

    @property
    def label(self) -> str:
        return str(self.kind.label)

    @property
    def percent(self) -> int:
        """Rounded down, so that 100 means that nothing is left; a limit of nothing is always reached."""
        return self.used * 100 // self.limit if self.limit else 100

    @property
    def shown_percent(self) -> int:
        """What fits on a bar."""
        return min(self.percent, 100)

    @property
    def is_near(self) -> bool:
        """Worth a word before something is started."""
        return self.percent >= NEAR

    @property
    def is_reached(self) -> bool:
        """Nothing is left of it."""
        return self.used >= self.limit

    @property
    def tone(self) -> str:
        """As the bar is coloured."""
        return "error" if self.is_reached else "warning" if self.is_near else "info"

    @property
    def used_text(self) -> str:
        return amount_text(self.kind, self.used)

    @property
    def limit_text(self) -> str:
        return amount_text(self.kind, self.limit)


def amount_text(kind: QuotaKind, amount: int) -> str:
    """An amount as people say it: ``500.0 GiB`` or ``1,200``."""
    return bytes_filter(amount) if kind in IN_BYTES else number_format(amount, use_l10n=True)


def uses_of(tenants: Iterable[UUID], kinds: Iterable[QuotaKind] = QuotaKind) -> dict[UUID, list[Use]]:
    """By customer, in the order of the kinds; one without quotas is absent. Two queries, however many
    customers."""
    quotas = Quota.objects.filter(tenant__in=tenants, kind__in=[*kinds])
    return {tenant.pk: uses for tenant, uses in uses_by_tenant(quotas.select_related("tenant"))}


def uses_by_tenant(quotas: Iterable[Quota]) -> list[tuple[Tenant, list[Use]]]:
    """Of these quotas, in the order of their customers and of the kinds; one query."""
    by_kind: defaultdict[QuotaKind, list[Quota]] = defaultdict(list)
    uses: dict[Tenant, list[Use]] = {}
    for quota in quotas:
        by_kind[QuotaKind(quota.kind)].append(quota)
        uses[quota.tenant] = []
    used = used_of({kind: [quota.tenant_id for quota in of_kind] for kind, of_kind in by_kind.items()})
    for kind in QuotaKind:
        for quota in by_kind.get(kind, []):
            amount = used.get(kind, {}).get(quota.tenant_id, 0)
            uses[quota.tenant].append(Use(kind, amount, quota.limit, quota.is_hard))
    return list(uses.items())


def near_limits(tenant_id: UUID | None, *kinds: QuotaKind) -> list[Use]:
    """For a dialog that starts something: the quotas of which little or nothing is left."""
    if tenant_id is None:
        return []
    return [use for use in uses_of([tenant_id], kinds).get(tenant_id, []) if use.is_near]


def customers_uses(access: Access) -> list[tuple[Tenant, list[Use]]]:
    """The customers of a person with their bars; for people with few customers, not for the provider."""
    mine = access.tenants_with(Action.QUOTA_VIEW) or []
    tenants = list(Tenant.objects.filter(pk__in=mine))
    uses = uses_of([tenant.pk for tenant in tenants])
    return [(tenant, uses.get(tenant.pk, [])) for tenant in tenants]


def limited_uses(access: Access) -> list[tuple[Tenant, list[Use]]]:
    """The same without customers that have no quota, by name; two queries."""
    mine = access.tenants_with(Action.QUOTA_VIEW) or []
    quotas = Quota.objects.filter(tenant__in=mine).select_related("tenant")
    return uses_by_tenant(quotas.order_by("tenant__name"))


def section_of(access: Access, tenant: Tenant) -> dict[str, list[Use]] | None:
    """The part of a customer's page about its quotas."""
    if not access.can(Action.QUOTA_VIEW, tenant.pk):
        return None
    return {"uses": uses_of([tenant.pk]).get(tenant.pk, [])}
