"""What the list of restore points can be narrowed by; all of it stands in the URL."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from backups.models import Backup, BackupType
from sendense_portal.tenancy.requests import PortalRequest
from vms.customers import has_several
from vms.filters import customer_choices
from vms.models import VirtualMachine


def vm_choices(request: PortalRequest) -> QuerySet[VirtualMachine]:
    """VMs that this person may see and that have a restore point."""
    return VirtualMachine.objects.visible_to(request.access).filter(restore_point_count__gt=0).only("name")


class PointFilter(django_filters.FilterSet):  # type: ignore[misc]  # the library has no types
    """Search by VM, one VM, type, and customer where there are several."""

    search = django_filters.CharFilter(field_name="vm__name", lookup_expr="icontains", label=_("Search"))
    vm = django_filters.ModelChoiceFilter(
        queryset=vm_choices, label=_("Virtual machine"), empty_label=_("All virtual machines")
    )
    type = django_filters.ChoiceFilter(choices=BackupType.choices, label=_("Type"), empty_label=_("Any type"))
    customer = django_filters.ModelChoiceFilter(
        field_name="tenant",
        queryset=customer_choices,
        label=_("Customer"),
        empty_label=_("All customers"),
        null_label=_("No customer"),
    )

    class Meta:
        model = Backup
        fields: list[str] = []

    def __init__(self, *args: Any, request: PortalRequest, **kwargs: Any) -> None:
        super().__init__(*args, request=request, **kwargs)
        if not has_several(request.access):
            del self.filters["customer"]
        elif not request.access.is_provider:
            self.filters["customer"].extra["null_label"] = None

    @property
    def is_used(self) -> bool:
        """Whether anything narrows the list."""
        return any(self.form.data.get(name) for name in self.filters)
