"""What people put together to take out, and what is packed for them."""

from datetime import datetime, timedelta
from typing import ClassVar, Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backups.models import Backup
from restore.models.folders import FileEntry, Folder
from restore.models.rows import TenantRow
from restore.names import visible
from sendense_portal.tenancy.access import Access
from sendense_portal.tenancy.models import User
from sendense_portal.tenancy.roles import Action
from sendense_portal.tenancy.scopes import Row, TenantQuerySet

KEPT_FOR = timedelta(hours=72)


def in_three_days() -> datetime:
    """When a parcel that is asked for now expires."""
    return timezone.now() + KEPT_FOR


class PersonalQuerySet(TenantQuerySet[Row]):
    """Rows of one person, which nobody else knows of, whatever their rights."""

    def visible_to(self, access: Access, action: Action | None = None) -> Self:
        """One's own, as long as one may see what they are about."""
        return super().visible_to(access, action).filter(person=access.user)


class BasketItem(TenantRow):
    """A file or folder of a restore point that somebody wants; it may be of any folder of any point."""

    VIEW_ACTION: ClassVar[Action] = Action.FILE_DOWNLOAD

    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    backup = models.ForeignKey(Backup, on_delete=models.CASCADE, related_name="+")
    disk_index = models.PositiveIntegerField()
    path = models.TextField()
    path_digest = models.CharField(max_length=64)
    kind = models.CharField(max_length=16, choices=FileEntry.Kind.choices)
    size = models.PositiveBigIntegerField(null=True)
    """Of a file that was seen in its folder; nobody knows a folder's."""
    added_at = models.DateTimeField(default=timezone.now)

    objects = PersonalQuerySet["BasketItem"].as_manager()  # type: ignore[misc]  # narrower than the base's

    class Meta:
        ordering = ["added_at", "path"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "backup", "disk_index", "path_digest"], name="once_in_a_basket"
            )
        ]

    def __str__(self) -> str:
        return self.path

    def save(self, *args: object, **options: object) -> None:
        self.path_digest = Folder.digest(self.path)
        super().save(*args, **options)  # type: ignore[arg-type]  # Django's own, passed on

    @property
    def shown_path(self) -> str:
        """Where it lies, safe to look at."""
        return visible(self.path)


class Parcel(TenantRow):
    """An archive that is packed in the background for one person, kept for a time in the portal."""

    VIEW_ACTION: ClassVar[Action] = Action.FILE_DOWNLOAD

    class Format(models.TextChoices):
        ZIP = "zip", "zip"
        TAR_ZST = "tar.zst", "tar.zst"

    class State(models.TextChoices):
        ASKED = "asked", _("Waits for a second person")
        WAITING = "waiting", _("Waiting")
        PACKING = "packing", _("Being packed")
        READY = "ready", _("Ready")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")
        EXPIRED = "expired", _("Expired")

    person = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    person_name = models.CharField(max_length=320)
    backup = models.ForeignKey(Backup, on_delete=models.PROTECT, related_name="+")
    """The first of the points that it is out of."""
    name = models.CharField(max_length=200)
    format = models.CharField(max_length=8, choices=Format.choices, default=Format.ZIP)
    items = models.JSONField(default=list)
    """What is asked for: ``restore.selections.Item.as_json`` of each."""
    reason = models.CharField(max_length=300, blank=True)
    """What the provider's staff typed before looking into these files."""
    state = models.CharField(_("status"), max_length=16, choices=State.choices, default=State.WAITING)
    approved_by_name = models.CharField(max_length=320, blank=True)
    """The second person, where the customer's rules want one."""
    is_unwanted = models.BooleanField(default=False)
    """Its person thought better of it; who packs it stops."""
    files_done = models.PositiveIntegerField(default=0)
    bytes_done = models.PositiveBigIntegerField(default=0)
    files_total = models.PositiveIntegerField(null=True)
    bytes_total = models.PositiveBigIntegerField(null=True)
    size = models.PositiveBigIntegerField(null=True)
    sha256 = models.CharField(max_length=64, blank=True)
    note = models.CharField(max_length=200, blank=True)
    """The member that the portal itself has put in."""
    problem = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    touched_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(default=in_three_days)

    objects = PersonalQuerySet["Parcel"].as_manager()  # type: ignore[misc]  # narrower than the base's

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["state", "touched_at"], name="parcel_state")]

    def __str__(self) -> str:
        return self.file_name

    @property
    def file_name(self) -> str:
        """What it is saved as."""
        return f"{self.name}.{self.format}"

    @property
    def shown_name(self) -> str:
        """The same, safe to look at."""
        return visible(self.file_name)

    @property
    def is_ready(self) -> bool:
        """Whether it can be fetched now."""
        return self.state == self.State.READY and self.expires_at > timezone.now()

    @property
    def is_on_its_way(self) -> bool:
        """Whether it may become ready."""
        return self.state in (self.State.ASKED, self.State.WAITING, self.State.PACKING)
