"""Codes that are typed: how often one may try, and that each counts once.

A try is taken before the code is looked at, in a transaction of its own, so any number of guesses at the
same moment has no more tries than one after the other (docs/decisions, trust.md row 7).
"""

from datetime import timedelta
from typing import Any

from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.mfa.utils import decrypt
from django.db import transaction
from django.utils import timezone

from sendense_portal.audit import log
from sendense_portal.audit.log import Actor
from sendense_portal.audit.models import Outcome
from sendense_portal.sign_in.models import CodeGuesses
from sendense_portal.tenancy.models import User

MOST_WRONG = 8
FIRST_LOCK = timedelta(minutes=15)
LONGEST_LOCK = timedelta(days=1)


class Locked(Exception):
    """No code of this person counts for now, not even the right one."""


def try_code(actor: Actor, person: User, code: str) -> Any | None:
    """The factor (an allauth Authenticator) that ``code`` is of; None for a wrong one. Raises Locked.

    A code of an app counts once (RFC 6238, 5.2), a recovery code once and for all.
    """
    tries = take_try(person)
    with transaction.atomic():
        factor = factor_of(person, code)
        if factor is not None:
            CodeGuesses.objects.filter(user=person).update(wrong=0, lock_outs=0, locked_until=None)
    if factor is None and tries >= MOST_WRONG:
        log.record(actor, "person.lock_out", Outcome.OK, person, what="second factor", tries=tries)
        raise Locked
    return factor


def take_try(person: User) -> int:
    """Which try this is; the last one locks, until it turns out to be right. Raises Locked."""
    now = timezone.now()
    CodeGuesses.objects.get_or_create(user=person)
    with transaction.atomic():
        row = CodeGuesses.objects.select_for_update().get(user=person)
        if row.locked_until and row.locked_until > now:
            raise Locked
        if row.locked_until:
            row.wrong, row.locked_until = 0, None
        row.wrong += 1
        if row.wrong >= MOST_WRONG:
            row.locked_until = now + min(FIRST_LOCK * 2**row.lock_outs, LONGEST_LOCK)
            row.lock_outs = min(row.lock_outs + 1, 10)
        row.save()
    return row.wrong


def factor_of(person: User, code: str) -> Any | None:
    """The app or the recovery codes that a code is of, which then is used up."""
    kinds = (Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES)
    for row in Authenticator.objects.select_for_update().filter(user=person, type__in=kinds):
        if row.type == Authenticator.Type.TOTP:
            is_right = take_app_code(row, code)
        else:
            is_right = bool(row.wrap().validate_code(code))
        if is_right:
            row.refresh_from_db()
            return row
    return None


def take_app_code(row: Any, code: str) -> bool:
    """Whether an app shows this code now, or did or will half a minute away; never the same step twice."""
    secret = decrypt(row.data["secret"])
    for step in yield_hotp_counters_from_time():
        if step <= row.data.get("last_step", 0):
            continue
        if compare_user_code(actual=code, expected=format_hotp_value(hotp_value(secret, step))):
            row.data["last_step"] = step
            row.save(update_fields=["data"])
            return True
    return False


def is_locked(person: User) -> bool:
    """Whether codes of this person count for nothing now."""
    return CodeGuesses.objects.filter(user=person, locked_until__gt=timezone.now()).exists()


def unlock(actor: Actor, person: User, about: Any = None) -> None:
    """An administrator lets somebody try again."""
    if CodeGuesses.objects.filter(user=person).update(wrong=0, lock_outs=0, locked_until=None):
        log.record(actor, "person.unlock", Outcome.OK, about or person, person=str(person))
