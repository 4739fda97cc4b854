"""The mirror of the hub's repositories and backups, and the portal's own requests for backups."""

import uuid
from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from sendense_portal.sync.models import MirroredRow
from sendense_portal.tenancy.access import Access
from sendense_portal.tenancy.models import Tenant, User
from sendense_portal.tenancy.roles import Action
from sendense_portal.tenancy.scopes import TenantQuerySet
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


class RepositorySample(models.Model):
    """How full a repository was on one day (UTC), as last told; the mirror keeps ``SAMPLE_DAYS`` of them."""

    repository = models.ForeignKey(Repository, on_delete=models.CASCADE, related_name="samples")
    day = models.DateField()
    used_bytes = models.PositiveBigIntegerField()
    total_bytes = models.PositiveBigIntegerField()

    class Meta:
        ordering = ["day"]
        constraints = [models.UniqueConstraint(fields=["repository", "day"], name="sample_once_a_day")]

    def __str__(self) -> str:
        return f"{self.repository_id} {self.day}"


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
    bin_retry_at = models.DateTimeField(null=True)
    """Whoever deletes it at the hub has it until then; afterwards it is tried again."""
    bin_problem = models.TextField(blank=True)
    """Why it is still there although its time in the bin is over; empty while it is being tried."""
    note = models.TextField(_("note"), blank=True)
    labels = models.CharField(_("labels"), max_length=400, blank=True)
    """Between commas, and one at each end, so that a search finds whole labels."""
    held_at = models.DateTimeField(null=True)
    """Under legal hold since then: the portal deletes neither it nor what it builds on."""
    held_by_name = models.CharField(max_length=320, blank=True)
    hold_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["hub", "remote_id"], name="backup_once_per_hub"),
            models.UniqueConstraint(fields=["vm"], condition=Q(holds_vm=True), name="one_open_backup_per_vm"),
        ]
        indexes = [
            # Without ``gone_at``, though always NULL there, SQLite reads each row: five times the price.
            models.Index(
                fields=["-created_at", "-id", "gone_at", "state"], name="backup_newest", condition=HELD
            ),
            models.Index(
                fields=["tenant", "-created_at", "-id", "gone_at", "state"],
                name="backup_tenant_newest",
                condition=HELD,
            ),
            models.Index(fields=["state", "-created_at", "-id", "gone_at"], name="backup_state"),
            models.Index(
                fields=["tenant", "state", "-created_at", "-id", "gone_at"],
                name="backup_tenant_state",
                condition=HELD,
            ),
            models.Index(fields=["vm", "-created_at"], name="backup_vm_newest"),
            models.Index(fields=["vm", "state", "gone_at", "bin_until", "completed_at"], name="vm_points"),
            models.Index(fields=["repository", "-created_at"], name="backup_repository_newest"),
            models.Index(fields=["bin_until"], name="backup_in_bin", condition=Q(bin_until__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.vm.name} {self.created_at:%Y-%m-%d %H:%M} UTC"

    @property
    def is_open(self) -> bool:
        """Whether its state may still change."""
        return self.state in OPEN_STATES

    @property
    def label_list(self) -> list[str]:
        """Its labels one by one."""
        return [label for label in self.labels.split(",") if label]

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
        """Whether files can be asked for: completed, still at the hub, and not in the bin."""
        is_there = self.gone_at is None and self.bin_until is None and bool(self.remote_id)
        return self.state == BackupState.COMPLETED and is_there


def restorable(prefix: str = "") -> Q:
    """For queries, what ``Backup.is_restorable`` is true of; ``prefix`` leads to it from another model
    (``backup__``)."""
    return Q(
        **{
            f"{prefix}state": BackupState.COMPLETED,
            f"{prefix}gone_at__isnull": True,
            f"{prefix}bin_until__isnull": True,
            f"{prefix}remote_id__isnull": False,
        }
    )


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


class RunsOfPerson(models.QuerySet["BulkRun"]):
    """What several things at once came to is for who asked for it."""

    def visible_to(self, access: Access) -> "RunsOfPerson":
        """One's own; what its items may still be seen of is asked item by item."""
        return self.filter(user=access.user)


class BulkRun(models.Model):
    """One act of a person on several machines or backups; its items are done one after the other."""

    class Kind(models.TextChoices):
        START = "start", _("Start backups")
        RETRY = "retry", _("Retry failed backups")
        DELETE = "delete", _("Delete backups")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    actor_name = models.CharField(max_length=320)
    address = models.CharField(max_length=64, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = RunsOfPerson.as_manager()

    def __str__(self) -> str:
        return f"{self.kind} {self.created_at:%Y-%m-%d %H:%M} UTC"


class BulkItem(models.Model):
    """One machine or backup of a run, and what became of it."""

    VIEW_ACTION: ClassVar[Action] = Action.BACKUP_VIEW

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        DOING = "doing", _("Being done")
        DONE = "done", _("Done")
        ASKED = "asked", _("Waits for a second person")
        REFUSED = "refused", _("Not done")

    run = models.ForeignKey(BulkRun, on_delete=models.CASCADE, related_name="items")
    tenant = models.ForeignKey(Tenant, null=True, on_delete=models.PROTECT, related_name="+")
    vm = models.ForeignKey(VirtualMachine, on_delete=models.PROTECT, related_name="+")
    backup = models.ForeignKey(Backup, null=True, on_delete=models.PROTECT, related_name="+")
    """What is to be deleted or tried again; of a start, what came of it."""
    wanted = models.CharField(max_length=64, blank=True)
    """Of a start the type that was asked for, of a deletion the sum of what was shown."""
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    said = models.TextField(blank=True)
    approval_id = models.UUIDField(null=True)
    claimed_at = models.DateTimeField(null=True)

    objects = TenantQuerySet["BulkItem"].as_manager()

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["state"], name="bulk_open", condition=Q(state__in=["waiting", "doing"]))
        ]

    def __str__(self) -> str:
        return f"{self.vm_id} {self.state}"

    @property
    def is_open(self) -> bool:
        """Whether something will still become of it."""
        return self.state in (self.State.WAITING, self.State.DOING)
