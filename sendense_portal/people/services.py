"""Changing what people may do: roles, removal, switching off, new passwords, ended sessions.

Each change counts at the next request and within seconds for open sockets: rights are read afresh.
"""

from allauth.usersessions.models import UserSession
from django.contrib.auth.tokens import default_token_generator
from django.db import transaction
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext as _

from sendense_portal.audit import log
from sendense_portal.audit.log import Actor
from sendense_portal.audit.models import Outcome
from sendense_portal.people import mails
from sendense_portal.people.invitations import PersonRefused
from sendense_portal.tenancy.models import Membership, Tenant, User
from sendense_portal.tenancy.roles import ProviderRole, TenantRole


def change_role(actor: Actor, membership: Membership, role: str) -> None:
    """Gives a person of a customer another role. Raises PersonRefused for one's own."""
    refuse_oneself(actor, membership.user)
    before = membership.role
    with transaction.atomic():
        membership.role = role
        membership.save(update_fields=["role"])
        log.record(
            actor, "person.role", Outcome.OK, membership, **names(membership, before=before, role=role)
        )


def remove(actor: Actor, membership: Membership) -> None:
    """Takes a person out of a customer. Raises PersonRefused for oneself."""
    refuse_oneself(actor, membership.user)
    with transaction.atomic():
        log.record(actor, "person.remove", Outcome.OK, membership, **names(membership, role=membership.role))
        membership.delete()


def change_provider_role(actor: Actor, person: User, role: str) -> None:
    """Gives staff another role, or none. Raises PersonRefused for oneself and the last administrator."""
    refuse_oneself(actor, person)
    with transaction.atomic():
        person = User.objects.select_for_update().get(pk=person.pk)
        if role != ProviderRole.ADMIN:
            refuse_last_administrator(person)
        before, person.provider_role = person.provider_role, role
        person.save(update_fields=["provider_role"])
        log.record(actor, "person.role", Outcome.OK, person, person=str(person), before=before, role=role)


def switch(actor: Actor, person: User, *, on: bool) -> None:
    """Lets a person sign in, or no longer: their sessions end at once. Raises PersonRefused."""
    refuse_oneself(actor, person)
    with transaction.atomic():
        person = User.objects.select_for_update().get(pk=person.pk)
        if not on:
            refuse_last_administrator(person)
        person.is_active = on
        person.save(update_fields=["is_active"])
        log.record(actor, "person.switch_on" if on else "person.switch_off", Outcome.OK, person)
    if not on:
        end_sessions(actor, person)


def end_sessions(actor: Actor, person: User, *, but: str = "") -> int:
    """Signs a person out everywhere except in the session ``but``; gives how many sessions ended."""
    sessions = list(UserSession.objects.filter(user=person).exclude(session_key=but))
    for session in sessions:
        session.end()
    if sessions:
        log.record(actor, "person.end_sessions", Outcome.OK, person, count=len(sessions))
    return len(sessions)


def send_password_link(actor: Actor, person: User, about: Membership | None = None) -> None:
    """Mails a link that sets a new password; it works once and for a day (PASSWORD_RESET_TIMEOUT)."""
    uid, token = urlsafe_base64_encode(force_bytes(person.pk)), default_token_generator.make_token(person)
    link = mails.address(reverse("password_set", args=[uid, token]))
    mails.send(person.email, "password", {"person": person, "link": link})
    log.record(actor, "person.password_link", Outcome.OK, about or person, person=str(person))


def refuse_oneself(actor: Actor, person: User) -> None:
    """Nobody changes their own rights, up or down."""
    if actor.user is not None and actor.user.pk == person.pk:
        raise PersonRefused(_("You can’t change your own rights. Ask another administrator."))


def refuse_last_administrator(person: User) -> None:
    """Somebody must be left who can let people in."""
    administrators = User.objects.filter(
        provider_role=ProviderRole.ADMIN, is_active=True, is_service=False
    ).exclude(pk=person.pk)
    if person.provider_role == ProviderRole.ADMIN and not administrators.exists():
        raise PersonRefused(_("%(person)s is the provider’s last administrator.") % {"person": person})


def is_last_administrator(membership: Membership) -> bool:
    """Whether a customer would be left without anybody who can let people in."""
    if membership.role != TenantRole.ADMIN:
        return False
    others = Membership.objects.filter(
        tenant=membership.tenant, role=TenantRole.ADMIN, user__is_active=True, user__is_service=False
    )
    return not others.exclude(pk=membership.pk).exists()


def names(membership: Membership, **more: str) -> dict[str, str]:
    """What the trail says of a membership, in names that outlive it."""
    return {"person": str(membership.user), **more}


def customers_of(person: User) -> list[Tenant]:
    """The open customers that somebody is in."""
    return list(Tenant.objects.filter(memberships__user=person, state=Tenant.State.ACTIVE))
