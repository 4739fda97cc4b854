"""From an Authorization header to what its bearer may do."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from sendense_portal.tenancy.access import Access
from sendense_portal.tenancy.models import Tenant
from sendense_portal.tenancy.roles import Action
from sendense_portal.tokens.models import ApiToken
from sendense_portal.tokens.scopes import NEVER

START = "sdp"
SECRET_BYTES = 32
LONGEST_HEADER = 200
USE_NOTED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class Bearer:
    """Whoever holds a token: the token, and what it may do now."""

    token: ApiToken
    access: Access


def new_secret() -> tuple[str, str]:
    """A token's whole text, shown once, and the beginning by which it is found."""
    prefix = f"{START}_{secrets.token_hex(6)}"
    return f"{prefix}_{secrets.token_urlsafe(SECRET_BYTES)}", prefix


def digest_of(text: str) -> str:
    """What the database keeps of a token."""
    return hashlib.sha256(text.encode()).hexdigest()


def authenticate(header: str, address: str = "") -> Bearer | None:
    """The bearer of ``Bearer sdp_…``; None for anything that gives no rights now, whatever the reason.

    Looked up by the part that is no secret, compared in constant time.
    """
    scheme, _space, text = header.partition(" ")
    text = text.strip()
    if scheme.lower() != "bearer" or len(header) > LONGEST_HEADER or text.count("_") < 2:
        return None
    prefix = "_".join(text.split("_", 2)[:2])
    token = ApiToken.objects.select_related("owner", "tenant").filter(prefix=prefix).first()
    known = token.digest if token else digest_of("")
    if not hmac.compare_digest(known, digest_of(text)) or token is None:
        return None
    access = access_of(token) if token.is_valid_at(timezone.now()) else None
    if access is None:
        return None
    note_use(token, address)
    return Bearer(token, access)


def access_of(token: ApiToken) -> Access | None:
    """What the owner may now, cut down to the token's actions and customer; None if nothing is left."""
    access = Access.of(token.owner)
    if token.tenant:
        if token.tenant.state != Tenant.State.ACTIVE:
            return None
        access = access.narrowed_to(token.tenant.pk)
        if access.only != token.tenant.pk:
            return None
    if not access.provider_role and not access.tenant_roles:
        return None
    given = frozenset(Action(word) for word in token.actions if word in Action.values)
    return access.limited_to(given - NEVER)


def note_use(token: ApiToken, address: str) -> None:
    """Remembers when and from where, at most once a minute."""
    now = timezone.now()
    due = Q(last_used_at__isnull=True) | Q(last_used_at__lt=now - USE_NOTED_EVERY)
    rows = ApiToken.objects.filter(due, pk=token.pk)
    rows.update(last_used_at=now, last_used_address=address or None)
