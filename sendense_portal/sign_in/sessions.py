"""What a session remembers of how it began: when one last proved who one is, and who vouched for it."""

import time
from dataclasses import replace
from typing import Any
from uuid import UUID

from sendense_portal.sign_in.models import SsoConnection
from sendense_portal.tenancy.access import Access
from sendense_portal.tenancy.models import User

PROVED = "proved_at"
PENDING = "sso_pending"
"""The connection of a sign-in that still waits for a second factor."""
TIED = "sso"
"""The connection that vouched for this session."""


def note_proof(session: Any) -> None:
    """Somebody has just shown who they are."""
    session[PROVED] = time.time()


def proved_within(session: Any, seconds: float) -> bool:
    """Whether that was so recently; clocks set back count as long ago."""
    at = session.get(PROVED, 0) if session is not None else 0
    return bool(0 <= time.time() - float(at) <= seconds)


def connection_of(session: Any) -> UUID | None:
    """Whose single sign-on a session comes from."""
    key = session.get(TIED) if session is not None else None
    return UUID(key) if key else None


def tied_to_customer(access: Access, session: Any) -> Access:
    """The access limit (``access.add_limit``): a customer's identity provider is believed about that
    customer alone, so a session that it vouched for has rights there and nowhere else."""
    connection = connection_of(session)
    if connection is None:
        return access
    tenant_id = SsoConnection.objects.filter(pk=connection, enabled=True).values_list("tenant_id", flat=True)
    roles = {pk: role for pk, role in access.tenant_roles.items() if pk in set(tenant_id)}
    return replace(access, provider_role="", tenant_roles=roles)


def is_outgrown(user: User, session: Any) -> bool:
    """Whether the customer that vouched for a session is no longer the only one with a say about the person.

    Such a session goes on in that customer, and changes nothing of what opens the person's other doors.
    """
    connection = connection_of(session)
    if connection is None:
        return False
    own = SsoConnection.objects.filter(pk=connection).values("tenant_id")
    return bool(user.provider_role) or user.memberships.exclude(tenant__in=own).exists()
