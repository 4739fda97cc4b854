"""Disks that could not be read."""

from django.db import models
from django.utils import timezone

from backups.models import Backup


class UnreadableDisk(models.Model):
    """What a hub said when it was asked to open a disk that holds nothing it can read. Points never change,
    so this one is not asked for again until the hub itself is another."""

    backup = models.ForeignKey(Backup, on_delete=models.CASCADE, related_name="unreadable_disks")
    disk_index = models.PositiveIntegerField()
    kind = models.CharField(max_length=16)
    """A key of ``restore.readability.KINDS``."""
    hub_version = models.CharField(max_length=64, blank=True)
    found_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-found_at"]
        constraints = [
            models.UniqueConstraint(fields=["backup", "disk_index"], name="unreadable_once_per_disk")
        ]

    def __str__(self) -> str:
        return f"{self.backup} disk {self.disk_index}: {self.kind}"
