"""Safety rules that one person alone may not loosen."""

import hashlib
import json

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from sendense_portal.approvals.models import ApprovalRequest
from sendense_portal.approvals.registry import Facts, Kind
from sendense_portal.approvals.services import DecisionRefused
from sendense_portal.audit.log import Actor
from sendense_portal.tenancy.models import Tenant
from sendense_portal.tenancy.policies import POLICY_FIELDS, PolicyRefused, change_policy, changes_of
from sendense_portal.tenancy.roles import Action


def tenant_of(request: ApprovalRequest) -> Tenant | None:
    """The customer as it is now."""
    return Tenant.objects.filter(pk=request.target_id).first()


def fingerprint(request: ApprovalRequest) -> str | None:
    """Of all its rules: what was approved is a step from just these."""
    tenant = tenant_of(request)
    if tenant is None:
        return None
    rules = {name: getattr(tenant, name) for name in POLICY_FIELDS}
    return hashlib.sha256(json.dumps(rules, sort_keys=True).encode()).hexdigest()


def facts(request: ApprovalRequest) -> Facts:
    """Each rule that becomes another."""
    tenant = tenant_of(request)
    changes = changes_of(tenant, request.parameters) if tenant else {}
    return [
        (
            str(Tenant._meta.get_field(name).verbose_name).capitalize(),  # type: ignore[union-attr]  # plain columns all
            f"{said(before)} → {said(after)}",
        )
        for name, (before, after) in changes.items()
    ]


def said(value: object) -> str:
    """A rule's value in words."""
    if isinstance(value, bool):
        return _("on") if value else _("off")
    return str(value or "–")


def execute(actor: Actor, request: ApprovalRequest) -> str:
    """Sets them. Raises DecisionRefused."""
    tenant = tenant_of(request)
    if tenant is None:
        raise DecisionRefused(_("The customer is no longer there."))
    if fingerprint(request) != request.fingerprint:
        raise DecisionRefused(_("What it is about has changed since it was asked for."))
    try:
        change_policy(actor, tenant, request.parameters, is_approved=True)
    except PolicyRefused as refusal:
        raise DecisionRefused(str(refusal)) from None
    return _("The safety rules were changed.")


POLICY_CHANGE = Kind(
    name="tenant.policy",
    action=Action.TENANT_POLICY,
    title=_lazy("Loosen safety rules"),
    fingerprint=fingerprint,
    execute=execute,
    facts=facts,
)
