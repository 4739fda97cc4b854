"""Folders of restore points as the hub listed them once."""

import hashlib
import unicodedata
from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backups.models import Backup
from restore.models.rows import TenantRow
from restore.names import can_be_said, decoded_partition, visible
from sendense_portal.tenancy.roles import Action


class Folder(TenantRow):
    """A folder of a disk of a backup. Points never change, so neither does this; it is complete if it
    exists, and it exists only where the guard has let the hub be asked (``restore.guard``)."""

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

    @staticmethod
    def digest(path: str) -> str:
        """The ``path_digest`` of a path."""
        return hashlib.sha256(path.encode()).hexdigest()


class FileEntry(models.Model):
    """One name in a folder. ``name`` is the last part of its path, as the hub wrote it."""

    class Kind(models.TextChoices):
        DIRECTORY = "directory", _("Folder")
        FILE = "file", _("File")
        SYMLINK = "symlink", _("Link")

    folder = models.ForeignKey(Folder, on_delete=models.CASCADE, related_name="entries")
    name = models.TextField()
    label = models.TextField(blank=True)
    """What the hub calls it where that is not its name: partitions, at the root of a disk."""
    sort_name = models.TextField()
    """For sorting and searching without regard to case and Unicode form."""
    kind = models.CharField(max_length=16, choices=Kind.choices)
    size = models.PositiveBigIntegerField(default=0)
    mode = models.CharField(max_length=8, blank=True)
    modified_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["kind", "sort_name", "id"]
        indexes = [
            models.Index(fields=["folder", "name"], name="entry_name"),
            models.Index(fields=["folder", "kind", "sort_name", "id"], name="entry_by_name"),
            models.Index(fields=["folder", "kind", "size"], name="entry_by_size"),
            models.Index(fields=["folder", "kind", "modified_at"], name="entry_by_time"),
        ]

    def __str__(self) -> str:
        return self.name

    @staticmethod
    def sortable(text: str) -> str:
        """A text as ``sort_name`` has it."""
        return unicodedata.normalize("NFC", text).casefold()

    @property
    def path(self) -> str:
        """Where it is on its disk; asks for the folder unless that is already here."""
        return f"{self.folder.path.rstrip('/')}/{self.name}"

    @property
    def shown_name(self) -> str:
        """The name for people's eyes, nothing in it able to deceive them."""
        return visible(decoded_partition(self.label) if self.label else self.name)

    @property
    def is_directory(self) -> bool:
        return self.kind == self.Kind.DIRECTORY

    @property
    def is_file(self) -> bool:
        return self.kind == self.Kind.FILE

    @property
    def is_nameable(self) -> bool:
        """Whether the hub can be asked for it."""
        return can_be_said(self.name)
