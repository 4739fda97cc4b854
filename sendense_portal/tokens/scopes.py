"""What a token may be given, and what nobody can hand to one."""

from uuid import UUID

from sendense_portal.tenancy.access import Access
from sendense_portal.tenancy.roles import Action, ProviderRole, TenantRole, actions_of

NEVER = frozenset({
    Action.TOKEN_EDIT,
    Action.SERVICE_ACCOUNT_EDIT,
    Action.PERSON_SECOND_FACTOR,
    Action.SSO_EDIT,
    Action.APPROVAL_DECIDE,
    Action.CONSENT_EDIT,
    Action.VISIT_OPEN,
    Action.PROFILE_EDIT,
})  # fmt: skip
"""What asks for a person: a token that makes tokens would outlive its revocation, one that sets up single
sign-on could let anybody in, and a second pair of eyes is a pair of eyes."""


def grantable(access: Access, tenant_id: UUID | None = None) -> list[Action]:
    """What one may put into a token, in the order of the roles' table; of one customer, or anywhere."""
    may = access.can_somewhere if tenant_id is None else lambda action: access.can(action, tenant_id)
    return [action for action in Action if action not in NEVER and may(action)]


def roles_within(access: Access, tenant_id: UUID | None) -> list[TenantRole | ProviderRole]:
    """The roles that hold nothing that the maker does not hold there."""
    roles: list[TenantRole | ProviderRole] = [*TenantRole] if tenant_id else [*ProviderRole]
    return [role for role in roles if all(access.can(action, tenant_id) for action in actions_of(role.value))]
