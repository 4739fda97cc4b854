"""Open restore points, the folders seen in them, and the files taken out."""

import uuid
from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backups.models import Backup
from sendense_portal.tenancy.models import HubConnection, Tenant, User
from sendense_portal.tenancy.roles import Action
from sendense_portal.tenancy.scopes import TenantQuerySet


class TenantRow(models.Model):
    """A row of the portal's own that belongs to the customer of a backup (none: the provider's)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey(Tenant, null=True, on_delete=models.PROTECT, related_name="+")

    objects = TenantQuerySet.as_manager()

    class Meta:
        abstract = True


class Mount(TenantRow):
    """A disk of a backup held open at the hub. The hub forgets which backup a mount is of
    (hub/README.md 20), so this is the only map; a mount lives one hour from its making, used or not."""

    VIEW_ACTION: ClassVar[Action] = Action.MOUNT_VIEW

    class State(models.TextChoices):
        OPENING = "opening", _("Opening")
        OPEN = "open", _("Open")
        CLOSED = "closed", _("Closed")
        EXPIRED = "expired", _("Expired")
        FAILED = "failed", _("Failed")

    hub = models.ForeignKey(HubConnection, on_delete=models.PROTECT, related_name="+")
    hub_id = models.CharField(max_length=64, blank=True)
    backup = models.ForeignKey(Backup, on_delete=models.PROTECT, related_name="mounts")
    disk_index = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=16, choices=State.choices, default=State.OPENING)
    filesystem = models.CharField(max_length=32, blank=True)
    opened_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    opened_by_name = models.CharField(max_length=320, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["backup", "disk_index"],
                condition=models.Q(state__in=["opening", "open"]),
                name="one_open_mount_per_disk",
            )
        ]

    def __str__(self) -> str:
        return f"{self.backup} disk {self.disk_index}"


class Folder(TenantRow):
    """A folder of a restore point as the hub listed it once. Points never change, so neither does this."""

    VIEW_ACTION: ClassVar[Action] = Action.FOLDER_LIST

    backup = models.ForeignKey(Backup, on_delete=models.CASCADE, related_name="folders")
    disk_index = models.PositiveIntegerField()
    path = models.TextField()
    path_digest = models.CharField(max_length=64)
    """sha256 of the path: paths are too long for an index."""
    listed_at = models.DateTimeField(default=timezone.now)
    entry_count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["backup", "disk_index", "path_digest"], name="folder_once_per_point"
            )
        ]

    def __str__(self) -> str:
        return self.path


class FileEntry(models.Model):
    """One name in a folder. Links, devices and the like are shown and never followed."""

    class Kind(models.TextChoices):
        DIRECTORY = "directory", _("Folder")
        FILE = "file", _("File")
        SYMLINK = "symlink", _("Link")

    folder = models.ForeignKey(Folder, on_delete=models.CASCADE, related_name="entries")
    name = models.TextField()
    path = models.TextField()
    kind = models.CharField(max_length=16, choices=Kind.choices)
    size = models.PositiveBigIntegerField(default=0)
    mode = models.CharField(max_length=8, blank=True)
    modified_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["kind", "name"]
        indexes = [
            models.Index(fields=["folder", "kind", "name"], name="entry_by_name"),
            models.Index(fields=["folder", "size"], name="entry_by_size"),
            models.Index(fields=["folder", "modified_at"], name="entry_by_time"),
        ]

    def __str__(self) -> str:
        return self.path


class Download(TenantRow):
    """One file or folder that somebody took, or tried to take."""

    VIEW_ACTION: ClassVar[Action] = Action.FILE_DOWNLOAD

    class Kind(models.TextChoices):
        FILE = "file", _("File")
        FOLDER = "folder", _("Folder as zip")

    class State(models.TextChoices):
        RUNNING = "running", _("Running")
        COMPLETED = "completed", _("Completed")
        INCOMPLETE = "incomplete", _("Incomplete")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    backup = models.ForeignKey(Backup, on_delete=models.PROTECT, related_name="downloads")
    disk_index = models.PositiveIntegerField()
    path = models.TextField()
    kind = models.CharField(max_length=8, choices=Kind.choices)
    state = models.CharField(max_length=16, choices=State.choices, default=State.RUNNING)
    person = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    person_name = models.CharField(max_length=320)
    size = models.PositiveBigIntegerField(null=True)
    sent_bytes = models.PositiveBigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    started_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-started_at"]

    def __str__(self) -> str:
        return self.path
