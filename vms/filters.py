"""What the list of virtual machines can be narrowed by; all of it stands in the URL."""

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from sendense_portal.tenancy.requests import PortalRequest
from sendense_portal.ui.filters import ListFilter
from vms.customers import customer_filter, fit_customer_filter
from vms.models import VirtualMachine
from vms.objectives import overdue

OVERDUE = "overdue"


class VMFilter(ListFilter):
    """Search, power, protection and (where there are several) customer."""

    search = django_filters.CharFilter(method="by_text", label=_("Search"))
    power = django_filters.ChoiceFilter(
        choices=VirtualMachine.Power.choices, label=_("Power"), empty_label=_("Any power state")
    )
    protection = django_filters.ChoiceFilter(
        choices=[
            ("protected", _("With restore points")),
            ("unprotected", _("Without restore points")),
            (OVERDUE, _("Overdue")),
        ],
        method="by_protection",
        label=_("Protection"),
        empty_label=_("Protected or not"),
    )
    customer = customer_filter()

    class Meta:
        model = VirtualMachine
        fields: list[str] = []

    def __init__(self, *args: Any, request: PortalRequest, **kwargs: Any) -> None:
        super().__init__(*args, request=request, **kwargs)
        fit_customer_filter(self.filters, request.access)

    def by_text(self, rows: QuerySet[VirtualMachine], name: str, text: str) -> QuerySet[VirtualMachine]:
        """Name or operating system contains the text."""
        return rows.filter(Q(name__icontains=text) | Q(operating_system__icontains=text))

    def by_protection(self, rows: QuerySet[VirtualMachine], name: str, word: str) -> QuerySet[VirtualMachine]:
        """Protected is what has a restore point to go back to, not what had a job."""
        if word == OVERDUE:
            return rows.filter(overdue(timezone.now()))
        has_points = Q(restore_point_count__gt=0)
        return rows.filter(has_points if word == "protected" else ~has_points)
