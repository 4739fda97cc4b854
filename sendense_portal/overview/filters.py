"""What the list of customers can be narrowed by; all of it stands in the URL."""

from django import forms
from django.utils.translation import gettext_lazy as _

from sendense_portal.overview.health import HEALTHS, Health
from sendense_portal.tenancy.models import Tenant


class CustomerFilter(forms.Form):
    """Search, state and health. A word that is not offered narrows nothing."""

    search = forms.CharField(
        label=_("Search"), required=False, widget=forms.TextInput(attrs={"type": "search"}), max_length=120
    )
    state = forms.ChoiceField(
        label=_("State"), required=False, choices=[("", _("Any state")), *Tenant.State.choices]
    )
    health = forms.ChoiceField(
        label=_("Health"), required=False, choices=[("", _("Any health")), *HEALTHS.items()]
    )

    def narrowed(self, rows: list[Health]) -> list[Health]:
        """The rows that fit."""
        self.is_valid()
        words, state, health = (self.cleaned_data.get(name, "") for name in ("search", "state", "health"))
        return [
            row
            for row in rows
            if words.lower() in row.name
            and (not state or row.state == state)
            and (not health or row.has(health))
        ]

    @property
    def is_used(self) -> bool:
        """Whether anything is filtered."""
        return any(self.data.get(name) for name in self.fields)
