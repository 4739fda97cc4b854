"""Mails the newest entry of each chain to its customer's own address, once a day.

Who holds such a mail can tell whether the past was rewritten since, whoever did it: the portal's operators
included. A row is written before its mail goes out. A process that dies in between leaves a row that says
so, and the same head is mailed again: never another one for that day, and never none.
"""

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from sendense_portal.audit.models import PROVIDER_CHAIN, AuditEntry, TrailHead
from sendense_portal.tenancy.models import ProviderPolicy, Tenant

log = logging.getLogger(__name__)

TRY_AGAIN_AFTER = timedelta(minutes=9)
"""A claim so old was left by a process that died, or by a mail server that refused."""


def mail_heads(now: datetime | None = None) -> list[TrailHead]:
    """Mails what is due today; returns what was sent. Safe to call often, and from several processes."""
    now = now or timezone.now()
    sent = []
    for chain, address in addresses().items():
        head = claimed(chain, address, now)
        if head and mailed(head, now):
            sent.append(head)
    return sent


def addresses() -> dict[str, str]:
    """Where each chain's head goes; chains without an address are left out."""
    rows = Tenant.objects.exclude(trail_mail="").values_list("pk", "trail_mail")
    found = {str(pk): address for pk, address in rows}
    own = ProviderPolicy.current().trail_mail
    return found | ({PROVIDER_CHAIN: own} if own else {})


def claimed(chain: str, address: str, now: datetime) -> TrailHead | None:
    """The day's head of a chain, if it is this process that has to mail it."""
    head = TrailHead.objects.filter(chain=chain, day=now.date()).first()
    if head is None:
        return first_claim(chain, address, now)
    stale = Q(sent_at__isnull=True, claimed_at__lt=now - TRY_AGAIN_AFTER)
    taken = TrailHead.objects.filter(stale, pk=head.pk).update(claimed_at=now, mailed_to=address)
    if not taken:
        return None
    head.refresh_from_db()
    return head


def first_claim(chain: str, address: str, now: datetime) -> TrailHead | None:
    """Writes the day's head down; None for an empty chain, or if another process was faster."""
    last = AuditEntry.objects.filter(chain=chain).order_by("-sequence").first()
    if last is None:
        return None
    try:
        with transaction.atomic():
            return TrailHead.objects.create(
                chain=chain,
                day=now.date(),
                sequence=last.sequence,
                hash=last.hash,
                at=last.at,
                mailed_to=address,
                claimed_at=now,
            )
    except IntegrityError:
        return None


def mailed(head: TrailHead, now: datetime) -> bool:
    """Sends one head and notes it; a mail server that refuses is logged, and asked again later."""
    try:
        message_of(head).send()
    except OSError as error:
        # smtplib's own exceptions are OSErrors too.
        log.warning("the head of chain %s was not mailed: %s", head.chain, type(error).__name__)
        return False
    head.sent_at = timezone.now()
    head.save(update_fields=["sent_at"])
    return True


def message_of(head: TrailHead) -> EmailMessage:
    """The mail: what to keep, and how to use it."""
    whose = Tenant.objects.filter(pk=head.chain).first() if head.chain != PROVIDER_CHAIN else None
    context = {
        "head": head,
        "whose": whose,
        "day": head.day.isoformat(),
        "at": head.at,
        "link": f"{public_address()}{reverse('audit:entry_list')}",
    }
    subject = _("Activity trail, %(day)s: entry %(number)s") % {
        "day": head.day.isoformat(),
        "number": head.sequence,
    }
    body = render_to_string("audit/mails/head.txt", context)
    return EmailMessage(subject, body, to=[head.mailed_to])


def public_address() -> str:
    """Where people find the portal: the first of ALLOWED_HOSTS."""
    scheme = "https" if settings.PUBLIC_HTTPS else "http"
    return f"{scheme}://{settings.ALLOWED_HOSTS[0].lstrip('.')}"
