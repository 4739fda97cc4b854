"""The list of virtual machines as a table."""

from typing import Any

import django_tables2 as tables
from django.db.models import F, QuerySet
from django.utils.translation import gettext_lazy as _

from sendense_portal.ui.cells import CellColumn, actions_column, attrs_when
from sendense_portal.ui.tables import PortalTable
from sendense_portal.ui.ticks import ticked_by
from vms.models import VirtualMachine


class VMTable(PortalTable):
    """One row a VM: what it is, how it is protected, what can be done with it."""

    chosen = ticked_by(lambda vm: vm.name)
    name = CellColumn("vms/cells/name.html", verbose_name=_("Name"))
    customer = tables.Column(
        accessor="tenant__name", verbose_name=_("Customer"), default=_("No customer"), orderable=True
    )
    platform = tables.Column(verbose_name=_("Platform"), attrs=attrs_when("wide"))
    power = CellColumn("vms/cells/power.html", verbose_name=_("Power"))
    disks = CellColumn(
        "vms/cells/disks.html",
        accessor="disk_bytes",
        verbose_name=_("Disks"),
        attrs={"td": {"class": "num"}, "th": {"data-end": True}},
    )
    protection = CellColumn(
        "vms/cells/protection.html", accessor="last_restore_point_at", verbose_name=_("Protection")
    )
    actions = actions_column("vms/cells/actions.html")

    class Meta(PortalTable.Meta):
        order_by = "name"
        row_attrs = {"id": lambda record: f"vm-{record.pk}"}

    def order_protection(
        self, rows: QuerySet[VirtualMachine], is_descending: bool
    ) -> tuple[QuerySet[VirtualMachine], bool]:
        """Never protected counts as longest ago, on every database."""
        last = F("last_restore_point_at")
        order: Any = last.desc(nulls_last=True) if is_descending else last.asc(nulls_first=True)
        return rows.order_by(order, "name", "pk"), True
