"""Who may give which role: nobody gives more than they have."""

from uuid import UUID

from sendense_portal.tenancy.access import Access
from sendense_portal.tenancy.roles import Action, ProviderRole, TenantRole, actions_of


def may_grant(access: Access, role: str, tenant_id: UUID | None) -> bool:
    """Whether this person may make somebody ``role`` of a customer (None: of the provider).

    Provider roles are the provider administrator's to give. Within a customer one may give a role all of
    whose actions one holds there; the provider's administrator, who answers for every customer, any.
    """
    if not access.can(Action.PERSON_EDIT, tenant_id):
        return False
    if tenant_id is None:
        return role in ProviderRole.values and access.provider_role == ProviderRole.ADMIN
    if role not in TenantRole.values:
        return False
    if access.provider_role == ProviderRole.ADMIN:
        return True
    return all(access.can(action, tenant_id) for action in actions_of(role))


def roles_to_give(access: Access, tenant_id: UUID | None) -> list[tuple[str, str]]:
    """Choices for a form, the most powerful first."""
    family = TenantRole if tenant_id else ProviderRole
    return [(role.value, str(role.label)) for role in family if may_grant(access, role.value, tenant_id)]
