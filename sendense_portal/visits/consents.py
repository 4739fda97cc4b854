"""Whether the provider's people may see a customer's files now, and the customer's say in it."""

from datetime import timedelta
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone

from sendense_portal.audit import log
from sendense_portal.audit.log import Actor
from sendense_portal.audit.models import Outcome
from sendense_portal.tenancy.access import Access
from sendense_portal.tenancy.models import Tenant
from sendense_portal.tenancy.requests import PortalRequest
from sendense_portal.tenancy.roles import Action
from sendense_portal.ui.pages import page
from sendense_portal.visits.models import Consent

OF_FILES = frozenset({Action.FOLDER_LIST, Action.FILE_DOWNLOAD})
"""Names and contents; everything else of a customer the provider sees as it must to do its work."""


def live_consents(tenant_id: UUID) -> "list[Consent]":
    """Those that count now."""
    now = timezone.now()
    return list(Consent.objects.filter(tenant=tenant_id, withdrawn_at=None, until__gt=now))


def is_missing(access: Access, tenant_id: UUID | None) -> bool:
    """Whether this is somebody of the provider before the files of a customer who wants to be asked first."""
    if tenant_id is None or not access.is_staff:
        return False
    asks = Tenant.objects.filter(pk=tenant_id, consent_required=True).exists()
    return asks and not live_consents(tenant_id)


def ask_first(request: PortalRequest, action: Action, tenant_id: UUID | None) -> HttpResponse | None:
    """The access condition (``access.add_condition``): a page that says whom to ask, or None."""
    if action in OF_FILES and is_missing(request.access, tenant_id):
        return refused(request, action)
    return None


def refused(request: PortalRequest, action: Action) -> HttpResponse:
    """What staff without consent read; the customer's trail has that they tried."""
    target = getattr(request, "target", None)
    log.refused(request, action, target)
    return page(
        request, "visits/consent_missing.html", {"tenant": getattr(target, "tenant", None)}, status=403
    )


def give(actor: Actor, tenant: Tenant, hours: int) -> Consent:
    """Lets the provider's people in for so many hours."""
    consent = Consent.objects.create(
        tenant=tenant,
        given_by=actor.user,
        given_by_name=str(actor.user or actor.name),
        until=timezone.now() + timedelta(hours=hours),
    )
    log.record(actor, "consent.give", Outcome.OK, tenant, hours=hours)
    return consent


def withdraw(actor: Actor, consent: Consent) -> None:
    """Ends it at once; what was downloaded meanwhile stays taken."""
    if Consent.objects.filter(pk=consent.pk, withdrawn_at=None).update(withdrawn_at=timezone.now()):
        log.record(actor, "consent.withdraw", Outcome.OK, consent.tenant)
