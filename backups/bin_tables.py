"""The bin as a table."""

from typing import Any

import django_tables2 as tables
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backups import cells
from backups.models import Backup
from sendense_portal.ui.cells import CellColumn, DrawnColumn, actions_column, attrs_when
from sendense_portal.ui.tables import PortalTable
from sendense_portal.ui.templatetags.ui import ago, bytes_filter


class BinTable(PortalTable):
    """One row a backup, the first to go first."""

    vm = CellColumn(
        "backups/cells/bin_vm.html", verbose_name=_("Virtual machine"), order_by=("vm__name", "pk")
    )
    customer = tables.Column(
        accessor="tenant__name", default="–", verbose_name=_("Customer"), attrs=attrs_when("widest")
    )
    type = DrawnColumn(cells.kind, verbose_name=_("Type"))
    created_at = DrawnColumn(
        lambda backup, table: ago(backup.created_at),
        verbose_name=_("Started"),
        attrs=attrs_when("roomy"),
    )
    size = DrawnColumn(
        lambda backup, table: bytes_filter(backup.transferred_bytes),
        verbose_name=_("Size"),
        order_by=("transferred_bytes", "pk"),
        attrs=attrs_when("roomy", end=True),
    )
    binned_by_name = tables.Column(verbose_name=_("Deleted by"), attrs=attrs_when("wide"))
    bin_until = CellColumn("backups/cells/bin_until.html", verbose_name=_("Gone for good"))
    actions = actions_column(
        "backups/cells/bin_actions.html", facts=lambda backup: {"is_over": is_over(backup)}
    )

    class Meta(PortalTable.Meta):
        order_by = "bin_until"


def is_over(backup: Backup) -> bool:
    """Whether it is being deleted at the hub just now."""
    until: Any = backup.bin_until
    return until <= timezone.now() and not backup.bin_problem
