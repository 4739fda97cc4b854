"""What the lists of replications can be narrowed by."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from sendense_portal.tenancy.requests import PortalRequest
from sendense_portal.ui.filters import ListFilter
from vms.customers import customer_filter, fit_customer_filter
from vms.filters import VMFilter
from vms.models import ReplicationRun, VirtualMachine
from vms.replication.states import STATES


class ReplicationFilter(VMFilter):
    """Machines by name, state and customer."""

    power = None
    protection = None
    state = django_filters.ChoiceFilter(
        field_name="replication_status",
        choices=[(word, label) for word, (_badge, label) in STATES.items()],
        label=_("Status"),
        empty_label=_("Any status"),
    )


def vm_choices(request: PortalRequest) -> QuerySet[VirtualMachine]:
    """Machines that this person may see."""
    return VirtualMachine.objects.visible_to(request.access)


class RunFilter(ListFilter):
    """Runs by machine, state and customer."""

    search = django_filters.CharFilter(
        field_name="vm__name", lookup_expr="icontains", label=_("Virtual machine")
    )
    vm = django_filters.ModelChoiceFilter(queryset=vm_choices)
    """In links from a machine's page; the form offers the search instead of every machine there is."""
    state = django_filters.ChoiceFilter(
        choices=ReplicationRun.State.choices, label=_("Status"), empty_label=_("Any status")
    )
    customer = customer_filter()

    class Meta:
        model = ReplicationRun
        fields: list[str] = []

    def __init__(self, *args: Any, request: PortalRequest, **kwargs: Any) -> None:
        super().__init__(*args, request=request, **kwargs)
        self.filters["customer"].field_name = "vm__tenant"
        fit_customer_filter(self.filters, request.access)
        self.form.fields["vm"].widget = self.form.fields["vm"].hidden_widget()
