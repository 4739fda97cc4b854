"""Proofs of restore: files read out of a point, as a person would need them one day."""

from datetime import datetime
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backups.models import Backup
from restore.models.rows import TenantRow
from sendense_portal.tenancy.models import User
from sendense_portal.tenancy.roles import Action
from vms.models import VirtualMachine

UNDER_WAY = Q(state__in=["waiting", "running"])


class RestoreProof(TenantRow):
    """A few files of one point of a machine, read and compared with what the catalogue knows of them."""

    VIEW_ACTION: ClassVar[Action] = Action.BACKUP_VIEW

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting for room at the hub")
        RUNNING = "running", _("Reading files")
        PASSED = "passed", _("Proven")
        FAILED = "failed", _("Failed")
        NOTHING = "nothing", _("Nothing to read")
        STOPPED = "stopped", _("Broken off")

    vm = models.ForeignKey(VirtualMachine, on_delete=models.CASCADE, related_name="proofs")
    backup = models.ForeignKey(Backup, null=True, on_delete=models.CASCADE, related_name="+")
    disk_index = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=16, choices=State.choices, default=State.WAITING)
    asked_at = models.DateTimeField(default=timezone.now)
    touched_at = models.DateTimeField(default=timezone.now)
    """While it runs: when it last gave a sign of life. While it waits: from when on it may begin."""
    ended_at = models.DateTimeField(null=True)
    asked_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    asked_by_name = models.CharField(max_length=320, blank=True)
    """Empty: by night, by the portal itself."""
    file_count = models.PositiveIntegerField(default=0)
    good_count = models.PositiveIntegerField(default=0)
    byte_count = models.PositiveBigIntegerField(default=0)
    said = models.CharField(max_length=300, blank=True)
    """Why it ended as it did, where the files do not say it."""
    readings = models.JSONField(default=list, blank=True)
    """``{"path", "size", "sha256", "wrong", "note"}`` of each file: ``wrong`` says why it does not count."""

    class Meta:
        ordering = ["-asked_at"]
        constraints = [
            models.UniqueConstraint(fields=["vm"], condition=UNDER_WAY, name="one_proof_under_way")
        ]
        indexes = [
            models.Index(fields=["vm", "-asked_at"], name="proof_of_vm"),
            models.Index(fields=["state"], name="proof_open", condition=UNDER_WAY),
        ]

    def __str__(self) -> str:
        return f"{self.vm} {self.asked_at:%Y-%m-%d %H:%M} UTC"

    @property
    def is_open(self) -> bool:
        """Whether it has not ended."""
        return self.state in {self.State.WAITING, self.State.RUNNING}

    @property
    def score(self) -> int:
        """Per cent of the files that are as they should be."""
        return 100 * self.good_count // self.file_count if self.file_count else 0

    @property
    def wrong(self) -> list[dict[str, Any]]:
        """The readings that do not count."""
        return [reading for reading in self.readings if reading["wrong"]]

    @property
    def at(self) -> datetime:
        """When it ended, or was begun."""
        return self.ended_at or self.asked_at
