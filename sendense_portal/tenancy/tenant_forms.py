"""Forms about customers."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from sendense_portal.tenancy.customers import name_taken
from sendense_portal.tenancy.models import Tenant
from sendense_portal.tenancy.policies import AGAINST_THE_PROVIDER, POLICY_FIELDS
from sendense_portal.tenancy.time_zones import LongSelect, time_zone_choices

LONGEST_BIN = 365
NIGHT = ("time_zone", "night_begins", "night_ends")
KEPT = (*NIGHT, "rpo_hours")
HOURS = [(hour, f"{hour:02}:00") for hour in range(24)]


class CustomerForm(forms.Form):
    """A customer's name, which nobody else has, whatever the capitals."""

    name = forms.CharField(
        label=_("Name"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("As its people and your bills call it. It can be changed later."),
    )

    def __init__(self, *args: Any, tenant: Tenant | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.tenant = tenant

    def clean_name(self) -> str:
        name: str = " ".join(self.cleaned_data["name"].split())
        others = Tenant.objects.exclude(pk=self.tenant.pk) if self.tenant else Tenant.objects.all()
        if others.filter(name__iexact=name).exists():
            raise ValidationError(name_taken(name))
        return name


class CloseForm(forms.Form):
    """Closing needs the customer's name typed."""

    typed = forms.CharField(
        label=_("Type the customer’s name"), widget=forms.TextInput(attrs={"autocomplete": "off"})
    )

    def __init__(self, *args: Any, tenant: Tenant, **options: Any) -> None:
        super().__init__(*args, **options)
        self.tenant = tenant

    def clean_typed(self) -> str:
        typed: str = self.cleaned_data["typed"]
        if typed.strip() != self.tenant.name:
            raise ValidationError(_("This is not its name. Nothing was changed."))
        return typed


class RulesForm(forms.ModelForm[Tenant]):
    """A customer's safety rules; for the provider's staff those that protect from them can't be undone."""

    bin_days = forms.IntegerField(
        label=_("Days in the bin"),
        min_value=0,
        max_value=LONGEST_BIN,
        help_text=_("How long a deleted backup can be brought back; 0 deletes at once."),
    )
    time_zone = forms.TypedChoiceField(
        label=_("Time zone"), choices=time_zone_choices, widget=LongSelect, required=False
    )
    night_begins = forms.TypedChoiceField(
        label=_("The night begins"), choices=HOURS, coerce=int, empty_value=None, required=False
    )
    night_ends = forms.TypedChoiceField(
        label=_("The night ends"),
        choices=HOURS,
        coerce=int,
        empty_value=None,
        required=False,
        help_text=_("Proofs are made in the night only. The same hour twice: all day."),
    )

    class Meta:
        model = Tenant
        fields = list(POLICY_FIELDS)

    def __init__(self, *args: Any, is_staff: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["rpo_hours"].required = False
        for name in AGAINST_THE_PROVIDER:
            if is_staff and self.initial.get(name):
                self.fields[name].disabled = True

    def clean(self) -> dict[str, Any]:
        """A part of the night, or an objective, that is not named stays as it is."""
        cleaned = super().clean() or {}
        kept = {name: getattr(self.instance, name) for name in KEPT if cleaned.get(name) in (None, "")}
        return cleaned | {name: value for name, value in kept.items() if name not in self.errors}

    def groups(self) -> list[tuple[str, str, list[forms.BoundField]]]:
        """Heading, what it is about, and the fields, in the order of the page."""
        return [(str(title), str(text), [self[name] for name in names]) for title, text, names in GROUPS]


GROUPS = (
    (
        _("Signing in"),
        _("Who has no second factor yet is asked to set one up at the next sign-in."),
        ("require_second_factor",),
    ),
    (
        _("Asking again"),
        _("Before these, a person confirms with password or second factor that it is still they."),
        ("step_up_delete", "step_up_grant", "step_up_download"),
    ),
    (
        _("Four eyes"),
        _("One person asks, another one approves. Switching these off needs a second person too."),
        ("four_eyes_delete", "four_eyes_retention", "four_eyes_second_factor", "four_eyes_download"),
    ),
    (
        _("How much may be lost"),
        _("The age of what a machine could be brought back to (RPO). Every page measures by it."),
        ("rpo_hours",),
    ),
    (
        _("Taking files out"),
        _("Counts for every way: single files, folders, baskets, archives and links."),
        ("downloads_off", "download_endings", "handover_allowed"),
    ),
    (
        _("Deleted backups"),
        _("Until its days are over a backup lies in the bin: nothing is deleted at the hub."),
        ("bin_days",),
    ),
    (
        _("Reading in the background"),
        _("Without names in the catalogue there is neither search nor proof of restore for these machines."),
        ("catalogue_off", "proofs_off", *NIGHT),
    ),
    (
        _("The provider and you"),
        _("What protects the customer from the provider’s own staff: only the customer’s people end it."),
        ("consent_required", "trail_mail"),
    ),
)
