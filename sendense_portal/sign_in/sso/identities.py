"""Which person of ours a customer's identity provider speaks of, if it may speak of them at all."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils import timezone

from sendense_portal.audit import log
from sendense_portal.audit.log import Actor
from sendense_portal.audit.models import Outcome
from sendense_portal.people import invitations
from sendense_portal.people.invitations import PersonRefused
from sendense_portal.people.models import Invitation
from sendense_portal.sign_in.models import SsoConnection, SsoIdentity
from sendense_portal.tenancy.models import Membership, User


class SsoRefused(Exception):
    """Nobody is let in; ``str()`` is for the customer's trail and tells nothing of other customers."""


def person_for(actor: Actor, connection: SsoConnection, claims: dict[str, Any]) -> User:
    """The person to sign in, made and put into the customer if that is how it is set up.

    A provider is believed about its own customer's people only. Somebody of the provider's staff, or of
    another customer too, has more to lose than this customer can vouch for. Raises SsoRefused.
    """
    email, subject = address_in(connection, claims), str(claims.get("sub") or "")
    if not subject:
        raise SsoRefused("it named no subject")
    try:
        with transaction.atomic():
            person = known(connection, subject, email) or invited(actor, connection, email)
            person = person or newcomer(actor, connection, email, claims)
            if not person.memberships.filter(tenant=connection.tenant_id).exists():
                join(actor, connection, person)
            SsoIdentity.objects.get_or_create(
                connection=connection, user=person, defaults={"subject": subject}
            )
    except (IntegrityError, ValidationError, PersonRefused) as error:
        raise SsoRefused("the account could not be made") from error
    linked = SsoIdentity.objects.filter(connection=connection, user=person, subject=subject)
    if not linked.exists():
        raise SsoRefused("the account belongs to another subject")
    return person


def address_in(connection: SsoConnection, claims: dict[str, Any]) -> str:
    """The verified address, of an allowed domain. Raises SsoRefused."""
    email = str(claims.get("email") or "").strip().lower()
    try:
        validate_email(email)
    except ValidationError:
        raise SsoRefused("it sent no e-mail address") from None
    is_verified = claims.get("email_verified", connection.vouches_for_addresses)
    if is_verified is not True:
        raise SsoRefused("the e-mail address is not verified")
    if email.rpartition("@")[2] not in connection.domains:
        raise SsoRefused("the e-mail address is of another domain")
    return email


def known(connection: SsoConnection, subject: str, email: str) -> User | None:
    """Somebody linked before, or with this address. Raises SsoRefused for who is not its alone."""
    identity = (
        SsoIdentity.objects.filter(connection=connection, subject=subject).select_related("user").first()
    )
    person = identity.user if identity else User.objects.filter(email=email).first()
    if person is None:
        return None
    is_elsewhere = person.memberships.exclude(tenant=connection.tenant_id).exists()
    if person.provider_role or person.is_service or is_elsewhere:
        raise SsoRefused("this address can’t sign in this way")
    return person


def open_invitation(connection: SsoConnection, email: str) -> Invitation | None:
    """One to this customer that waits."""
    return Invitation.objects.filter(
        tenant=connection.tenant_id,
        email=email,
        accepted_at=None,
        revoked_at=None,
        expires_at__gt=timezone.now(),
    ).first()


def invited(actor: Actor, connection: SsoConnection, email: str) -> User | None:
    """A new account for somebody who was invited; ``join`` takes the invitation up."""
    if open_invitation(connection, email) is None:
        return None
    return User.objects.create_user(email)


def newcomer(actor: Actor, connection: SsoConnection, email: str, claims: dict[str, Any]) -> User:
    """A new account, where the customer takes in whomever its provider vouches for. Raises SsoRefused."""
    if not connection.role:
        raise SsoRefused("nobody invited this person")
    return User.objects.create_user(email, name=str(claims.get("name") or "")[:120])


def join(actor: Actor, connection: SsoConnection, person: User) -> None:
    """Into the customer: as invited, or with the role for new people. Raises SsoRefused."""
    invitation = open_invitation(connection, person.email)
    if invitation is not None:
        invitations.accept(actor, invitation, person)
        return
    if not connection.role:
        raise SsoRefused("nobody invited this person")
    membership = Membership.objects.create(user=person, tenant=connection.tenant, role=connection.role)
    log.record(
        actor, "person.join", Outcome.OK, membership, person=str(person), role=membership.get_role_display()
    )
