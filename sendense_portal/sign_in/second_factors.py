"""What a person has besides the password: an app that shows codes, passkeys and security keys, recovery
codes. All that is added or taken away goes through here and is in the trail."""

from dataclasses import dataclass, field
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from allauth.mfa.webauthn.internal.auth import WebAuthn
from django.db import transaction
from django.utils.translation import gettext as _

from sendense_portal.audit import log
from sendense_portal.audit.log import Actor
from sendense_portal.audit.models import Outcome
from sendense_portal.people import services
from sendense_portal.sign_in.models import CodeGuesses
from sendense_portal.tenancy.models import User

Type = Authenticator.Type
COUNTED = (Type.TOTP, Type.WEBAUTHN)
"""Recovery codes alone are no second factor: they stand in for one."""


class FactorRefused(Exception):
    """The portal said no; ``str()`` is the sentence to show."""


@dataclass(frozen=True)
class Factors:
    """What somebody has. ``app`` and ``keys`` are allauth's Authenticators."""

    app: Any = None
    keys: list[Any] = field(default_factory=list)
    codes_left: int = 0

    @property
    def count(self) -> int:
        return len(self.keys) + bool(self.app)


def factors_of(person: User) -> Factors:
    """One query."""
    rows = list(Authenticator.objects.filter(user=person).order_by("created_at"))
    codes = [row for row in rows if row.type == Type.RECOVERY_CODES]
    return Factors(
        app=next((row for row in rows if row.type == Type.TOTP), None),
        keys=[row for row in rows if row.type == Type.WEBAUTHN],
        codes_left=len(codes[0].wrap().get_unused_codes()) if codes else 0,
    )


def has_one(person: User) -> bool:
    """Whether somebody has a second factor."""
    return bool(Authenticator.objects.filter(user=person, type__in=COUNTED).exists())


def add_app(actor: Actor, person: User, secret: str) -> list[str]:
    """An app that shows codes. Returns new recovery codes if there were none."""
    with transaction.atomic():
        if Authenticator.objects.filter(user=person, type=Type.TOTP).exists():
            raise FactorRefused(_("You have an authenticator app already. Remove it first."))
        TOTP.activate(person, secret)
        return added(actor, person, "authenticator app")


def add_key(actor: Actor, person: User, name: str, credential: dict[str, Any]) -> list[str]:
    """A passkey or security key, checked already. Returns new recovery codes if there were none."""
    with transaction.atomic():
        WebAuthn.add(person, name, credential)
        return added(actor, person, name)


def added(actor: Actor, person: User, factor: str) -> list[str]:
    """The trail, and recovery codes with the first factor."""
    log.record(actor, "person.factor_add", Outcome.OK, person, factor=factor)
    has_codes = Authenticator.objects.filter(user=person, type=Type.RECOVERY_CODES).exists()
    return [] if has_codes else new_codes(actor, person)


def new_codes(actor: Actor, person: User) -> list[str]:
    """Ten recovery codes, told this once; those from before count no more. Raises FactorRefused."""
    with transaction.atomic():
        User.objects.select_for_update().get(pk=person.pk)
        if not has_one(person):
            raise FactorRefused(_("Recovery codes stand in for a second factor. Set one up first."))
        Authenticator.objects.filter(user=person, type=Type.RECOVERY_CODES).delete()
        codes: list[str] = RecoveryCodes.activate(person).generate_codes()
        log.record(actor, "person.recovery_codes", Outcome.OK, person, count=len(codes))
    return codes


def rename_key(actor: Actor, person: User, key: Any, name: str) -> None:
    """Another name for a passkey."""
    wrapped = key.wrap()
    before, wrapped.name = wrapped.name, name
    key.save(update_fields=["data"])
    log.record(actor, "person.factor_rename", Outcome.OK, person, before=before, factor=name)


def remove(actor: Actor, person: User, row: Any, *, is_demanded: bool) -> None:
    """Takes one factor away; with the last one the recovery codes go too. Raises FactorRefused."""
    with transaction.atomic():
        User.objects.select_for_update().get(pk=person.pk)
        others = Authenticator.objects.filter(user=person, type__in=COUNTED).exclude(pk=row.pk)
        if is_demanded and not others.exists():
            raise FactorRefused(_("You must have a second factor. Add another one before you remove this."))
        name = name_of(row)
        row.delete()
        if not has_one(person):
            Authenticator.objects.filter(user=person).delete()
        log.record(actor, "person.factor_remove", Outcome.OK, person, factor=name)


def remove_all(actor: Actor, person: User, about: Any = None) -> None:
    """Takes all factors of another person away, who lost them; their sessions end.

    ``about`` is what the trail tells it of: a Membership puts it into that customer's chain. Raises
    FactorRefused.
    """
    if actor.user is not None and actor.user.pk == person.pk:
        raise FactorRefused(_("Your own you remove on your security page."))
    with transaction.atomic():
        rows = Authenticator.objects.select_for_update().filter(user=person)
        names = ", ".join(name_of(row) for row in rows)
        if not names:
            raise FactorRefused(_("%(person)s has no second factor.") % {"person": person})
        rows.delete()
        CodeGuesses.objects.filter(user=person).delete()
        log.record(
            actor, "person.second_factor", Outcome.OK, about or person, person=str(person), factors=names
        )
    services.end_sessions(actor, person)


def name_of(row: Any) -> str:
    """A factor in words that the trail keeps."""
    if row.type == Type.WEBAUTHN:
        return str(row.wrap().name)
    return "authenticator app" if row.type == Type.TOTP else "recovery codes"
