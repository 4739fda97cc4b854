"""The form that opens a restore point."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from backups.models import Backup
from restore.readability import finding, sentence_of
from restore.reasons import must_say_why
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
    anyway = forms.BooleanField(label=_("Try it all the same"), required=False)
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
        found = (finding(backup, disk.index) for disk in self.disks)
        self.findings = {one.disk_index: one for one in found if one}
        if all(one.is_certain for one in self.findings.values()):
            del self.fields["anyway"]
        if not must_say_why(access, backup.tenant_id):
            del self.fields["reason"]

    def clean(self) -> dict[str, Any]:
        """What is known not to open is not asked for by mistake: a mount that fails can block all others."""
        cleaned = super().clean() or {}
        found = self.findings.get(cleaned.get("disk", -1))
        if found and (found.is_certain or not cleaned.get("anyway")):
            self.add_error("disk", sentence_of(found))
        return cleaned

    def warnings(self) -> list[str]:
        """What is known of its disks, for the page."""
        certain = _("Disk %(number)s: %(said)s %(instead)s")
        likely = _("Disk %(number)s could not be read in another backup of it. %(said)s %(instead)s")
        return [
            (certain if found.is_certain else likely)
            % {"number": found.disk_index, "said": found.said, "instead": found.instead}
            for found in self.findings.values()
        ]


class CloseForm(forms.Form):
    """How the provider's staff close what a customer's people use."""

    WITH_NOTICE, AT_ONCE = "notice", "now"
    when = forms.ChoiceField(
        label=_("When"),
        choices=[
            (WITH_NOTICE, _("In 5 minutes; they are told now")),
            (AT_ONCE, _("At once; what has not arrived breaks off")),
        ],
        initial=WITH_NOTICE,
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=_("Why"), max_length=300, help_text=_("They read it, and it stands in their activity trail.")
    )
