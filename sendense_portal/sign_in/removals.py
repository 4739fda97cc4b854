"""Taking somebody's second factor away: who may, and with whom."""

from allauth.mfa.models import Authenticator
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from sendense_portal.approvals.models import ApprovalRequest
from sendense_portal.approvals.registry import Kind
from sendense_portal.approvals.services import DecisionRefused
from sendense_portal.audit.log import Actor
from sendense_portal.people.granting import may_grant
from sendense_portal.sign_in import second_factors
from sendense_portal.sign_in.second_factors import FactorRefused
from sendense_portal.tenancy.access import Access
from sendense_portal.tenancy.models import Membership, User
from sendense_portal.tenancy.roles import Action, ProviderRole


def refusal_for(access: Access, membership: Membership) -> str:
    """Why this reader may not take this person's second factor away; empty if they may.

    It guards every customer that the person is in. So of somebody who is in several, or on the provider's
    staff, only the provider takes it.
    """
    person = membership.user
    if person.pk == access.user.pk:
        return _("This is you: your own you remove on your security page.")
    others = person.memberships.exclude(tenant=membership.tenant_id)
    if guard := guarding(others):
        return _("%(customer)s wants two people for this.") % {"customer": guard.tenant}
    if access.provider_role == ProviderRole.ADMIN:
        return ""
    if not may_grant(access, membership.role, membership.tenant_id):
        return _("They may do more here than you may.")
    if person.provider_role or others.exists():
        return _("They don’t belong to you alone. Ask your provider.")
    return ""


def refusal_for_account(access: Access, person: User) -> str:
    """The same for whole accounts, which are the provider's to look after."""
    if person.pk == access.user.pk:
        return _("This is you: your own you remove on your security page.")
    if guard := guarding(person.memberships.all()):
        return _("%(customer)s wants two people for this: go by the person’s page there.") % {
            "customer": guard.tenant
        }
    return ""


def guarding(memberships: QuerySet[Membership]) -> Membership | None:
    """One in a customer that wants two people for this."""
    return memberships.filter(tenant__four_eyes_second_factor=True).select_related("tenant").first()


def fingerprint(request: ApprovalRequest) -> str | None:
    """Which factors the person has now; None when they are gone from the customer or have none."""
    membership = Membership.objects.filter(pk=request.target_id, tenant=request.tenant_id).first()
    if membership is None:
        return None
    keys = Authenticator.objects.filter(user=membership.user_id).order_by("pk").values_list("pk", flat=True)
    return f"{membership.user_id}:{','.join(map(str, keys))}" if keys else None


def execute(actor: Actor, request: ApprovalRequest) -> str:
    """In the approver's name."""
    membership = Membership.objects.select_related("user").get(pk=request.target_id, tenant=request.tenant_id)
    if actor.user is None or (reason := refusal_for(Access.of(actor.user), membership)):
        raise DecisionRefused(reason if actor.user else "")
    try:
        second_factors.remove_all(actor, membership.user, membership)
    except FactorRefused as refusal:
        raise DecisionRefused(str(refusal)) from None
    return _("%(person)s has no second factor any more and was signed out everywhere.") % {
        "person": membership.user
    }


SECOND_FACTOR_REMOVAL = Kind(
    name=Action.PERSON_SECOND_FACTOR,
    action=Action.PERSON_SECOND_FACTOR,
    title=_lazy("Removing a person’s second factor"),
    fingerprint=fingerprint,
    execute=execute,
)
