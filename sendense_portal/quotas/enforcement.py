"""The one place where a quota says no, whatever is started and from wherever.

``allowance`` is one transaction: it locks the customer's quota rows (on SQLite the IMMEDIATE transaction is
that lock), counts, and lets its body make the very row that counts. So of fifty starts at once exactly as
many get through as are left.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from uuid import UUID

from django.db import models, transaction
from django.utils.translation import gettext as _

from sendense_portal.audit import log
from sendense_portal.audit.log import Actor
from sendense_portal.audit.models import Outcome
from sendense_portal.quotas.models import PER_DAY, Quota, QuotaKind
from sendense_portal.quotas.registry import take, used_by
from sendense_portal.quotas.usage import Use, amount_text
from sendense_portal.tenancy.models import Tenant

EXCEEDED = "quota.exceeded"
"""What the trail calls it when a soft quota let something through."""


class QuotaReached(Exception):
    """A hard quota leaves no room; ``str()`` is the sentence to show."""

    def __init__(self, use: Use) -> None:
        self.use = use
        super().__init__(refusal_of(use))


@contextmanager
def allowance(
    actor: Actor,
    action: str,
    target: models.Model,
    tenant_id: UUID | None,
    wanted: Mapping[QuotaKind, int],
    **facts: str | int | None,
) -> Iterator[list[str]]:
    """A transaction in which so much more of each kind may come to be.

    Gives the warnings of soft quotas, for the caller to show. Raises QuotaReached before the body runs; the
    trail has that refusal, about ``target`` and with ``facts``. Without a customer nothing is limited.
    """
    exceeded: list[Use] = []
    try:
        with transaction.atomic():
            exceeded += reserve(tenant_id, wanted) if tenant_id else []
            yield [warning_of(use) for use in exceeded]
    except QuotaReached as reached:
        said = {"quota": reached.use.label, "reason": str(reached)}
        log.record(actor, action, Outcome.REFUSED, target, **facts, **said)
        raise
    if tenant_id and exceeded:
        note_exceeded(actor, tenant_id, exceeded)


def reserve(tenant_id: UUID, wanted: Mapping[QuotaKind, int]) -> list[Use]:
    """Checks within the caller's transaction, before the row that counts is made there. Kinds by the day
    are taken at once. Returns the soft quotas that this goes beyond; raises QuotaReached."""
    quotas = Quota.objects.select_for_update().filter(tenant=tenant_id, kind__in=[*wanted])
    exceeded: list[Use] = []
    # In one order for everybody, so that two who want the same kinds never wait for each other.
    for quota in quotas.order_by("kind"):
        kind = QuotaKind(quota.kind)
        use = Use(kind, used_by(kind, [tenant_id]).get(tenant_id, 0), quota.limit, quota.is_hard)
        if use.used + wanted[kind] <= use.limit:
            continue
        if use.is_hard:
            raise QuotaReached(use)
        exceeded.append(use)
    for kind in PER_DAY & wanted.keys():
        take(tenant_id, kind, wanted[kind])
    return exceeded


def note_exceeded(actor: Actor, tenant_id: UUID, exceeded: list[Use]) -> None:
    """Has the trail say which soft quotas somebody went beyond."""
    tenant = Tenant.objects.get(pk=tenant_id)
    for use in exceeded:
        facts = {"quota": use.label, "used": use.used_text, "limit": use.limit_text}
        log.record(actor, EXCEEDED, Outcome.OK, tenant, **facts)


def refusal_of(use: Use) -> str:
    """What the limit is, what is used of it, and who can raise it."""
    return _(
        "The quota is reached: %(what)s, %(used)s of %(limit)s used. An administrator of the provider can "
        "raise it."
    ) % {"what": use.label.lower(), "used": use.used_text, "limit": amount_text(use.kind, use.limit)}


def warning_of(use: Use) -> str:
    """The same for a soft quota, which only warns."""
    return _("This goes beyond your quota: %(what)s, %(used)s of %(limit)s were used before it.") % {
        "what": use.label.lower(),
        "used": use.used_text,
        "limit": use.limit_text,
    }
