"""Flows, schedules, groups and runs as tables."""

import django_tables2 as tables
from django.utils.translation import gettext_lazy as _

from protection.hub_rules import does, says
from sendense_portal.ui.cells import CellColumn, DrawnColumn, actions_column, attrs_when
from sendense_portal.ui.tables import PortalTable
from sendense_portal.ui.ticks import ticked_by


class FlowTable(PortalTable):
    """One row a flow."""

    chosen = CellColumn("protection/cells/tick.html", verbose_name="", orderable=False)
    name = CellColumn("protection/cells/flow_name.html", verbose_name=_("Flow"))
    tenant = tables.Column(verbose_name=_("Customer"), order_by=("tenant__name",))
    schedule = tables.Column(verbose_name=_("Schedule"), order_by=("schedule__name",), default="–")
    next_run_at = CellColumn("protection/cells/next_run.html", verbose_name=_("Next run"))
    last = CellColumn("protection/cells/last_run.html", verbose_name=_("Last run"), order_by="last_run_at")
    repository = tables.Column(
        verbose_name=_("Repository"), order_by=("repository__name",), attrs=attrs_when("roomy")
    )
    state = CellColumn("protection/cells/flow_state.html", verbose_name=_("State"), order_by="enabled")

    class Meta(PortalTable.Meta):
        order_by = "name"


class ScheduleTable(PortalTable):
    """One row a schedule."""

    chosen = ticked_by(lambda schedule: schedule.name)
    name = CellColumn("protection/cells/schedule_name.html", verbose_name=_("Schedule"))
    tenant = tables.Column(verbose_name=_("Customer"), order_by=("tenant__name",))
    cron = tables.Column(verbose_name=_("Cron"), attrs={"td": {"class": "mono"}}, orderable=False)
    zone = tables.Column(verbose_name=_("Time zone"))
    state = CellColumn("protection/cells/schedule_state.html", verbose_name=_("State"), order_by="enabled")
    actions = actions_column("protection/cells/schedule_actions.html")

    class Meta(PortalTable.Meta):
        order_by = "name"


class GroupTable(PortalTable):
    """One row a group."""

    chosen = ticked_by(lambda group: group.name)
    name = CellColumn("protection/cells/group_name.html", verbose_name=_("Group"))
    tenant = tables.Column(verbose_name=_("Customer"), order_by=("tenant__name",))
    name_pattern = tables.Column(verbose_name=_("By name"), default="–", attrs={"td": {"class": "mono"}})
    by_hand = tables.Column(verbose_name=_("By hand"), attrs={"td": {"class": "num"}})
    actions = actions_column("protection/cells/group_actions.html")

    class Meta(PortalTable.Meta):
        order_by = "name"


class RunTable(PortalTable):
    """One row a run of a flow."""

    began_at = CellColumn("protection/cells/run_began.html", verbose_name=_("Began"))
    due_at = CellColumn("protection/cells/run_due.html", verbose_name=_("Due"))
    person_name = tables.Column(verbose_name=_("On behalf of"))
    outcome = CellColumn("protection/cells/run_outcome.html", verbose_name=_("Machines"), orderable=False)
    note = tables.Column(verbose_name=_("Note"), default="–", orderable=False)

    class Meta(PortalTable.Meta):
        order_by = "-began_at"


class HubRuleTable(PortalTable):
    """One row a policy, schedule or flow of a hub's own."""

    name = tables.Column(verbose_name=_("Name"))
    kind = tables.Column(verbose_name=_("Kind"))
    hub = tables.Column(verbose_name=_("Hub"), order_by=("hub__name",))
    says = DrawnColumn(
        lambda rule, table: " · ".join(says(rule)), verbose_name=_("What it says"), orderable=False
    )
    enabled = CellColumn("protection/cells/rule_switch.html", verbose_name=_("Its switch"))
    does = DrawnColumn(
        lambda rule, table: does(rule), verbose_name=_("What the hub does about it"), orderable=False
    )
    actions = actions_column("protection/cells/rule_actions.html")

    class Meta(PortalTable.Meta):
        order_by = ("kind", "name")
