"""Who can be the second person.

Provider staff who hold the right count like the customer's own people, with one exception: of two people who
decide about a customer, one is the customer's own, as long as the customer has anybody who could be.
"""

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from sendense_portal.approvals.models import ApprovalRequest
from sendense_portal.approvals.registry import Kind, kind_of
from sendense_portal.audit.log import Actor
from sendense_portal.tenancy.access import Access
from sendense_portal.tenancy.models import Membership, User
from sendense_portal.tenancy.roles import Action, ProviderRole, TenantRole, role_may


def own_people(kind: Kind) -> QuerySet[Membership, Membership]:
    """Memberships of the people, of any customer, who may decide about it."""
    needed = (Action.APPROVAL_DECIDE, kind.action)
    roles = [role.value for role in TenantRole if all(role_may(role.value, action) for action in needed)]
    return Membership.objects.filter(
        role__in=roles, user__is_active=True, user__is_service=False, user__provider_role=""
    )


def possible_approvers(request: ApprovalRequest) -> list[str]:
    """Addresses of the customer's people who may decide it; where there are none, of the provider's."""
    kind = kind_of(request)
    members = own_people(kind).filter(tenant=request.tenant_id)
    if request.requester:
        members = members.exclude(user=request.requester)
    if found := list(members.values_list("user__email", flat=True)):
        return found
    needed = (Action.APPROVAL_DECIDE, kind.action)
    roles = [role.value for role in ProviderRole if all(role_may(role.value, action) for action in needed)]
    staff = User.objects.filter(provider_role__in=roles, is_active=True, is_service=False)
    if request.requester:
        staff = staff.exclude(pk=request.requester.pk)
    return list(staff.values_list("email", flat=True))


def refusal_for(actor: Actor, access: Access, request: ApprovalRequest) -> str | None:
    """Why this person can't decide it; None when they can."""
    if not request.is_waiting:
        return _("It is decided already, or its time is over.")
    if actor.user is None or request.requester_id == actor.user.pk:
        return _("You asked for it yourself: a second person has to decide.")
    if actor.user.is_service:
        return _("A program is no second person.")
    kind = kind_of(request)
    if not all(access.can(action, request.tenant_id) for action in (Action.APPROVAL_DECIDE, kind.action)):
        return _("Only who may do this themselves can decide it.")
    by_staff = request.requester is not None and request.requester.provider_role
    if by_staff and actor.user.provider_role and own_people(kind).filter(tenant=request.tenant_id).exists():
        return _("The provider asked for it: somebody of the customer has to decide.")
    return None
