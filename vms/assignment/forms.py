"""Forms that give machines to customers."""

import hashlib
import json
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from sendense_portal.tenancy.models import HubConnection, Tenant
from sendense_portal.ui.selects import LongSelect
from vms.assignment import places
from vms.models import AssignmentRule

LAST = 9999
CRITERIA = ("name_pattern", "hub", "vcenter", "datacenter", "group")


def active_customers() -> QuerySet[Tenant]:
    """Only those that are neither suspended nor closed get machines."""
    return Tenant.objects.filter(state=Tenant.State.ACTIVE)


class CustomerChoice(forms.ModelChoiceField[Tenant]):
    """A customer that may be given machines."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            active_customers(),
            label=_("Customer"),
            widget=LongSelect(),
            empty_label=_("Choose a customer"),
            error_messages={
                "required": _("Choose a customer."),
                "invalid_choice": _("Choose an active customer of the list."),
            },
            **options,
        )


class AssignForm(forms.Form):
    """To whom the chosen machines go."""

    customer = CustomerChoice()


class RuleForm(forms.ModelForm[AssignmentRule]):
    """A rule; it is saved only with the digest of what its preview was made of."""

    previewed = forms.CharField(required=False, widget=forms.HiddenInput())

    class Meta:
        model = AssignmentRule
        fields = ["tenant", "name_pattern", "vcenter", "datacenter", "hub", "group", "priority", "enabled"]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        rule: AssignmentRule = self.instance
        if rule._state.adding:
            self.fields["tenant"] = CustomerChoice()
        else:
            # Its customer's trail tells what the rule did; another customer is another rule.
            self.fields["tenant"].disabled = True
        self.fields["hub"] = forms.ModelChoiceField(
            HubConnection.objects.all(), required=False, label=_("Hub"), empty_label=_("Any hub")
        )
        self.choose("vcenter", _("vCenter"), _("Any vCenter"), places.vcenters())
        self.choose("datacenter", _("Datacenter"), _("Any datacenter"), places.datacenters())
        self.choose("group", _("Machine group of the hub"), _("Any group or none"), places.groups())
        self.fields["priority"] = forms.IntegerField(
            min_value=0,
            max_value=LAST,
            label=_("Priority"),
            initial=100,
            help_text=_("Of rules that fit, the one with the lowest number takes the machine."),
        )

    def choose(self, name: str, label: Any, empty: Any, choices: places.Choices) -> None:
        """A select of what the hubs know, and of what the rule names already."""
        kept = getattr(self.instance, name)
        if kept and (kept, kept) not in choices:
            choices = [*choices, (kept, kept)]
        self.fields[name] = forms.ChoiceField(
            choices=[("", empty), *choices],
            required=False,
            label=label,
            widget=LongSelect(),
            error_messages={"invalid_choice": _("No machine is there any more. Choose one of the list.")},
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors and not any(cleaned.get(name) for name in CRITERIA):
            self.add_error(
                None, _("Name at least one thing that its machines have in common; “*” as name takes all.")
            )
        return cleaned

    @property
    def digest(self) -> str:
        """Stands for what is to be saved, so that nothing is saved whose preview nobody has seen."""
        named = {name: str(self.cleaned_data.get(name) or "") for name in self.Meta.fields}
        return hashlib.sha256(json.dumps(named, sort_keys=True).encode()).hexdigest()

    @property
    def is_previewed(self) -> bool:
        """Whether the preview that was shown was of exactly this."""
        return bool(self.cleaned_data["previewed"] == self.digest)
