"""The form that opens a restore point."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from backups.models import Backup
from restore.mounts import must_say_why
from sendense_portal.tenancy.access import Access


@dataclass(frozen=True)
class Disk:
    """A disk that a backup has; size in bytes, None where the hub has not said."""

    index: int
    size_bytes: int | None


def disks_of(backup: Backup) -> list[Disk]:
    """The disks of a backup as far as they are known: its own, else its VM's, else the first."""
    sizes = {disk.index: disk.size_bytes for disk in backup.vm.disks.all()}
    indexes = sorted(disk.index for disk in backup.disks.all()) or sorted(sizes) or [0]
    return [Disk(index, sizes.get(index)) for index in indexes]


class MountOpenForm(forms.Form):
    """Which disk of a backup, and for provider staff why."""

    disk = forms.TypedChoiceField(
        label=_("Disk"),
        coerce=int,
        error_messages={"required": _("Choose a disk."), "invalid_choice": _("Choose a disk of the list.")},
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        help_text=_("The customer can read it in the activity trail."),
        error_messages={"required": _("Say why you look into this customer's files.")},
    )

    def __init__(self, data: Any, *, backup: Backup, access: Access, disk: str = "") -> None:
        self.disks = disks_of(backup)
        super().__init__(data, initial={"disk": disk or str(self.disks[0].index)})
        field = self.fields["disk"]
        assert isinstance(field, forms.TypedChoiceField)
        field.choices = [(str(disk.index), str(disk.index)) for disk in self.disks]
        if not must_say_why(access, backup.tenant_id):
            del self.fields["reason"]
