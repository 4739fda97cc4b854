"""Customers with what they use of their quotas."""

from functools import cached_property
from typing import Any
from uuid import UUID

import django_filters
from django.db.models import QuerySet
from django.template.loader import get_template
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from sendense_portal.quotas.models import QuotaKind
from sendense_portal.quotas.usage import Use, uses_of
from sendense_portal.tenancy.models import Tenant
from sendense_portal.ui.cells import CellColumn, DrawnColumn
from sendense_portal.ui.filters import ListFilter
from sendense_portal.ui.tables import PortalTable


class UseColumn(DrawnColumn):
    """The bar of one kind."""

    def __init__(self, kind: QuotaKind, label: str | Promise) -> None:
        super().__init__(self.bar, verbose_name=label, accessor="pk", orderable=False)
        self.kind = kind

    def bar(self, record: Tenant, table: "QuotaTable") -> str:
        """Drawn by the template that customers see too."""
        use = next((use for use in table.uses.get(record.pk, []) if use.kind == self.kind), None)
        return get_template("quotas/cells/use.html").render({"use": use})


class QuotaTable(PortalTable):
    """One row a customer; what is used is counted for the shown page alone."""

    name = CellColumn("quotas/cells/customer.html", verbose_name=_("Customer"))
    vms = UseColumn(QuotaKind.VMS, _("Machines"))
    points = UseColumn(QuotaKind.RESTORE_POINTS, _("Points"))
    stored = UseColumn(QuotaKind.STORED_BYTES, _("Stored"))
    mounts = UseColumn(QuotaKind.OPEN_MOUNTS, _("Open"))
    downloads = UseColumn(QuotaKind.DOWNLOAD_BYTES, _("Downloads today"))
    actions = CellColumn(
        "quotas/cells/actions.html",
        accessor="pk",
        verbose_name="",
        orderable=False,
        attrs={"td": {"class": "actions"}},
    )

    class Meta(PortalTable.Meta):
        order_by = "name"

    @cached_property
    def uses(self) -> dict[UUID, list[Use]]:
        """Of the customers on this page."""
        return uses_of([tenant.pk for tenant in self.paginated_rows.data])


class TenantFilter(ListFilter):
    """Customers by name."""

    search = django_filters.CharFilter(field_name="name", lookup_expr="icontains", label=_("Search"))

    class Meta:
        model = Tenant
        fields: list[str] = []


def all_customers() -> QuerySet[Tenant, Any]:
    """For the provider's people."""
    return Tenant.objects.exclude(state=Tenant.State.CLOSED)
