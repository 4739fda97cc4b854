"""Disks of backups held open at a hub, who uses them, and how many a hub has left."""

from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backups.models import Backup
from restore.models.rows import TenantRow
from sendense_portal.tenancy.models import HubConnection, User
from sendense_portal.tenancy.roles import Action

RENEW_BELOW = timedelta(minutes=2)
"""With less time left a mount is made anew before it is used: the hub ends it even in mid-download."""


class Mount(TenantRow):
    """A disk of a backup held open at the hub, shared by all who may see the backup.

    The hub forgets which backup a mount is of (hub/README.md 20), so this is the only map. A mount lives one
    hour from its making, used or not; a renewed one keeps its row and gets a new ``remote_id``.
    """

    VIEW_ACTION: ClassVar[Action] = Action.MOUNT_VIEW

    class State(models.TextChoices):
        OPENING = "opening", _("Opening")
        OPEN = "open", _("Open")
        CLOSED = "closed", _("Closed")
        EXPIRED = "expired", _("Expired")
        FAILED = "failed", _("Failed")

    hub = models.ForeignKey(HubConnection, on_delete=models.PROTECT, related_name="+")
    remote_id = models.CharField(max_length=64, blank=True)
    backup = models.ForeignKey(Backup, on_delete=models.PROTECT, related_name="mounts")
    disk_index = models.PositiveIntegerField(default=0)
    state = models.CharField(_("status"), max_length=16, choices=State.choices, default=State.OPENING)
    filesystem = models.CharField(_("file system"), max_length=32, blank=True)
    opened_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    opened_by_name = models.CharField(_("opened by"), max_length=320, blank=True)
    created_at = models.DateTimeField(_("opened"), default=timezone.now)
    expires_at = models.DateTimeField(_("time left"), null=True)
    closed_at = models.DateTimeField(null=True)
    is_unsettled = models.BooleanField(default=True)
    """The hub was asked to open it and has not answered: it may hold a mount whose id nobody here knows."""

    asked_back_at = models.DateTimeField(null=True)
    """It is about to be closed: whatever process reads from it in the background leaves it."""

    closes_at = models.DateTimeField(null=True)
    """The provider needs its place and closes it then; its people were told, with ``close_reason``."""
    close_reason = models.CharField(max_length=300, blank=True)

    is_spare = models.BooleanField(default=False)
    """The portal opened it for itself, where nobody needed the room: the first to be given back, in nobody's
    quota. Whoever opens the same disk takes it over."""

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["backup", "disk_index"],
                condition=models.Q(state__in=["opening", "open"]),
                name="one_open_mount_per_disk",
            )
        ]
        indexes = [models.Index(fields=["state", "hub"], name="mount_state")]

    def __str__(self) -> str:
        return f"{self.backup} disk {self.disk_index}"

    @property
    def is_open(self) -> bool:
        """Whether the hub holds it, as far as is known."""
        return self.state == self.State.OPEN

    @property
    def has_time(self) -> bool:
        """Whether a listing or a download begun now would end before the mount does."""
        return bool(self.is_open and self.expires_at and self.expires_at - timezone.now() > RENEW_BELOW)


class MountUse(models.Model):
    """Somebody looking into a mount; for provider staff also why (docs/architecture.md, Access)."""

    mount = models.ForeignKey(Mount, on_delete=models.CASCADE, related_name="uses")
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    reason = models.CharField(max_length=300, blank=True)
    last_used_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-last_used_at"]
        constraints = [models.UniqueConstraint(fields=["mount", "person"], name="one_use_per_person")]

    def __str__(self) -> str:
        return f"{self.person} in {self.mount}"


class MountSlots(models.Model):
    """How many mounts a hub has for everybody, as last heard; ``outside`` were not made by the portal."""

    hub = models.OneToOneField(HubConnection, on_delete=models.CASCADE, related_name="mount_slots")
    active = models.PositiveIntegerField(default=0)
    maximum = models.PositiveIntegerField(default=0)
    outside = models.PositiveIntegerField(default=0)
    observed_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.hub}: {self.active} of {self.maximum}"
