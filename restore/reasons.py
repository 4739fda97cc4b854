"""Why the provider's staff look into a customer's files."""

from uuid import UUID

from restore.models import Mount
from sendense_portal.tenancy.access import Access


def has_said_why(access: Access, mount: Mount) -> bool:
    """Whether this person may look into a mount that is open already: provider staff give a reason for
    each (docs/architecture.md, Access)."""
    if not must_say_why(access, mount.tenant_id):
        return True
    return mount.uses.filter(person=access.user).exclude(reason="").exists()


def must_say_why(access: Access, tenant_id: UUID | None) -> bool:
    """Whether this is provider staff before a customer's files."""
    return access.is_staff and tenant_id is not None
