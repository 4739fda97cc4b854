"""The list of backups as a table, and its rows in few queries."""

from typing import Any

import django_tables2 as tables
from django.db.models import OuterRef, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _

from backups.models import Backup, BackupState
from sendense_portal.ui.cells import CellColumn, attrs_when
from sendense_portal.ui.tables import PortalTable


def for_table(rows: QuerySet[Backup]) -> QuerySet[Backup]:
    """Rows with what the cells show.

    Related rows are prefetched, not joined: a page far down skips its predecessors on the index of the
    backups alone. ``next_type`` is the type of the next restorable point of the same VM and repository: an
    increment there builds on this one.
    """
    later = (
        Backup.objects.filter(
            vm=OuterRef("vm"),
            repository=OuterRef("repository"),
            state=BackupState.COMPLETED,
            gone_at__isnull=True,
            created_at__gt=OuterRef("created_at"),
        )
        .order_by("created_at")
        .values("type")[:1]
    )
    related = ("vm", "repository", "tenant")
    return rows.annotate(next_type=Subquery(later)).defer("error_text").prefetch_related(*related)


def by(*columns: str) -> dict[str, Any]:
    """Sort keys that end in the primary key, so that no row appears on two pages."""
    return {"order_by": (*columns, "pk")}


class BackupTable(PortalTable):
    """One row a backup."""

    vm = CellColumn(
        "backups/cells/vm.html", verbose_name=_("Virtual machine"), **by("vm__name", "created_at")
    )
    customer = tables.Column(
        accessor="tenant__name",
        verbose_name=_("Customer"),
        default=_("No customer"),
        attrs=attrs_when("widest"),
        **by("tenant__name"),
    )
    type = CellColumn("backups/cells/type.html", verbose_name=_("Type"), **by("type", "created_at"))
    repository = tables.Column(
        accessor="repository__name",
        verbose_name=_("Repository"),
        default="–",
        attrs=attrs_when("wide"),
        **by("repository__name"),
    )
    state = CellColumn("backups/cells/state.html", verbose_name=_("Status"), **by("state", "created_at"))
    progress = CellColumn(
        "backups/cells/progress.html", accessor="pk", verbose_name=_("Progress"), orderable=False
    )
    started = CellColumn(
        "backups/cells/started.html", accessor="created_at", verbose_name=_("Started"), **by("created_at")
    )
    size = CellColumn(
        "backups/cells/size.html",
        accessor="transferred_bytes",
        verbose_name=_("Size"),
        attrs=attrs_when("roomy", end=True),
        **by("transferred_bytes"),
    )
    started_by = CellColumn(
        "backups/cells/started_by.html",
        accessor="pk",
        verbose_name=_("Started by"),
        orderable=False,
        attrs=attrs_when("wide"),
    )
    actions = CellColumn(
        "backups/cells/actions.html",
        accessor="pk",
        verbose_name=_("Actions"),
        orderable=False,
        attrs={"td": {"class": "actions"}},
    )

    class Meta(PortalTable.Meta):
        order_by = "-started"
        row_attrs = {"id": lambda record: f"backup-{record.pk}"}
