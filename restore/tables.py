"""The lists of restore: points, open mounts, the files of a folder, downloads."""

from typing import Any

import django_tables2 as tables
from django.db.models import F, QuerySet
from django.utils.translation import gettext_lazy as _

from restore.models import FileEntry
from sendense_portal.ui.cells import CellColumn
from sendense_portal.ui.tables import PortalTable

NUMBER = {"td": {"class": "num"}, "th": {"class": "num"}}
ACTIONS = {"td": {"class": "actions"}}


def actions(template: str) -> CellColumn:
    """The last column."""
    return CellColumn(template, accessor="pk", verbose_name=_("Actions"), orderable=False, attrs=ACTIONS)


class PointTable(PortalTable):
    """One row a restore point."""

    vm = CellColumn(
        "restore/cells/point_vm.html", verbose_name=_("Virtual machine"), order_by=("vm__name", "created_at")
    )
    customer = tables.Column(
        accessor="tenant__name", verbose_name=_("Customer"), default=_("No customer"), order_by="tenant__name"
    )
    taken = CellColumn("restore/cells/point_taken.html", accessor="created_at", verbose_name=_("Taken"))
    type = CellColumn("restore/cells/point_type.html", verbose_name=_("Type"))
    size = CellColumn(
        "restore/cells/point_size.html", accessor="transferred_bytes", verbose_name=_("Size"), attrs=NUMBER
    )
    repository = tables.Column(accessor="repository__name", verbose_name=_("Repository"), default="–")
    actions = actions("restore/cells/point_actions.html")

    class Meta(PortalTable.Meta):
        order_by = "-taken"


class MountTable(PortalTable):
    """One row an open disk."""

    vm = CellColumn(
        "restore/cells/mount_vm.html", accessor="backup__vm__name", verbose_name=_("Restore point")
    )
    customer = tables.Column(accessor="tenant__name", verbose_name=_("Customer"), default=_("No customer"))
    filesystem = tables.Column(default="–")
    state = CellColumn("restore/cells/state.html", verbose_name=_("Status"))
    time_left = CellColumn(
        "restore/cells/mount_left.html", accessor="expires_at", verbose_name=_("Time left")
    )
    used_by = CellColumn(
        "restore/cells/mount_uses.html", accessor="pk", verbose_name=_("Used by"), orderable=False
    )
    actions = actions("restore/cells/mount_actions.html")

    class Meta(PortalTable.Meta):
        order_by = "time_left"


class FileTable(PortalTable):
    """One row a name. Folders come first however it is sorted, then files, then links."""

    name = CellColumn("restore/cells/file_name.html", accessor="sort_name", verbose_name=_("Name"))
    size = CellColumn("restore/cells/file_size.html", verbose_name=_("Size"), attrs=NUMBER)
    modified = CellColumn(
        "restore/cells/file_modified.html", accessor="modified_at", verbose_name=_("Modified")
    )
    actions = actions("restore/cells/file_actions.html")
    per_page = 100
    target = "#files"

    class Meta(PortalTable.Meta):
        order_by = "name"

    def order_name(self, rows: QuerySet[FileEntry], is_descending: bool) -> tuple[QuerySet[FileEntry], bool]:
        """By name."""
        return by_kind_then(rows, "sort_name", is_descending)

    def order_size(self, rows: QuerySet[FileEntry], is_descending: bool) -> tuple[QuerySet[FileEntry], bool]:
        """By size."""
        return by_kind_then(rows, "size", is_descending)

    def order_modified(
        self, rows: QuerySet[FileEntry], is_descending: bool
    ) -> tuple[QuerySet[FileEntry], bool]:
        """By time."""
        return by_kind_then(rows, "modified_at", is_descending)


class DownloadTable(PortalTable):
    """One row a download."""

    file = CellColumn("restore/cells/download_file.html", accessor="path", verbose_name=_("File"))
    vm = CellColumn(
        "restore/cells/download_point.html", accessor="backup__vm__name", verbose_name=_("Restore point")
    )
    customer = tables.Column(accessor="tenant__name", verbose_name=_("Customer"), default=_("No customer"))
    state = CellColumn("restore/cells/download_state.html", verbose_name=_("Status"))
    size = CellColumn("restore/cells/download_size.html", verbose_name=_("Size"), attrs=NUMBER)
    sha256 = CellColumn("restore/cells/download_sha256.html", verbose_name=_("SHA-256"), orderable=False)
    person = tables.Column(accessor="person_name", verbose_name=_("By"))
    started = CellColumn(
        "restore/cells/download_started.html", accessor="started_at", verbose_name=_("Started")
    )
    actions = actions("restore/cells/download_actions.html")

    class Meta(PortalTable.Meta):
        order_by = "-started"


def by_kind_then(
    rows: QuerySet[FileEntry], column: str, is_descending: bool
) -> tuple[QuerySet[FileEntry], bool]:
    """Sorted within each kind, on an index of its own."""
    order: Any = F(column).desc() if is_descending else F(column).asc()
    return rows.order_by("kind", order, "-pk" if is_descending else "pk"), True
