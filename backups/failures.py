"""What went wrong with backups: one explained, and all of the last weeks counted for the provider."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db.models import Count, Max, QuerySet
from django.utils import timezone

from backups.catalogue import ANYTHING_ELSE, BY_CODE, BY_TEXT, STALLED, Failure
from backups.models import Backup, BackupState
from sendense_portal.hub import Code

COUNTED_FOR = timedelta(days=30)


def explain(backup: Backup) -> Failure | None:
    """The failure of a backup, or what its long silence means; never the hub's raw words."""
    if backup.state == BackupState.STALLED:
        return STALLED
    return explained(backup.error_code, backup.error_text) if backup.state == BackupState.FAILED else None


def explained(code: str, text: str) -> Failure:
    """By its code, else by the hub's words."""
    if known := BY_CODE.get(code):
        # Refused before anything ran: the client's own sentence is fit to be read.
        return known if known.cause else replace(known, cause=text or ANYTHING_ELSE.cause)
    said = text.lower()
    return next((failure for words, failure in BY_TEXT if words in said), ANYTHING_ELSE)


@dataclass(frozen=True)
class Counted:
    """Failures of one sort. ``text`` is the hub's own, where the catalogue has no words for it."""

    failure: Failure
    text: str
    count: int
    last_at: datetime

    @property
    def is_matched(self) -> bool:
        """Whether people were told what happened and what to do."""
        return not self.text


def counted(backups: QuerySet[Backup]) -> list[Counted]:
    """Failures of the last 30 days: first those without words, each by what the hub said; then the rest."""
    since = timezone.now() - COUNTED_FOR
    groups = (
        backups.filter(state=BackupState.FAILED, created_at__gte=since)
        .order_by()
        .values_list("error_code", "error_text")
        .annotate(count=Count("pk"), last=Max("created_at"))
    )
    found: dict[tuple[Failure, str], Counted] = {}
    for code, text, count, last in groups:
        failure = explained(code, text)
        unknown = (text.strip() or code or "–") if failure is ANYTHING_ELSE else ""
        # The client's sentences differ from call to call; what they are about is their code.
        sort = BY_CODE.get(code, failure) if code in set(Code) else failure
        known = found.get((sort, unknown))
        total, latest = (count + known.count, max(last, known.last_at)) if known else (count, last)
        found[sort, unknown] = Counted(sort, unknown, total, latest)
    return sorted(found.values(), key=lambda one: (one.is_matched, -one.count))
