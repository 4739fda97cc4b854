"""Customers as a table."""

from typing import Any
from uuid import UUID

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from sendense_portal.overview.health import nearest_quota
from sendense_portal.quotas.usage import Use
from sendense_portal.ui.cells import CellColumn, DrawnColumn, attrs_when
from sendense_portal.ui.tables import PortalTable

NUMBER = {"td": {"class": "num"}, "th": {"data-end": True}}


def cell(name: str, **options: Any) -> CellColumn:
    """A column with a template of its own."""
    return CellColumn(f"overview/cells/{name}.html", **options)


def nearest(use: Use | None) -> SafeString | str:
    """The quota of which the most is used, in per cent."""
    if use is None:
        return "–"
    return format_html('{} %<span class="cell-note">{}</span>', use.percent, use.label)


class CustomerTable(PortalTable):
    """One row a customer: ``health.Health``."""

    name = cell("name", verbose_name=_("Customer"), order_by=("name",))
    state = cell("state", verbose_name=_("State"), order_by=("state", "name"), attrs=attrs_when("wide"))
    machines = cell(
        "machines", verbose_name=_("Protected"), order_by=("unprotected", "machines", "name"), attrs=NUMBER
    )
    failing = cell("failing", verbose_name=_("Failing"), order_by=("failing", "name"), attrs=NUMBER)
    overdue = cell("overdue", verbose_name=_("Overdue"), order_by=("overdue", "name"), attrs=NUMBER)
    running = cell(
        "running", verbose_name=_("Running"), order_by=("running", "name"), attrs=attrs_when("wide", end=True)
    )
    stored = cell(
        "stored",
        accessor="stored_bytes",
        verbose_name=_("Stored"),
        order_by=("stored_bytes", "name"),
        attrs=NUMBER,
    )
    quota = DrawnColumn(
        lambda record, table: nearest(table.quotas().get(record.pk)),
        accessor="pk", verbose_name=_("Quota"), orderable=False, attrs=attrs_when("widest"),
    )  # fmt: skip
    last_point = cell(
        "last_point", accessor="pk", verbose_name=_("Last point"), order_by=("last_point_key", "name"),
        attrs=attrs_when("wide"),
    )  # fmt: skip

    class Meta(PortalTable.Meta):
        order_by = "name"

    def quotas(self) -> dict[UUID, Use]:
        """Of the customers of this page; asked once."""
        if not hasattr(self, "found_quotas"):
            self.found_quotas = nearest_quota([row.record.pk for row in self.paginated_rows])
        return self.found_quotas
