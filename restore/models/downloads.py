"""What was taken out of restore points."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backups.models import Backup
from restore.models.baskets import Parcel
from restore.models.mounts import Mount
from restore.models.rows import TenantRow
from restore.names import visible
from sendense_portal.tenancy.models import User
from sendense_portal.tenancy.roles import Action


class Download(TenantRow):
    """One file or folder that somebody took, or tried to take."""

    VIEW_ACTION: ClassVar[Action] = Action.FILE_DOWNLOAD

    class Kind(models.TextChoices):
        FILE = "file", _("File")
        FOLDER = "folder", _("Folder")
        BASKET = "basket", _("Basket")

    class State(models.TextChoices):
        RUNNING = "running", _("Running")
        COMPLETED = "completed", _("Completed")
        INCOMPLETE = "incomplete", _("Incomplete")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    backup = models.ForeignKey(Backup, on_delete=models.PROTECT, related_name="downloads")
    mount = models.ForeignKey(Mount, null=True, on_delete=models.SET_NULL, related_name="downloads")
    disk_index = models.PositiveIntegerField()
    path = models.TextField()
    """Of a basket: what its archive is called."""
    items = models.JSONField(default=list)
    """Of a basket: what was in it (``selections.Item.as_json``); its ``backup`` is the first one's."""
    parcel = models.ForeignKey(Parcel, null=True, on_delete=models.SET_NULL, related_name="downloads")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    state = models.CharField(_("status"), max_length=16, choices=State.choices, default=State.RUNNING)
    person = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    person_name = models.CharField(_("by"), max_length=320)
    size = models.PositiveBigIntegerField(_("size"), null=True)
    """Of the whole file; unknown for a folder until its zip has ended."""
    reserved = models.JSONField(default=dict)
    """Bytes taken of the customer's for it, by day: what a killed process leaves is given back."""
    sent_bytes = models.PositiveBigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    started_at = models.DateTimeField(_("started"), default=timezone.now)
    touched_at = models.DateTimeField(default=timezone.now)
    """Its last sign of life; a running one without for a while has lost its process."""
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-started_at"]
        indexes = [
            models.Index(fields=["-started_at"], name="download_newest"),
            models.Index(fields=["tenant", "-started_at"], name="download_tenant_newest"),
            models.Index(fields=["state", "touched_at"], name="download_state"),
        ]

    def __str__(self) -> str:
        return self.path

    @property
    def shown_name(self) -> str:
        """The file's or folder's own name, safe to look at."""
        return visible(self.path.rpartition("/")[2] or "/")

    @property
    def shown_path(self) -> str:
        """Where it lay, safe to look at."""
        return visible(self.path)
