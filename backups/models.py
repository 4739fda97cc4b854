"""The mirror of the hub's repositories and backups, and the portal's own requests for backups."""

import uuid
from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from sendense_portal.sync.models import MirroredRow
from sendense_portal.tenancy.models import Tenant, User
from sendense_portal.tenancy.roles import Action
from vms.models import VirtualMachine

FINISHING_FOR = timedelta(minutes=2)
"""After *completed* a hub may still be closing the point (hub/contract.md, States)."""


class Repository(MirroredRow):
    """Where backups lie. Its configuration (addresses, passwords) never leaves the hub client."""

    VIEW_ACTION: ClassVar[Action] = Action.REPOSITORY_VIEW

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    remote_id = models.CharField(max_length=128)
    name = models.CharField(_("name"), max_length=255)
    kind = models.CharField(_("type"), max_length=32)
    enabled = models.BooleanField(default=True)
    immutable = models.BooleanField(default=False)
    total_bytes = models.PositiveBigIntegerField(null=True)
    used_bytes = models.PositiveBigIntegerField(null=True)
    available_bytes = models.PositiveBigIntegerField(null=True)
    is_shared = models.BooleanField(_("for every customer of its hub"), default=True)
    customers = models.ManyToManyField(Tenant, blank=True, related_name="repositories")
    """Who may use it when it is not shared."""

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "repositories"
        constraints = [models.UniqueConstraint(fields=["hub", "remote_id"], name="repository_once_per_hub")]

    def __str__(self) -> str:
        return self.name


class BackupType(models.TextChoices):
    FULL = "full", _("Full")
    INCREMENTAL = "incremental", _("Incremental")


class BackupState(models.TextChoices):
    """What people see; the hub's own words are mapped in ``backups.mirror``."""

    QUEUED = "queued", _("Queued")
    RUNNING = "running", _("Running")
    STALLED = "stalled", _("Stalled")
    COMPLETED = "completed", _("Completed")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")
    UNKNOWN = "unknown", _("Unknown")


OPEN_STATES = (BackupState.QUEUED, BackupState.RUNNING, BackupState.STALLED, BackupState.UNKNOWN)
"""States that may still change by themselves."""


HELD = Q(gone_at__isnull=True)
"""Rows that the hub still lists."""


class Backup(MirroredRow):
    """One backup of a VM: asked for in the portal, or found at the hub (``origin``).

    A request of the portal is a row before the hub answers (``remote_id`` empty). ``holds_vm`` is true from
    then until the backup has ended: its unique constraint makes two people at once start one backup.
    """

    VIEW_ACTION: ClassVar[Action] = Action.BACKUP_VIEW

    class Origin(models.TextChoices):
        PORTAL = "portal", _("Portal")
        OUTSIDE = "outside", _("Outside the portal")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    remote_id = models.CharField(max_length=128, null=True)  # noqa: DJ001  # NULL keeps the unique constraint free
    vm = models.ForeignKey(VirtualMachine, on_delete=models.PROTECT, related_name="backups")
    repository = models.ForeignKey(Repository, null=True, on_delete=models.PROTECT, related_name="backups")
    type = models.CharField(_("type"), max_length=16, choices=BackupType.choices)
    state = models.CharField(_("status"), max_length=16, choices=BackupState.choices)
    phase = models.CharField(max_length=64, blank=True)
    percent = models.FloatField(default=0)
    transferred_bytes = models.PositiveBigIntegerField(default=0)
    total_bytes = models.PositiveBigIntegerField(default=0)
    bytes_per_second = models.PositiveBigIntegerField(default=0)
    created_at = models.DateTimeField(_("started"))
    completed_at = models.DateTimeField(null=True)
    last_telemetry_at = models.DateTimeField(null=True)
    progressed_at = models.DateTimeField(null=True)
    """When its numbers last moved, by the portal's own clock: a minute without is shown as stalled."""
    error_code = models.CharField(max_length=64, blank=True)
    error_text = models.TextField(blank=True)
    """The hub's own words, for provider staff; customers read the sentence of ``error_code``."""
    origin = models.CharField(max_length=16, choices=Origin.choices, default=Origin.OUTSIDE)
    started_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    started_by_name = models.CharField(_("started by"), max_length=320, blank=True)
    holds_vm = models.BooleanField(default=False)
    bin_until = models.DateTimeField(null=True)
    """Somebody deleted it, and until then it can be brought back; afterwards it is deleted at the hub."""
    binned_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    binned_by_name = models.CharField(max_length=320, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["hub", "remote_id"], name="backup_once_per_hub"),
            models.UniqueConstraint(fields=["vm"], condition=Q(holds_vm=True), name="one_open_backup_per_vm"),
        ]
        indexes = [
            # Lists show what the hub still has, newest first, and count it by state. ``gone_at`` is in each,
            # although always NULL there: without it SQLite looks it up in the row, at five times the price.
            models.Index(fields=["-created_at", "-id", "gone_at"], name="backup_newest", condition=HELD),
            models.Index(
                fields=["tenant", "-created_at", "-id", "gone_at"],
                name="backup_tenant_newest",
                condition=HELD,
            ),
            models.Index(fields=["state", "gone_at"], name="backup_state", condition=HELD),
            models.Index(fields=["tenant", "state", "gone_at"], name="backup_tenant_state", condition=HELD),
            models.Index(fields=["vm", "-created_at"], name="backup_vm_newest"),
            models.Index(fields=["state", "-created_at"], name="backup_state_newest"),
            models.Index(fields=["repository", "-created_at"], name="backup_repository_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.vm.name} {self.created_at:%Y-%m-%d %H:%M} UTC"

    @property
    def is_open(self) -> bool:
        """Whether its state may still change."""
        return self.state in OPEN_STATES

    @property
    def is_finishing(self) -> bool:
        """Completed so recently that the hub may still be closing it; a mount may be refused."""
        return bool(
            self.state == BackupState.COMPLETED
            and self.completed_at
            and timezone.now() - self.completed_at < FINISHING_FOR
        )

    @property
    def is_restorable(self) -> bool:
        """Whether files can be asked for: completed, and still at the hub."""
        return self.state == BackupState.COMPLETED and self.gone_at is None and bool(self.remote_id)


class BackupDisk(models.Model):
    """What is known of one disk within a backup; the hub tells it only for starts of one's own."""

    backup = models.ForeignKey(Backup, on_delete=models.CASCADE, related_name="disks")
    index = models.PositiveIntegerField()
    hub_job_id = models.CharField(max_length=128, blank=True)
    state = models.CharField(max_length=16, choices=BackupState.choices, default=BackupState.UNKNOWN)
    transferred_bytes = models.PositiveBigIntegerField(default=0)
    total_bytes = models.PositiveBigIntegerField(default=0)

    class Meta:
        ordering = ["index"]
        constraints = [models.UniqueConstraint(fields=["backup", "index"], name="disk_once_per_backup")]

    def __str__(self) -> str:
        return f"{self.backup} disk {self.index}"


class ProgressSample(models.Model):
    """One telemetry reading, for the throughput chart of a backup; kept for its last few hundred."""

    backup = models.ForeignKey(Backup, on_delete=models.CASCADE, related_name="samples")
    at = models.DateTimeField()
    transferred_bytes = models.PositiveBigIntegerField()
    bytes_per_second = models.PositiveBigIntegerField()

    class Meta:
        ordering = ["at"]
        indexes = [models.Index(fields=["backup", "at"], name="sample_of_backup")]

    def __str__(self) -> str:
        return f"{self.backup_id} {self.at:%H:%M:%S} {self.transferred_bytes}"
