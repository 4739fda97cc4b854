"""The form that starts a backup."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from backups.conflicts import incremental_conflict, repository_conflict, vm_conflict
from backups.models import BackupType, Repository
from backups.repositories import fit_for
from sendense_portal.tenancy.access import Access
from sendense_portal.tenancy.roles import Action
from vms.models import VirtualMachine


class BackupStartForm(forms.Form):
    """A VM that this person may back up, a type, and a repository that fits the VM.

    Each conflict is said at the field that can mend it; the service checks all of them again.
    """

    vm = forms.ModelChoiceField(
        VirtualMachine.objects.none(),
        label=_("Virtual machine"),
        error_messages={
            "required": _("Choose a virtual machine."),
            "invalid_choice": _("Choose a virtual machine of the list."),
        },
    )
    type = forms.ChoiceField(label=_("Type"), choices=BackupType.choices)
    repository = forms.ModelChoiceField(
        Repository.objects.none(),
        label=_("Repository"),
        error_messages={
            "required": _("Choose a repository."),
            "invalid_choice": _(
                "Choose a repository that this virtual machine may be backed up to; the provider decides "
                "which these are."
            ),
        },
    )

    def __init__(self, data: Any, *, access: Access) -> None:
        super().__init__(data)
        vms = VirtualMachine.objects.visible_to(access, Action.BACKUP_START).select_related("hub")
        self.vms = vms.filter(gone_at__isnull=True)
        self.choice("vm").queryset = self.vms
        if vm := self.vm_named(self.data.get("vm", "")):
            self.choice("repository").queryset = fit_for(vm)

    def choice(self, name: str) -> "forms.ModelChoiceField[Any]":
        """One of the two fields whose rows depend on the person."""
        field = self.fields[name]
        assert isinstance(field, forms.ModelChoiceField)
        return field

    def vm_named(self, key: str) -> VirtualMachine | None:
        """The VM with this key, if it is one of those that may be backed up."""
        try:
            vm: VirtualMachine | None = self.choice("vm").clean(key)
        except forms.ValidationError:
            return None
        return vm

    def clean(self) -> dict[str, Any]:
        """Says at each field what speaks against it."""
        vm, repository = self.cleaned_data.get("vm"), self.cleaned_data.get("repository")
        if vm and (reason := vm_conflict(vm)):
            self.add_error("vm", reason)
        if vm and repository:
            if reason := repository_conflict(vm, repository):
                self.add_error("repository", reason)
            wanted = self.cleaned_data.get("type")
            if wanted == BackupType.INCREMENTAL and (reason := incremental_conflict(vm, repository)):
                self.add_error("type", reason)
        return self.cleaned_data
