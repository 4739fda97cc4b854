"""What the machines that a discovery found can be narrowed by."""

import django_filters
from django.utils.translation import gettext_lazy as _

from sendense_portal.ui.filters import ListFilter
from vms.discovery.models import FoundMachine


class FoundFilter(ListFilter):
    """By name, and by what could become of them."""

    search = django_filters.CharFilter(field_name="name", lookup_expr="icontains", label=_("Search"))
    state = django_filters.ChoiceFilter(
        choices=FoundMachine.State.choices, label=_("State"), empty_label=_("Any state")
    )

    class Meta:
        model = FoundMachine
        fields: list[str] = []
