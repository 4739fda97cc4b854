"""The list of backups as a table, and its rows in few queries."""

from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from backups import cells
from backups.models import Backup, BackupState
from sendense_portal.ui.cells import CellColumn, DrawnColumn, attrs_when
from sendense_portal.ui.tables import PortalTable


def for_table(rows: QuerySet[Backup]) -> QuerySet[Backup]:
    """Rows with all that the cells show.

    ``next_type`` is the type of the next restorable point of the same VM and repository: an increment
    there builds on this one. Repository and state are hidden in expressions: by their indexes SQLite would
    walk through every later backup of the repository, by that of the VM it takes a step or two.
    """
    later = (
        Backup.objects.alias(place=Coalesce("repository", "repository"), ended=Coalesce("state", "state"))
        .filter(
            vm=OuterRef("vm"),
            place=OuterRef("repository"),
            ended=BackupState.COMPLETED,
            gone_at__isnull=True,
            created_at__gt=OuterRef("created_at"),
        )
        .order_by("created_at")
        .values("type")[:1]
    )
    return rows.annotate(next_type=Subquery(later)).select_related("vm", "repository", "tenant")


def by(*columns: str) -> dict[str, Any]:
    """Sort keys that end in the primary key, so that no row appears on two pages."""
    return {"order_by": (*columns, "pk")}


class BackupTable(PortalTable):
    """One row a backup."""

    vm = DrawnColumn(cells.vm, verbose_name=_("Virtual machine"), **by("vm__name", "created_at"))
    customer = DrawnColumn(
        cells.customer, verbose_name=_("Customer"), attrs=attrs_when("widest"), **by("tenant__name")
    )
    type = DrawnColumn(cells.kind, verbose_name=_("Type"), **by("type", "created_at"))
    repository = DrawnColumn(
        cells.repository, verbose_name=_("Repository"), attrs=attrs_when("wide"), **by("repository__name")
    )
    state = DrawnColumn(cells.state, verbose_name=_("Status"), **by("state", "created_at"))
    progress = CellColumn(
        "backups/components/progress.html",
        facts=lambda backup: {"backup": backup, "place": "list"},
        verbose_name=_("Progress"),
        orderable=False,
    )
    started = DrawnColumn(cells.started, verbose_name=_("Started"), **by("created_at"))
    size = DrawnColumn(
        cells.size,
        verbose_name=_("Size"),
        attrs=attrs_when("roomy", end=True),
        **by("transferred_bytes"),
    )
    started_by = DrawnColumn(
        cells.started_by, verbose_name=_("Started by"), orderable=False, attrs=attrs_when("wide")
    )
    actions = DrawnColumn(
        cells.actions, verbose_name=_("Actions"), orderable=False, attrs={"td": {"class": "actions"}}
    )

    class Meta(PortalTable.Meta):
        order_by = "-started"
        row_attrs = {"id": lambda record: f"backup-{record.pk}"}

    def fetch(self, page: QuerySet[Backup]) -> list[Backup]:
        """In two steps: first the keys of the page alone, so that no join and no subquery is made for the
        rows before it; then these rows in full."""
        keys = list(page.values_list("pk", flat=True))
        found = for_table(Backup.objects.order_by()).in_bulk(keys)
        return [found[key] for key in keys if key in found]
