"""Seeing one customer only: a person with several chooses, staff look in."""

from uuid import UUID

from django.utils.translation import gettext_lazy as _

from sendense_portal.audit import log
from sendense_portal.audit.log import Actor
from sendense_portal.audit.models import Outcome
from sendense_portal.tenancy.access import CHOSEN, Access
from sendense_portal.tenancy.models import Tenant
from sendense_portal.tenancy.requests import PortalRequest

LOOK_IN, LOOK_OUT = "tenant.look_in", "tenant.look_out"
NOT_YOURS = _("This is not one of your customers.")


def choose(request: PortalRequest, tenant: Tenant | None) -> bool:
    """Narrows the session to a customer that this person may see; False when it is none of theirs. Staff
    who look in are in that customer's trail."""
    whole = Access.of(request.user)
    if tenant is None or not (whole.is_provider or tenant.pk in whole.tenant_roles):
        return False
    clear(request)
    request.session[CHOSEN] = str(tenant.pk)
    if whole.is_provider:
        log.record(Actor.of(request), LOOK_IN, Outcome.OK, tenant)
    return True


def clear(request: PortalRequest) -> None:
    """Sees all of one's own again."""
    before = request.session.pop(CHOSEN, None)
    if before and Access.of(request.user).is_provider:
        tenant = Tenant.objects.filter(pk=UUID(before)).first()
        if tenant:
            log.record(Actor.of(request), LOOK_OUT, Outcome.OK, tenant)
