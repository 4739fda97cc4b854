"""Lets the oldest entries of a chain go, so that what stays can still be verified."""

from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import Max, Min
from django.utils import timezone

from sendense_portal.audit import log, verify
from sendense_portal.audit.exports import Export
from sendense_portal.audit.heads import addresses
from sendense_portal.audit.models import (
    PROVIDER_CHAIN,
    About,
    AuditEntry,
    Outcome,
    TrailCheckpoint,
    TrailHead,
)
from sendense_portal.tenancy.models import Tenant

TRIM = "audit.trim"
SHORTEST = 365
"""Days; less is no trail (``settings.AUDIT_KEEP_DAYS``)."""


class TrimRefused(Exception):
    """A chain that can't be trimmed; ``str()`` says why."""


def trim(chain: str, folder: Path | None, now: datetime | None = None) -> TrailCheckpoint | None:
    """Removes what is older than AUDIT_KEEP_DAYS, after writing it to ``folder``; None if there is nothing.

    All or nothing, in one transaction. Raises TrimRefused for a chain that is broken: trimming would remove
    the evidence.
    """
    days: int = settings.AUDIT_KEEP_DAYS
    if not days:
        return None
    with transaction.atomic():
        log.lock_chain(chain)
        up_to = last_to_go(chain, (now or timezone.now()) - timedelta(days=days))
        going = AuditEntry.objects.filter(chain=chain, sequence__lte=up_to)
        last = going.order_by("-sequence").first()
        if last is None:
            return None
        if fault := verify.verify(chain):
            raise TrimRefused(f"entry {fault.sequence} {fault.what}")
        written = written_to(folder, chain, last) if folder else None
        point = TrailCheckpoint.objects.create(
            chain=chain,
            sequence=last.sequence,
            hash=last.hash,
            at=timezone.now(),
            removed_count=going.count(),
        )
        # After the checkpoint: the triggers let nothing else go.
        About.objects.filter(entry__in=going)._raw_delete(using="default")
        going._raw_delete(using="default")
        note(point, written.name if written else "")
    return point


def last_to_go(chain: str, before: datetime) -> int:
    """The sequence up to which all is older, and never beyond what has been mailed where mail is wanted."""
    entries = AuditEntry.objects.filter(chain=chain)
    first_kept = entries.filter(at__gte=before).aggregate(first=Min("sequence"))["first"]
    newest = entries.aggregate(newest=Max("sequence"))["newest"] or 0
    limit = first_kept - 1 if first_kept else newest
    if chain in addresses():
        heads = TrailHead.objects.filter(chain=chain, sent_at__isnull=False)
        limit = min(limit, heads.aggregate(last=Max("sequence"))["last"] or 0)
    return int(limit)


def written_to(folder: Path, chain: str, last: AuditEntry) -> Path:
    """Keeps what goes as JSON lines, which the stand-alone verifier takes."""
    export = Export("jsonl", AuditEntry.objects.filter(sequence__lte=last.sequence), [chain], {})
    export.fix()
    export.heads[chain] = (last.sequence, last.hash)
    path = folder / f"trail-{chain}-up-to-{last.sequence}.jsonl"
    with path.open("xb") as file:
        for part in export.parts():
            file.write(part)
    return path


def note(point: TrailCheckpoint, file_name: str) -> None:
    """In the trimmed chain itself: from now on its history begins with why it begins there."""
    whose = Tenant.objects.filter(pk=point.chain).first() if point.chain != PROVIDER_CHAIN else None
    facts = {"count": point.removed_count, "up_to": point.sequence, "up_to_hash": point.hash}
    log.record(log.PORTAL, TRIM, Outcome.OK, whose, **facts, file=file_name)
