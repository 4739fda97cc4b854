"""The machines that are replicated, and their runs, as tables."""

from typing import Any

import django_tables2 as tables
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from sendense_portal.ui.cells import CellColumn, actions_column, attrs_when
from sendense_portal.ui.tables import PortalTable
from vms.models import ReplicationRun
from vms.replication.states import REPLICATING, state_of

BADGES = {
    ReplicationRun.State.ASKED: "queued", ReplicationRun.State.STARTING: "queued",
    ReplicationRun.State.RUNNING: "running", ReplicationRun.State.COMPLETED: "completed",
    ReplicationRun.State.FAILED: "failed", ReplicationRun.State.CANCELLED: "cancelled",
    ReplicationRun.State.REFUSED: "failed", ReplicationRun.State.UNKNOWN: "unknown",
}  # fmt: skip


class ReplicationTable(PortalTable):
    """One row a machine."""

    name = CellColumn("vms/cells/replication_name.html", verbose_name=_("Virtual machine"))
    customer = tables.Column(accessor="tenant__name", verbose_name=_("Customer"), default=_("No customer"))
    state = CellColumn(
        "vms/cells/replication_state.html",
        facts=lambda vm: {"state": state_of(vm)},
        accessor="replication_status",
        verbose_name=_("Status"),
    )
    runs = CellColumn(
        "vms/cells/replication_runs.html",
        accessor="replication_runs",
        verbose_name=_("Runs"),
        attrs=attrs_when("roomy", end=True),
    )
    last = CellColumn(
        "vms/cells/replication_last.html", accessor="replicated_at", verbose_name=_("Last began")
    )
    actions = actions_column("vms/cells/replication_actions.html")

    class Meta(PortalTable.Meta):
        order_by = "name"
        row_attrs = {"id": lambda record: f"replication-{record.pk}"}


class RunTable(PortalTable):
    """One row a run."""

    vm = CellColumn("vms/cells/run_vm.html", accessor="vm__name", verbose_name=_("Virtual machine"))
    customer = tables.Column(
        accessor="vm__tenant__name", verbose_name=_("Customer"), default=_("No customer")
    )
    kind = tables.Column(verbose_name=_("Copies"), attrs=attrs_when("wide"))
    state = CellColumn(
        "vms/cells/run_state.html",
        facts=lambda run: {"badge": BADGES.get(run.state, "unknown")},
        verbose_name=_("Status"),
    )
    began = CellColumn("vms/cells/run_began.html", accessor="began_at", verbose_name=_("Began"))
    size = CellColumn(
        "vms/cells/run_size.html",
        accessor="transferred_bytes",
        verbose_name=_("Copied"),
        attrs=attrs_when("roomy", end=True),
    )
    by = tables.Column(
        accessor="started_by_name",
        verbose_name=_("Started by"),
        default=_("The hub"),
        attrs=attrs_when("wide"),
    )

    class Meta(PortalTable.Meta):
        order_by = "-began"
        row_attrs = {"id": lambda record: f"run-{record.pk}"}


def count_running(rows: QuerySet[Any]) -> int:
    """For the page's head."""
    return rows.filter(replication_status=REPLICATING).count()
