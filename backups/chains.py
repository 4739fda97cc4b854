"""A full backup and the increments that build on it."""

from dataclasses import dataclass

from backups.models import Backup, BackupState, BackupType
from sendense_portal.tenancy.access import Access


@dataclass(frozen=True)
class Chain:
    """Restorable points in order of time; the first is the full one unless the hub lost it."""

    points: list[Backup]

    @property
    def is_broken(self) -> bool:
        """Increments without the full one that they need."""
        return bool(self.points) and self.points[0].type != BackupType.FULL

    @property
    def bytes(self) -> int:
        """What the whole chain took."""
        return sum(point.transferred_bytes for point in self.points)


def chain_of(backup: Backup, access: Access) -> Chain:
    """The chain that a backup is part of, or that it builds on while it runs or after it failed."""
    points = Backup.objects.visible_to(access).filter(
        vm=backup.vm, repository=backup.repository, state=BackupState.COMPLETED, gone_at__isnull=True
    )
    fulls = points.filter(type=BackupType.FULL)
    first = fulls.filter(created_at__lte=backup.created_at).order_by("-created_at").first()
    if backup.type == BackupType.FULL and backup.state != BackupState.COMPLETED:
        return Chain([])
    after = points.filter(created_at__gte=first.created_at) if first else points
    next_full = fulls.filter(created_at__gt=backup.created_at).order_by("created_at").first()
    if next_full:
        after = after.filter(created_at__lt=next_full.created_at)
    return Chain(list(after.order_by("created_at", "pk")))
