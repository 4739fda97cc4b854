"""Making and ending tokens and service accounts. Nobody gives more than they have."""

from collections.abc import Iterable
from datetime import timedelta
from uuid import uuid4

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from sendense_portal.audit import log
from sendense_portal.audit.log import Actor
from sendense_portal.tenancy.access import Access
from sendense_portal.tenancy.models import Membership, Tenant, User
from sendense_portal.tenancy.roles import Action, ProviderRole
from sendense_portal.tokens.authentication import digest_of, new_secret
from sendense_portal.tokens.models import LONGEST_LIFE, ApiToken, ServiceAccount
from sendense_portal.tokens.scopes import grantable, roles_within

NOBODY = "service.invalid"
"""The domain of service accounts' addresses; no mail is ever delivered there (RFC 2606)."""


class TokenRefused(Exception):
    """Not made; ``str()`` is the sentence to show."""


def make_token(
    actor: Actor,
    access: Access,
    *,
    name: str,
    actions: Iterable[Action],
    lifetime: timedelta,
    tenant: Tenant | None = None,
    account: ServiceAccount | None = None,
) -> tuple[ApiToken, str]:
    """A token of one's own, or of a service account that one manages, and its text, which is never seen
    again. Raises TokenRefused when it would be given more than its maker has."""
    owner = account.user if account else access.user
    tenant = account.tenant if account else tenant or only_customer(access)
    wanted = list(dict.fromkeys(actions))
    if not wanted or not set(wanted) <= set(grantable(access, tenant.pk if tenant else None)):
        raise TokenRefused(_("A token needs at least one right, and can get none that you do not have."))
    if not timedelta(0) < lifetime <= LONGEST_LIFE:
        raise TokenRefused(_("A token ends after a year at the latest."))
    text, prefix = new_secret()
    token = ApiToken(
        owner=owner,
        name=name,
        prefix=prefix,
        digest=digest_of(text),
        actions=[action.value for action in wanted],
        tenant=tenant,
        expires_at=timezone.now() + lifetime,
    )
    facts = {"owner": str(owner), "may": ", ".join(token.actions), "until": f"{token.expires_at:%Y-%m-%d}"}
    with log.attempt(actor, "token.create", token, **facts):
        token.save()
    return token, text


def only_customer(access: Access) -> Tenant | None:
    """Of a person with one customer: their tokens are that customer's, and in its trail."""
    if access.provider_role or len(access.tenant_roles) != 1:
        return None
    return Tenant.objects.get(pk=next(iter(access.tenant_roles)))


def revoke(actor: Actor, token: ApiToken) -> None:
    """Ends a token at once; ending it again changes nothing."""
    if token.revoked_at:
        return
    with log.attempt(actor, "token.revoke", token, owner=str(token.owner)):
        token.revoked_at = timezone.now()
        token.save(update_fields=["revoked_at"])


def make_account(
    actor: Actor, access: Access, *, name: str, tenant: Tenant | None, role: str
) -> ServiceAccount:
    """An account for a program. Raises TokenRefused when its role holds what its maker does not."""
    if role not in roles_within(access, tenant.pk if tenant else None):
        raise TokenRefused(_("You can’t give a role that may do more than you."))
    user = User(email=f"{uuid4()}@{NOBODY}", name=name, is_service=True)
    user.set_unusable_password()
    if tenant is None:
        user.provider_role = ProviderRole(role).value
    account = ServiceAccount(user=user, tenant=tenant, role=role, created_by=access.user)
    with log.attempt(actor, "service_account.create", account, role=role), transaction.atomic():
        user.save()
        account.save()
        if tenant:
            Membership.objects.create(user=user, tenant=tenant, role=role)
    return account


def switch_account(actor: Actor, access: Access, account: ServiceAccount, *, on: bool) -> None:
    """Switches an account on or off; its tokens follow at once. Raises TokenRefused: switching on gives
    rights, so the rule of making it holds."""
    if on and account.role not in roles_within(access, account.tenant_id):
        raise TokenRefused(_("You can’t switch on what may do more than you."))
    action = "service_account.enable" if on else "service_account.disable"
    with log.attempt(actor, action, account):
        account.user.is_active = on
        account.user.save(update_fields=["is_active"])
