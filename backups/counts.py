"""How many backups there are in each state, in one query."""

from dataclasses import dataclass

from django.db.models import Count, QuerySet

from backups.models import OPEN_STATES, Backup, BackupState
from sendense_portal.tenancy.access import Access


@dataclass(frozen=True)
class StateCounts:
    """Numbers for the cards above a list."""

    by_state: dict[str, int]

    @property
    def total(self) -> int:
        return sum(self.by_state.values())

    @property
    def completed(self) -> int:
        return self.by_state.get(BackupState.COMPLETED, 0)

    @property
    def open(self) -> int:
        """Queued, running, stalled, or of unknown state."""
        return sum(self.by_state.get(state, 0) for state in OPEN_STATES)

    @property
    def failed(self) -> int:
        return self.by_state.get(BackupState.FAILED, 0)


def count_states(rows: QuerySet[Backup]) -> StateCounts:
    """One grouped query over the rows; ``*`` lets an index answer it, a column would not."""
    grouped = rows.order_by().values_list("state").annotate(number=Count("*"))
    return StateCounts(dict(grouped))


def count_open(access: Access) -> int:
    """Backups on their way, for the badge in the navigation."""
    return Backup.objects.visible_to(access).filter(state__in=OPEN_STATES, gone_at__isnull=True).count()
