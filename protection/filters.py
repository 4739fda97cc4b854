"""What the list of flows can be narrowed by."""

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from protection.models import Flow
from sendense_portal.ui.filters import ListFilter


class FlowFilter(ListFilter):
    """By name, and by whether it runs."""

    search = django_filters.CharFilter(field_name="name", lookup_expr="icontains", label=_("Search"))
    state = django_filters.ChoiceFilter(
        label=_("State"),
        empty_label=_("All"),
        choices=[("on", _("Runs")), ("off", _("Rests")), ("stopped", _("Stopped"))],
        method="by_state",
    )

    class Meta:
        model = Flow
        fields: list[str] = []

    def by_state(self, rows: QuerySet[Flow], name: str, value: str) -> QuerySet[Flow]:
        """Stopped ones rest too, and for a reason; so do those whose schedule rests."""
        if value == "stopped":
            return rows.exclude(stopped_because="")
        rests = Q(enabled=False) | Q(schedule__enabled=False)
        return rows.exclude(rests) if value == "on" else rows.filter(rests, stopped_because="")
