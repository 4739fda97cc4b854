"""What a person chooses when a machine is to be replicated."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from vms.models import ReplicationRun, VirtualMachine

LARGEST = 2**31 - 1


class StartForm(forms.Form):
    """The target, and how much is copied."""

    target = forms.IntegerField(
        label=_("Number of the target"),
        min_value=1,
        max_value=LARGEST,
        help_text=_(
            "As the hub’s console shows it; filled in where a machine of this hub has one. Hubs give no list."
        ),
    )
    kind = forms.ChoiceField(
        label=_("What is copied"), choices=ReplicationRun.Kind.choices, widget=forms.RadioSelect
    )

    def __init__(self, vm: VirtualMachine, data: Any = None) -> None:
        once = has_been_copied(vm)
        kind = ReplicationRun.Kind.INCREMENTAL if once else ReplicationRun.Kind.INITIAL
        super().__init__(data, initial={"target": target_of(vm), "kind": kind})
        if not once:
            del self.fields["kind"]

    @property
    def chosen_kind(self) -> str:
        """Everything, unless there is something that changes could be added to."""
        return str(self.cleaned_data.get("kind", ReplicationRun.Kind.INITIAL))


def has_been_copied(vm: VirtualMachine) -> bool:
    """Whether a replication of it has ever ended well."""
    return vm.replication_runs > vm.replication_failures


def target_of(vm: VirtualMachine) -> int | None:
    """Its own target, or that of another machine of its hub."""
    if vm.replication_target:
        return vm.replication_target
    others = VirtualMachine.objects.filter(hub=vm.hub_id, replication_target__isnull=False)
    return others.values_list("replication_target", flat=True).first()
