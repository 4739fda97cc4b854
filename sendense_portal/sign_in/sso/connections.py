"""Setting a customer's single sign-on up, and finding it by an address."""

from typing import Any

from django.db import transaction

from sendense_portal.audit import log
from sendense_portal.audit.log import Actor
from sendense_portal.audit.models import Outcome
from sendense_portal.people import services
from sendense_portal.sign_in.models import SsoConnection
from sendense_portal.tenancy.models import Tenant
from sendense_portal.tenancy.roles import Action

FIELDS = (
    "issuer", "client_id", "domains", "role", "vouches_for_addresses", "counts_as_second_factor", "enabled",
)  # fmt: skip


def save(actor: Actor, connection: SsoConnection, values: dict[str, Any], client_secret: str) -> None:
    """Writes what is new, with what it was before into the customer's trail.

    Another issuer is somebody else: links to people are forgotten. Switched off, or with another issuer,
    the sessions that it vouched for end.
    """
    with transaction.atomic():
        before = SsoConnection.objects.select_for_update().filter(pk=connection.pk).first()
        changes = {
            name: f"{said(getattr(before, name) if before else '')} → {said(values[name])}"
            for name in FIELDS
            if name in values and (before is None or getattr(before, name) != values[name])
        }
        for name in FIELDS:
            setattr(connection, name, values.get(name, getattr(connection, name)))
        if client_secret:
            connection.client_secret = client_secret
            changes["client_credential"] = "changed"
        connection.save()
        if changes:
            log.record(actor, Action.SSO_EDIT, Outcome.OK, connection, **changes)
        people = [one.user for one in connection.identities.select_related("user")]
        is_another = before is not None and before.issuer != connection.issuer
        if is_another:
            connection.identities.all().delete()
    if is_another or (before is not None and before.enabled and not connection.enabled):
        for person in people:
            services.end_sessions(actor, person)


def said(value: Any) -> str:
    """A value as the trail tells it."""
    return ", ".join(value) if isinstance(value, list) else str(value or "–")


def found_for(email: str) -> SsoConnection | None:
    """Where people with addresses of this domain sign in. Nothing is looked up but the domain, so the answer
    is the same whether anybody has the address."""
    domain = email.strip().lower().rpartition("@")[2]
    rows = SsoConnection.objects.filter(enabled=True, tenant__state=Tenant.State.ACTIVE)
    return next((row for row in rows.select_related("tenant") if domain in row.domains), None)


def taken_domains(domains: list[str], connection: SsoConnection) -> list[str]:
    """Those that another customer has already."""
    others = SsoConnection.objects.exclude(pk=connection.pk).values_list("domains", flat=True)
    taken = {domain for domains_of_one in others for domain in domains_of_one}
    return [domain for domain in domains if domain in taken]
