"""What the list of machines without a customer can be narrowed by; all of it stands in the URL."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from sendense_portal.tenancy.models import HubConnection
from sendense_portal.tenancy.requests import PortalRequest
from sendense_portal.ui.filters import ListFilter
from vms.assignment import places
from vms.models import VirtualMachine


def hub_choices(request: PortalRequest) -> QuerySet[HubConnection]:
    """Every hub that this person may know of."""
    return HubConnection.objects.visible_to(request.access)


class UnassignedFilter(ListFilter):
    """By where a machine is."""

    search = django_filters.CharFilter(field_name="name", lookup_expr="icontains", label=_("Search"))
    hub = django_filters.ModelChoiceFilter(queryset=hub_choices, label=_("Hub"), empty_label=_("All hubs"))
    vcenter = django_filters.ChoiceFilter(
        choices=places.vcenters, label=_("vCenter"), empty_label=_("Any vCenter")
    )
    datacenter = django_filters.ChoiceFilter(
        choices=places.datacenters, label=_("Datacenter"), empty_label=_("Any datacenter")
    )

    class Meta:
        model = VirtualMachine
        fields: list[str] = []

    def __init__(self, *args: Any, request: PortalRequest, **kwargs: Any) -> None:
        super().__init__(*args, request=request, **kwargs)

    @property
    def used(self) -> list[tuple[str, str]]:
        """Names and values of what narrows it, for a form that goes on with the same machines."""
        return [(name, value) for name in self.filters if (value := self.form.data.get(name))]
