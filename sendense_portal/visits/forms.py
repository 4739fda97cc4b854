"""The form that gives consent."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from sendense_portal.tenancy.access import Access
from sendense_portal.tenancy.models import Tenant
from sendense_portal.tenancy.roles import Action

HOURS = [(1, _("1 hour")), (8, _("8 hours")), (24, _("1 day")), (168, _("7 days"))]


class ConsentForm(forms.Form):
    """For which customer, and for how long."""

    tenant = forms.ModelChoiceField(label=_("Customer"), queryset=Tenant.objects.none())
    hours = forms.TypedChoiceField(label=_("For"), choices=HOURS, coerce=int)

    def __init__(self, data: Any, *, access: Access) -> None:
        super().__init__(data)
        mine = access.tenants_with(Action.CONSENT_EDIT) or []
        field = self.fields["tenant"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Tenant.objects.filter(pk__in=mine)
        if len(mine) == 1:
            field.initial = mine[0]
            field.widget = forms.HiddenInput()
