"""What the list shows of a backup, read as plain values.

No models: to build fifty with what they refer to takes longer than to ask for them and to draw them. And a
row is all that its cells can draw from, so one that is equal looks the same (``ui.memory``).
"""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from backups.models import OPEN_STATES, Backup, BackupState


class ShownVM(NamedTuple):
    """Of the VM."""

    name: str
    disk_count: int


class BackupRow(NamedTuple):
    """One backup; the words are those of ``Backup``, of which the order is that of ``COLUMNS``."""

    pk: UUID
    vm_id: UUID
    vm_name: str
    vm_disk_count: int
    tenant_id: UUID | None
    tenant_name: str | None
    repository_id: UUID | None
    repository_name: str | None
    type: str
    state: str
    phase: str
    percent: float
    transferred_bytes: int
    total_bytes: int
    bytes_per_second: int
    created_at: datetime
    progressed_at: datetime | None
    gone_at: datetime | None
    bin_until: datetime | None
    held_at: datetime | None
    labels: str
    remote_id: str | None
    origin: str
    started_by_name: str
    next_type: str | None
    """The type of the next restorable point of the same VM and repository: an increment builds on this."""

    @property
    def vm(self) -> ShownVM:
        """As the progress component asks for it."""
        return ShownVM(self.vm_name, self.vm_disk_count)

    @property
    def is_open(self) -> bool:
        """As ``Backup.is_open``."""
        return self.state in OPEN_STATES

    @property
    def is_restorable(self) -> bool:
        """As ``Backup.is_restorable``."""
        is_there = self.gone_at is None and self.bin_until is None and bool(self.remote_id)
        return self.state == BackupState.COMPLETED and is_there


REFERRED = {
    "vm_name": "vm__name",
    "vm_disk_count": "vm__disk_count",
    "tenant_name": "tenant__name",
    "repository_name": "repository__name",
}
COLUMNS = [REFERRED.get(name, name) for name in BackupRow._fields]


def values_of(backups: QuerySet[Backup]) -> QuerySet[Backup, tuple[object, ...]]:
    """The values of rows, for ``as_rows``.

    Repository and state of the next point are hidden in expressions: by their indexes SQLite would walk
    through every later backup of the repository, by that of the VM it takes a step or two.
    """
    later = (
        Backup.objects.alias(place=Coalesce("repository", "repository"), ended=Coalesce("state", "state"))
        .filter(
            vm=OuterRef("vm"),
            place=OuterRef("repository"),
            ended=BackupState.COMPLETED,
            gone_at__isnull=True,
            bin_until__isnull=True,
            created_at__gt=OuterRef("created_at"),
        )
        .order_by("created_at")
        .values("type")[:1]
    )
    return backups.annotate(next_type=Subquery(later)).values_list(*COLUMNS)


def as_rows(values: Iterable[tuple[object, ...]]) -> list[BackupRow]:
    """What was asked for with ``values_of``."""
    return [BackupRow._make(row) for row in values]
