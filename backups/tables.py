"""The list of backups as a table, and its rows in few queries."""

from collections.abc import Hashable
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backups import cells
from backups.models import Backup
from backups.rows import BackupRow, as_rows, values_of
from sendense_portal.tenancy.roles import Action
from sendense_portal.ui import times
from sendense_portal.ui.cells import ACTIONS, CellColumn, DrawnColumn, attrs_when
from sendense_portal.ui.tables import PortalTable
from sendense_portal.ui.ticks import ticked_by


class Rights(NamedTuple):
    """What the reader may do with the backups of one customer, as far as the list offers it."""

    browse: bool
    start: bool
    delete: bool


@cache
def known() -> QuerySet[Backup, tuple[object, ...]]:
    """Made once: to describe what is asked takes Django longer than the database takes to answer."""
    return values_of(Backup.objects.order_by())


def by(*columns: str) -> dict[str, Any]:
    """Sort keys that end in the primary key, so that no row appears on two pages."""
    return {"order_by": (*columns, "pk")}


class BackupTable(PortalTable):
    """One row a backup."""

    chosen = ticked_by(lambda backup: f"{backup.vm_name}, {times.exact(backup.created_at)}")
    vm = DrawnColumn(cells.vm, verbose_name=_("Virtual machine"), **by("vm__name", "created_at"))
    customer = DrawnColumn(
        cells.customer, verbose_name=_("Customer"), attrs=attrs_when("widest"), **by("tenant__name")
    )
    type = DrawnColumn(cells.kind, verbose_name=_("Type"), **by("type", "created_at"))
    repository = DrawnColumn(
        cells.repository, verbose_name=_("Repository"), attrs=attrs_when("wide"), **by("repository__name")
    )
    # The newest of each state first, as an index has them: no state is sorted whole to show its first page.
    state = DrawnColumn(cells.state, verbose_name=_("Status"), order_by=("state", "-created_at", "-pk"))
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
    actions = DrawnColumn(cells.actions, verbose_name=_("Actions"), orderable=False, attrs=ACTIONS)

    class Meta(PortalTable.Meta):
        order_by = "-started"
        row_attrs = {"id": lambda record: f"backup-{record.pk}"}

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.now = timezone.now()
        self.rights: dict[UUID | None, Rights] = {}

    def rights_on(self, tenant_id: UUID | None) -> Rights:
        """Asked for each row, looked up once a customer."""
        known = self.rights.get(tenant_id)
        if known is None:
            can = self.request.access.can
            known = self.rights[tenant_id] = Rights(
                browse=can(Action.FOLDER_LIST, tenant_id),
                start=can(Action.BACKUP_START, tenant_id),
                delete=can(Action.BACKUP_DELETE, tenant_id),
            )
        return known

    def facts_of(self, backup: BackupRow) -> Hashable | None:
        """What runs is drawn each time: its numbers depend on the moment."""
        if backup.is_open:
            return None
        return backup, self.rights_on(backup.tenant_id), times.ago(backup.created_at, self.now)

    def fetch(self, page: QuerySet[Backup]) -> list[BackupRow]:
        """The keys of the page are found by a query within the query, so that no join and no subquery is made
        for the rows before it; then these rows are read in full, and put into the same order."""
        rows = known().filter(pk__in=page.values("pk"))
        rows.query.order_by, rows.query.standard_ordering = page.query.order_by, page.query.standard_ordering
        return as_rows(rows)
