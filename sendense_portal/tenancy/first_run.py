"""The one-time link that makes the first administrator. There is no default account.

The link is signed with SECRET_KEY, lasts a day and is void as soon as an administrator exists.
"""

from django.core import signing
from django.urls import reverse

from sendense_portal.tenancy.models import User
from sendense_portal.tenancy.roles import ProviderRole

SALT = "first-run"
LASTS = 24 * 3600


def is_needed() -> bool:
    """Whether nobody administers this portal yet."""
    return not User.objects.filter(provider_role=ProviderRole.ADMIN, is_active=True).exists()


def link_path() -> str:
    """The path of a fresh link."""
    return reverse("first_run", args=[signing.dumps("administrator", salt=SALT)])


def is_valid(token: str) -> bool:
    """Whether a link's token is ours, not too old, and still needed."""
    try:
        signing.loads(token, salt=SALT, max_age=LASTS)
    except signing.BadSignature:
        return False
    return is_needed()
