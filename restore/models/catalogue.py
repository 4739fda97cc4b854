"""The catalogue: names of all files over all restore points, kept as versions over intervals of points.

A point that holds what the one before it held adds nothing. All times are microseconds since 1970, so that
they compare alike in every database and an index holds them.
"""

from datetime import UTC, datetime
from typing import ClassVar, Self
from uuid import UUID

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backups.models import Backup
from restore.names import visible
from sendense_portal.tenancy.access import Access
from sendense_portal.tenancy.models import Tenant
from sendense_portal.tenancy.roles import Action
from sendense_portal.tenancy.scopes import TenantQuerySet
from vms.models import VirtualMachine

NEVER = 2**63 - 1
"""``gone`` of what no walked point lacks."""
UNKNOWN = 0
"""``modified`` of what has no time."""


class CatalogueOwner(models.Model):
    """A customer, or the provider itself, by a small number: names are found by it and a part of them."""

    VIEW_ACTION: ClassVar[Action] = Action.FOLDER_LIST

    id = models.AutoField(primary_key=True)
    tenant = models.ForeignKey(Tenant, null=True, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=36, unique=True)
    """The customer's id, or “provider”."""

    objects = TenantQuerySet["CatalogueOwner"].as_manager()

    def __str__(self) -> str:
        return self.tenant.name if self.tenant else str(_("No customer"))


class CatalogueDisk(models.Model):
    """A disk of a machine over all its points."""

    owner = models.ForeignKey(CatalogueOwner, on_delete=models.CASCADE, related_name="disks")
    vm = models.ForeignKey(VirtualMachine, on_delete=models.CASCADE, related_name="catalogue")
    disk_index = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["vm", "disk_index"], name="catalogue_disk_once")]

    def __str__(self) -> str:
        return f"{self.vm} disk {self.disk_index}"


class CataloguePoint(models.Model):
    """A disk of a restore point that was walked, or is being walked."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        WALKING = "walking", _("Being read")
        COMPLETE = "complete", _("In the catalogue")
        FAILED = "failed", _("Could not be read")

    disk = models.ForeignKey(CatalogueDisk, on_delete=models.CASCADE, related_name="points")
    backup = models.ForeignKey(Backup, on_delete=models.CASCADE, related_name="catalogue")
    position = models.BigIntegerField()
    """When the backup began."""
    state = models.CharField(max_length=16, choices=State.choices, default=State.WAITING)
    cause = models.CharField(max_length=300, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    touched_at = models.DateTimeField(default=timezone.now)
    """While it is walked: when its walker last gave a sign of life. Else: from when on it may be walked."""
    ended_at = models.DateTimeField(null=True)
    folder_count = models.PositiveIntegerField(default=0)
    name_count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["backup", "disk"], name="catalogue_point_once")]
        indexes = [models.Index(fields=["disk", "state", "position"], name="catalogue_position")]

    def __str__(self) -> str:
        return f"{self.backup} disk {self.disk.disk_index}"


class CatalogueFolder(models.Model):
    """A folder of a disk, whenever it existed."""

    disk = models.ForeignKey(CatalogueDisk, on_delete=models.CASCADE, related_name="folders")
    path = models.TextField()
    path_digest = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["disk", "path_digest"], name="catalogue_folder_once")]

    def __str__(self) -> str:
        return self.path


class NameQuerySet(models.QuerySet["CatalogueName", "CatalogueName"]):
    """Names are their owner's."""

    def visible_to(self, access: Access, action: Action | None = None) -> Self:
        """Those of customers on whose rows ``access`` holds ``action`` (by default: to list files)."""
        return self.filter(owner__in=CatalogueOwner.objects.visible_to(access, action))


class CatalogueName(models.Model):
    """A name in a folder, whenever it existed. ``owner`` and ``disk`` are here for the index."""

    VIEW_ACTION: ClassVar[Action] = Action.FOLDER_LIST

    folder = models.ForeignKey(CatalogueFolder, on_delete=models.CASCADE, related_name="names")
    disk = models.ForeignKey(CatalogueDisk, on_delete=models.CASCADE, related_name="+")
    owner = models.ForeignKey(CatalogueOwner, on_delete=models.CASCADE, related_name="+", db_index=False)
    name = models.TextField()
    sort_name = models.TextField()
    """As ``FileEntry.sortable`` makes it."""

    objects = NameQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["folder", "name"], name="catalogue_name_once")]
        indexes = [models.Index(fields=["owner", "sort_name"], name="catalogue_by_name")]

    def __str__(self) -> str:
        return self.name

    @property
    def path(self) -> str:
        """Where it is on its disk; asks for the folder unless that is here."""
        return f"{self.folder.path.rstrip('/')}/{self.name}"

    @property
    def tenant_id(self) -> UUID | None:
        """Whose it is."""
        return self.owner.tenant_id

    @property
    def shown_name(self) -> str:
        """For people's eyes."""
        return visible(self.name)

    @property
    def shown_folder(self) -> str:
        """For people's eyes."""
        return visible(self.folder.path)


class Kind(models.TextChoices):
    """What a name was."""

    FOLDER = "d", _("Folder")
    FILE = "f", _("File")
    LINK = "l", _("Link")


class NameVersion(models.Model):
    """What a name was in all walked points after ``after`` and before ``gone``: it was something else, or
    not there, in the walked points of just these times. Folders have neither size nor time."""

    name = models.ForeignKey(CatalogueName, on_delete=models.CASCADE, related_name="versions", db_index=False)
    kind = models.CharField(max_length=1, choices=Kind.choices)
    size = models.BigIntegerField(default=0)
    modified = models.BigIntegerField(default=UNKNOWN)
    after = models.BigIntegerField(default=0)
    gone = models.BigIntegerField(default=NEVER)
    sha256 = models.CharField(max_length=64, blank=True)
    """Of its content, once a proof of restore has read it."""

    class Meta:
        indexes = [models.Index(fields=["name", "after"], name="catalogue_versions")]

    def __str__(self) -> str:
        return f"{self.name} {self.kind} {self.size}"

    @property
    def modified_at(self) -> datetime | None:
        """As a time."""
        return moment(self.modified) if self.modified else None


class Sighting(models.Model):
    """A name as a walk that is under way has found it."""

    point = models.ForeignKey(CataloguePoint, on_delete=models.CASCADE, related_name="sightings")
    name = models.ForeignKey(CatalogueName, on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=1, choices=Kind.choices)
    size = models.BigIntegerField(default=0)
    modified = models.BigIntegerField(default=UNKNOWN)
    is_listed = models.BooleanField(default=False)
    """Of a folder: whether what is in it was found too."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["point", "name"], name="sighting_once")]
        indexes = [
            models.Index(
                fields=["point", "id"],
                name="sighting_waiting",
                condition=models.Q(kind="d", is_listed=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.kind}"


def moment(microseconds: int) -> datetime:
    """As a time."""
    seconds, rest = divmod(microseconds, 1_000_000)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest)


def microseconds(time: datetime | None) -> int:
    """As this module keeps times."""
    if time is None:
        return UNKNOWN
    return int(time.timestamp()) * 1_000_000 + time.microsecond
