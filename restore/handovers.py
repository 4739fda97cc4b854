"""A parcel for a named person outside: one link, one pass-phrase, one use, a receipt.

The link finds the row by its sum; the pass-phrase is told by another way and compared as a password is. A
link that does not exist, is over or is locked answers like a wrong pass-phrase, and takes as long.
"""

import hashlib
import secrets
from datetime import timedelta

from django.contrib.auth.hashers import check_password, make_password
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from restore.letters import tell_fetched
from restore.models import Download, Handover, Parcel
from restore.refusals import Refused
from sendense_portal.audit import log
from sendense_portal.audit.log import Actor
from sendense_portal.audit.models import Outcome
from sendense_portal.tenancy.access import Access
from sendense_portal.tenancy.models import Tenant
from sendense_portal.tenancy.roles import Action
from sendense_portal.visits.consents import is_missing

MOST_GUESSES = 5
LONGEST_HOURS = 72
MOST_OPEN = 20
CLAIM_LASTS = timedelta(minutes=20)
"""A fetch whose process died holds the link no longer than that; a reader who takes nothing is let go
earlier (``serve.READS_NOTHING_FOR``)."""
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Without those that are taken for one another when they are told by telephone."""
State = Handover.State


def is_allowed(parcel: Parcel) -> bool:
    """Whether the customer's rules let files be handed to outsiders; nothing of the provider's own may."""
    return bool(parcel.tenant and parcel.tenant.handover_allowed and not parcel.tenant.downloads_off)


def make(actor: Actor, parcel: Parcel, recipient: str, hours: int) -> tuple[Handover, str, str]:
    """The row, what stands in the link, and the pass-phrase: neither can be shown again. Raises Refused."""
    if not is_allowed(parcel):
        raise Refused(_("The safety rules do not let files be handed to people outside."))
    if not parcel.is_ready:
        raise Refused(_("It can be handed over when it is packed, and as long as it is kept."))
    if parcel.handovers.filter(state=State.OPEN).count() >= MOST_OPEN:
        raise Refused(_("There are too many links to it already."))
    token = secrets.token_urlsafe(32)
    passphrase = "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(4))
    wanted = timezone.now() + timedelta(hours=min(max(hours, 1), LONGEST_HOURS))
    handover = Handover.objects.create(
        tenant=parcel.tenant,
        parcel=parcel,
        person=actor.user,
        recipient=recipient,
        token_sum=sum_of(token),
        passphrase_sum=make_password(passphrase),
        expires_at=min(wanted, parcel.expires_at),
    )
    log.record(actor, "handover.make", Outcome.OK, handover, hours=hours, **{"for": recipient})
    return handover, token, passphrase


def revoke(actor: Actor, handover: Handover) -> None:
    """Ends a link that nobody has used."""
    if Handover.objects.filter(pk=handover.pk, state=State.OPEN).update(state=State.REVOKED):
        log.record(actor, "handover.revoke", Outcome.OK, handover)


def claim(address: str, token: str, passphrase: str) -> Handover | None:
    """The link's row, held by this fetch alone; None whatever was wrong. Wrong guesses count, and lock."""
    rows = Handover.objects.select_related("parcel", "person", "tenant")
    found = rows.filter(token_sum=sum_of(token)).first()
    given = passphrase.strip().upper()
    if found is None or not takes_a_guess(found):
        # Costs what a true comparison does.
        make_password(given)
        return None
    row = Handover.objects.filter(pk=found.pk)
    if not check_password(given, found.passphrase_sum):
        note_wrong(address, found)
        return None
    row.update(wrong_guesses=F("wrong_guesses") - 1)
    if not found.is_open or not may_still_be_given(found):
        return None
    now = timezone.now()
    free = Q(claimed_at=None) | Q(claimed_at__lt=now - CLAIM_LASTS)
    return found if row.filter(free, state=State.OPEN).update(claimed_at=now) else None


def takes_a_guess(handover: Handover) -> bool:
    """Whether one more may be tried. It is counted before it is compared: of a hundred at once five are."""
    left = Handover.objects.filter(pk=handover.pk, state=State.OPEN, wrong_guesses__lt=MOST_GUESSES)
    return bool(left.update(wrong_guesses=F("wrong_guesses") + 1))


def note_wrong(address: str, handover: Handover) -> None:
    """The trail has it; the last one that is forgiven ends the link for good."""
    actor = outsider(handover, address)
    log.record(actor, "handover.guess", Outcome.REFUSED, handover)
    spent = Handover.objects.filter(pk=handover.pk, wrong_guesses__gte=MOST_GUESSES, state=State.OPEN)
    if spent.update(state=State.LOCKED):
        log.record(actor, "handover.lock", Outcome.OK, handover, guesses=MOST_GUESSES)


def may_still_be_given(handover: Handover) -> bool:
    """Whether who made it may still take these files out, and the customer still allows it."""
    tenant, person = handover.tenant, handover.person
    if person is None or tenant is None or tenant.state != Tenant.State.ACTIVE:
        return False
    access = Access.of(person)
    may = access.can(Action.FILE_DOWNLOAD, tenant.pk) and not is_missing(access, tenant.pk)
    return may and is_allowed(handover.parcel)


def ended(handover: Handover, download: Download, address: str) -> None:
    """After a fetch: one that was whole uses the link up, with a receipt; another leaves it as it was."""
    row = Handover.objects.filter(pk=handover.pk)
    if download.state != Download.State.COMPLETED:
        row.update(claimed_at=None)
        return
    handover.fetched_at, handover.fetched_from = timezone.now(), address[:45]
    row.update(
        state=State.FETCHED,
        claimed_at=None,
        fetched_at=handover.fetched_at,
        fetched_from=handover.fetched_from,
    )
    log.record(outsider(handover, address), "handover.fetch", Outcome.OK, handover, sha256=download.sha256)
    tell_fetched(handover, download)


def outsider(handover: Handover, address: str) -> Actor:
    """Who the trail names: nobody knows more than whom the link was for."""
    return Actor(None, f"{handover.recipient} (link of {handover.person or 'nobody'})", address)


def sum_of(token: str) -> str:
    """What is kept of a link."""
    return hashlib.sha256(token.encode()).hexdigest()
