"""Machines without a customer, and assignment rules, as tables."""

from typing import Any
from urllib.parse import urlencode

import django_tables2 as tables
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sendense_portal.ui.cells import ACTIONS, CellColumn, DrawnColumn, actions_column, attrs_when, url_to
from sendense_portal.ui.tables import PortalTable
from vms.assignment.rules import first_fitting
from vms.models import AssignmentRule, VirtualMachine


def tick(vm: VirtualMachine, table: Any) -> SafeString:
    """The box that chooses a machine for all that goes to one customer."""
    return format_html(
        '<label class="tick"><input type="checkbox" name="vm" value="{}"><span class="visually-hidden">{}'
        "</span></label>",
        vm.pk,
        _("Choose %(vm)s") % {"vm": vm.name},
    )


def name(vm: VirtualMachine, table: Any) -> SafeString:
    """Its name, and what it runs."""
    link = format_html('<a class="row-link" href="{}">{}</a>', url_to("vms:vm_detail", vm.pk), vm.name)
    if not vm.operating_system:
        return link
    return format_html('{}<span class="cell-note">{}</span>', link, vm.operating_system)


def place(vm: VirtualMachine, table: Any) -> str:
    """vCenter and datacenter."""
    return " / ".join(part for part in (vm.vcenter, vm.datacenter) if part) or "–"


def groups(vm: VirtualMachine, table: Any) -> str:
    """The hub's machine groups."""
    return ", ".join(vm.groups) or "–"


def rule(vm: VirtualMachine, table: Any) -> SafeString | str:
    """The rule that would take it, which it does not by itself: the machine is not new."""
    found: AssignmentRule | None = table.rules.get(vm.pk)
    if found is None:
        return "–"
    return format_html('<a href="{}">{}</a>', url_to("vms:rule_apply", found.pk), found.tenant.name)


def give(vm: VirtualMachine, table: Any) -> SafeString:
    """This one alone."""
    return format_html(
        '<a class="btn btn-sm" href="{}?{}">{}</a>',
        url_to("vms:vm_assign"),
        urlencode({"vm": str(vm.pk)}),
        _("Assign"),
    )


class UnassignedTable(PortalTable):
    """One row a machine that only the provider sees."""

    chosen = DrawnColumn(tick, verbose_name="", orderable=False)
    name = DrawnColumn(name, verbose_name=gettext_lazy("Name"), order_by=("name", "pk"))
    hub = tables.Column(accessor="hub__name", verbose_name=gettext_lazy("Hub"), attrs=attrs_when("roomy"))
    place = DrawnColumn(
        place,
        verbose_name=gettext_lazy("vCenter / datacenter"),
        order_by=("vcenter", "datacenter", "name", "pk"),
    )
    groups = DrawnColumn(
        groups, verbose_name=gettext_lazy("Groups"), orderable=False, attrs=attrs_when("wide")
    )
    rule = DrawnColumn(rule, verbose_name=gettext_lazy("A rule gives it to"), orderable=False)
    actions = DrawnColumn(give, verbose_name=gettext_lazy("Actions"), orderable=False, attrs=ACTIONS)

    class Meta(PortalTable.Meta):
        order_by = "name"
        row_attrs = {"id": lambda record: f"vm-{record.pk}"}

    rules: dict[Any, AssignmentRule] = {}

    def find_rules(self) -> None:
        """For the machines of this page, once it is known which these are."""
        self.rules = first_fitting(row.record for row in self.paginated_rows)


class RuleTable(PortalTable):
    """One row a rule, in the order in which they are asked."""

    criteria = CellColumn(
        "vms/cells/rule_criteria.html",
        accessor="name_pattern",
        verbose_name=gettext_lazy("Machines"),
        orderable=False,
    )
    goes_to = tables.Column(accessor="tenant__name", verbose_name=gettext_lazy("Go to"))
    priority = tables.Column(verbose_name=gettext_lazy("Priority"), attrs={"td": {"class": "num"}})
    state = CellColumn("vms/cells/rule_state.html", accessor="enabled", verbose_name=gettext_lazy("State"))
    actions = actions_column("vms/cells/rule_actions.html")

    class Meta(PortalTable.Meta):
        order_by = "priority"
