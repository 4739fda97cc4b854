"""What the machines that a discovery found can be narrowed by."""

import django_filters
from django.utils.translation import gettext_lazy as _

from vms.discovery.models import FoundMachine


class FoundFilter(django_filters.FilterSet):  # type: ignore[misc]  # the library has no types
    """By name, and by what could become of them."""

    search = django_filters.CharFilter(field_name="name", lookup_expr="icontains", label=_("Search"))
    state = django_filters.ChoiceFilter(
        choices=FoundMachine.State.choices, label=_("State"), empty_label=_("Any state")
    )

    class Meta:
        model = FoundMachine
        fields: list[str] = []

    @property
    def is_used(self) -> bool:
        """Whether anything narrows the list."""
        return any(self.form.data.get(name) for name in self.filters)
