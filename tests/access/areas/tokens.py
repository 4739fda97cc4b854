"""API tokens (one's own) and service accounts (administrators'); the API knows no session."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from sendense_portal.tenancy.models import Membership, User
from sendense_portal.tenancy.roles import TenantRole
from sendense_portal.tokens.models import ApiToken, ServiceAccount
from tests.conftest import Cast

MATRIX = {
    ("GET", "tokens:token_list"): "ssf aaa aaa aaa",
    ("GET", "tokens:token_create"): "ssf aaa aaa aaa",
    ("POST", "tokens:token_create"): "ssf aaa aaa aaa",
    ("GET", "tokens:token_revoke"): "ssf nnn nna nnn",
    ("POST", "tokens:token_revoke"): "ssf nnn nna nnn",
    ("GET", "tokens:account_list"): "ssf aff ffa ffa",
    ("GET", "tokens:account_create"): "ssf aff ffa ffa",
    ("POST", "tokens:account_create"): "ssf aff ffa ffa",
    ("GET", "tokens:account_detail"): "ssn nnn nna nna",
    ("GET", "tokens:account_token"): "ssn nnn nna nna",
    ("POST", "tokens:account_token"): "ssn nnn nna nna",
    ("GET", "tokens:account_switch"): "ssn nnn nna nna",
    ("POST", "tokens:account_switch"): "ssn nnn nna nna",
    ("GET", "api_me"): "uuu uuu uuu uuu",
}


def keys(cast: Cast) -> dict[str, dict[str, Any]]:
    """A token of Acme's administrator, and a service account of Acme's."""
    ends = timezone.now() + timedelta(days=1)
    token = ApiToken.objects.create(
        owner=cast.acme_admin, name="report", prefix="sdp_report", actions=["vm.view"], expires_at=ends
    )
    robot = User.objects.create_user("robot@service.invalid", name="robot", is_service=True)
    Membership.objects.create(user=robot, tenant=cast.acme, role=TenantRole.OPERATOR)
    account = ServiceAccount.objects.create(user=robot, tenant=cast.acme, role=TenantRole.OPERATOR)
    of_account = {"pk": account.pk}
    return {
        "tokens:token_revoke": {"pk": token.pk},
        "tokens:account_detail": of_account,
        "tokens:account_token": of_account,
        "tokens:account_switch": of_account,
    }
