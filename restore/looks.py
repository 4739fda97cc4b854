"""Why the provider's staff look through the names of a customer's files, asked once an hour and customer."""

import time
from typing import Any
from uuid import UUID

from restore.models import CatalogueOwner
from restore.reasons import must_say_why
from sendense_portal.audit import log
from sendense_portal.audit.log import Actor
from sendense_portal.audit.models import Outcome
from sendense_portal.tenancy.access import Access
from sendense_portal.tenancy.requests import PortalRequest

LOOKED = "looked"
"""Where the session keeps when a reason was given, by customer."""
GOOD_FOR = 3600
"""Seconds."""
NAMES_SEEN = "catalogue.open"


def must_ask(access: Access, session: Any, tenant_id: UUID | None) -> bool:
    """Whether a reason is wanted first."""
    if not must_say_why(access, tenant_id):
        return False
    since: float = session.get(LOOKED, {}).get(str(tenant_id), 0)
    return not 0 <= time.time() - since < GOOD_FOR


def begin(request: PortalRequest, owner: CatalogueOwner, reason: str) -> None:
    """Lets this session look, and writes the reason into the customer's trail."""
    log.record(Actor.of(request), NAMES_SEEN, Outcome.OK, owner, reason=reason)
    request.session[LOOKED] = request.session.get(LOOKED, {}) | {str(owner.tenant_id): time.time()}
