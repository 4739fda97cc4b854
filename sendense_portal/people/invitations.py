"""Inviting somebody, and their accepting it."""

import hashlib
import secrets
from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from sendense_portal.audit import log
from sendense_portal.audit.log import Actor
from sendense_portal.audit.models import Outcome
from sendense_portal.people import mails
from sendense_portal.people.models import Invitation
from sendense_portal.tenancy.models import Membership, Tenant, User

LASTS = timedelta(days=7)


class PersonRefused(Exception):
    """The portal said no; ``str()`` is the sentence to show."""


def invite(actor: Actor, email: str, role: str, tenant: Tenant | None) -> Invitation:
    """Mails somebody a link. An earlier one for the same place stops working. Raises PersonRefused."""
    email = email.strip().lower()
    known = User.objects.filter(email=email).first()
    if known and (known.is_service or belongs(known, tenant)):
        raise PersonRefused(_("%(email)s belongs here already.") % {"email": email})
    link = secrets.token_urlsafe(32)
    now = timezone.now()
    with transaction.atomic():
        waiting(email, tenant).update(revoked_at=now)
        invitation = Invitation.objects.create(
            email=email, tenant=tenant, role=role, digest=digest_of(link), expires_at=now + LASTS,
            invited_by=actor.user, invited_by_name=str(actor.user or actor.name),
        )  # fmt: skip
        log.record(actor, "person.invite", Outcome.OK, invitation, role=role)
    mails.send(
        email,
        "invitation",
        {"invitation": invitation, "link": mails.address(reverse("invitation_accept", args=[link]))},
    )
    return invitation


def again(actor: Actor, invitation: Invitation) -> Invitation:
    """The same with a new link; the old one stops working. Raises PersonRefused."""
    if invitation.accepted_at:
        raise PersonRefused(_("%(email)s has accepted it already.") % {"email": invitation.email})
    return invite(actor, invitation.email, invitation.role, invitation.tenant)


def revoke(actor: Actor, invitation: Invitation) -> None:
    """The link stops working. Raises PersonRefused when it was used."""
    changed = Invitation.objects.filter(pk=invitation.pk, accepted_at=None, revoked_at=None)
    if not changed.update(revoked_at=timezone.now()):
        raise PersonRefused(_("This invitation was accepted or withdrawn already."))
    log.record(actor, "person.uninvite", Outcome.OK, invitation)


def found(link: str) -> Invitation | None:
    """The invitation of a link that still works, for a customer that is open."""
    invitation = Invitation.objects.filter(digest=digest_of(link)).select_related("tenant").first()
    if invitation is None or not invitation.is_waiting:
        return None
    if invitation.tenant and invitation.tenant.state != Tenant.State.ACTIVE:
        return None
    return invitation


def accept(actor: Actor, invitation: Invitation, person: User) -> None:
    """Makes the person what the invitation says, once. Raises PersonRefused when it was used meanwhile."""
    with transaction.atomic():
        if (
            not waiting(invitation.email, invitation.tenant)
            .filter(pk=invitation.pk)
            .update(accepted_at=timezone.now())
        ):
            raise PersonRefused(_("This invitation was used or withdrawn meanwhile."))
        if invitation.tenant is None:
            person.provider_role = invitation.role
            person.save(update_fields=["provider_role"])
        else:
            Membership.objects.update_or_create(
                user=person, tenant=invitation.tenant, defaults={"role": invitation.role}
            )
        log.record(actor, "person.join", Outcome.OK, invitation, person=str(person), role=invitation.role)


def waiting(email: str, tenant: Tenant | None) -> QuerySet[Invitation]:
    """Invitations of one address to one place whose links work."""
    rows = Invitation.objects.filter(email=email, accepted_at=None, revoked_at=None)
    return rows.filter(tenant=tenant) if tenant else rows.filter(tenant__isnull=True)


def belongs(person: User, tenant: Tenant | None) -> bool:
    """Whether somebody is in a customer (None: with the provider) already."""
    if tenant is None:
        return bool(person.provider_role)
    return Membership.objects.filter(user=person, tenant=tenant).exists()


def digest_of(link: str) -> str:
    """What is kept of a link's secret part."""
    return hashlib.sha256(link.encode()).hexdigest()
