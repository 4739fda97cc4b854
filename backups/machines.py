"""Backups grouped by their machine: a row for each, with its last four weeks."""

from typing import Any
from uuid import UUID

import django_tables2 as tables
from django.db.models import Q, QuerySet
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backups.days import Day, days_of, last_days_of_each
from backups.models import Backup
from sendense_portal.tenancy.access import Access
from sendense_portal.ui.cells import CellColumn, DrawnColumn, actions_column, attrs_when
from sendense_portal.ui.tables import PortalTable
from vms.models import VirtualMachine


def machines_of(access: Access) -> QuerySet[VirtualMachine]:
    """The machines that one may see and the hub still has, or that left restore points."""
    is_kept = Q(gone_at__isnull=True) | Q(restore_point_count__gt=0)
    return VirtualMachine.objects.visible_to(access).filter(is_kept)


class MachineTable(PortalTable):
    """One row a machine. The days of all rows on a page come from one query."""

    name = CellColumn("backups/cells/machine_name.html", verbose_name=_("Virtual machine"))
    customer = tables.Column(
        accessor="tenant__name",
        verbose_name=_("Customer"),
        default=_("No customer"),
        attrs=attrs_when("wide"),
    )
    points = CellColumn(
        "backups/cells/machine_points.html",
        accessor="restore_point_count",
        verbose_name=_("Restore points"),
        attrs={"td": {"class": "num"}, "th": {"data-end": True}},
    )
    last = CellColumn(
        "backups/cells/machine_last.html",
        accessor="last_restore_point_at",
        verbose_name=_("Newest"),
        attrs=attrs_when("roomy"),
    )
    days = DrawnColumn(
        lambda vm, table: strip_of(table.days_of(vm)), verbose_name=_("Last 28 days"), orderable=False
    )
    actions = actions_column("vms/cells/actions.html")

    class Meta(PortalTable.Meta):
        order_by = "name"
        row_attrs = {"id": lambda record: f"machine-{record.pk}"}

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.known: dict[UUID, list[Day]] = {}

    def fetch(self, page: QuerySet[VirtualMachine]) -> list[VirtualMachine]:
        """The machines of one page, and what was backed up of them."""
        found = list(page.select_related("tenant"))
        backups = Backup.objects.visible_to(self.request.access).filter(vm__in=found, gone_at__isnull=True)
        self.known = last_days_of_each(backups)
        return found

    def days_of(self, vm: VirtualMachine) -> list[Day]:
        """The last four weeks of a machine on this page."""
        return self.known.get(vm.pk) or days_of(())


def strip_of(days: list[Day]) -> SafeString:
    """The days as small fields; who does not see them reads how many went how."""
    words = [day.word for day in days]
    said = gettext(
        "Days with a restore point: %(good)d, with a failure: %(failed)d, without a backup: %(none)d"
    ) % {
        "good": words.count("completed"),
        "failed": words.count("failed"),
        "none": words.count("none"),
    }
    fields = format_html_join(
        "",
        '<i class="day day-{}" title="{}: {}"></i>',
        ((day.word, date_format(day.day, "D j M"), day.text) for day in days),
    )
    return format_html('<span class="days-bar days-strip" role="img" aria-label="{}">{}</span>', said, fields)
