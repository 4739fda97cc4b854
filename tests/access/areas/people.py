"""People, invitations, roles, sessions and switching."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from sendense_portal.people.models import Invitation
from sendense_portal.tenancy.models import Membership
from tests.conftest import Cast

MATRIX = {
    ("GET", "people:person_list"): "ssf afa ffa aaa",
    ("GET", "people:person_invite"): "ssf aff ffa ffa",
    ("POST", "people:person_invite"): "ssf aff ffa ffa",
    ("POST", "people:invitation_again"): "ssn nnf nna ffa",
    ("POST", "people:invitation_revoke"): "ssn nnf nna ffa",
    ("GET", "people:member_detail"): "ssn nna nna aaa",
    ("POST", "people:member_role"): "ssn nnf nna ffa",
    ("GET", "people:member_remove"): "ssn nnf nna ffa",
    ("POST", "people:member_remove"): "ssn nnf nna nnn",
    ("POST", "people:member_password"): "ssn nnf nna ffa",
    ("GET", "people:account_detail"): "ssn nnn nnn aaa",
    ("POST", "people:account_role"): "ssn nnn nnn ffa",
    ("GET", "people:account_switch"): "ssn nnn nnn ffa",
    ("POST", "people:account_switch"): "ssn nnn nnn ffa",
    ("POST", "people:account_sessions"): "ssn nnn nnn ffa",
    ("POST", "people:account_password"): "ssn nnn nnn ffa",
    ("GET", "people:role_list"): "ssf aaa aaa aaa",
    ("GET", "people:customer_switch"): "ssf aaa aaa aaa",
    ("POST", "people:customer_switch"): "ssf aaa aaa aaa",
    ("GET", "people:session_list"): "ssf aaa aaa aaa",
    ("POST", "people:sessions_end_others"): "ssf aaa aaa aaa",
    ("POST", "people:session_end"): "ssf nnn nnn nnn",
    ("GET", "invitation_accept"): "nnn nnn nnn nnn",
    ("GET", "password_forgotten"): "aaa aaa aaa aaa",
    ("GET", "password_set"): "nnn nnn nnn nnn",
}


def keys(cast: Cast) -> dict[str, dict[str, Any]]:
    """Acme's viewer, and an invitation of Acme's."""
    member = {"pk": Membership.objects.get(user=cast.acme_viewer).pk}
    account = {"pk": cast.acme_viewer.pk}
    invitation = {
        "pk": Invitation.objects.create(
            email="new@acme.test", tenant=cast.acme, role="viewer", digest="0" * 64,
            invited_by_name="Acme", expires_at=timezone.now() + timedelta(days=1),
        ).pk
    }  # fmt: skip
    return {
        "people:invitation_again": invitation, "people:invitation_revoke": invitation,
        "people:member_detail": member, "people:member_role": member, "people:member_remove": member,
        "people:member_password": member, "people:account_detail": account, "people:account_role": account,
        "people:account_switch": account, "people:account_sessions": account,
        "people:account_password": account, "people:session_end": {"pk": 2**40},
        "invitation_accept": {"link": "nonsense"}, "password_set": {"uid": "eA", "token": "x-y"},
    }  # fmt: skip
