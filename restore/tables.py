"""The lists of restore: points, open mounts, the files of a folder, downloads."""

from typing import Any

import django_tables2 as tables
from django.utils.translation import gettext_lazy as _

from restore import cells
from restore.windows import Window, WindowPaginator
from sendense_portal.ui.cells import ACTIONS, CellColumn, DrawnColumn, actions_column
from sendense_portal.ui.tables import PortalTable

NUMBER = {"td": {"class": "num"}, "th": {"class": "num"}}


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
    actions = actions_column("restore/cells/point_actions.html")

    class Meta(PortalTable.Meta):
        order_by = "-taken"


class ProofTable(PortalTable):
    """One row a proof of restore."""

    machine = CellColumn(
        "restore/cells/proof_vm.html", accessor="vm__name", verbose_name=_("Virtual machine")
    )
    customer = tables.Column(accessor="tenant__name", verbose_name=_("Customer"), default=_("No customer"))
    when = CellColumn("restore/cells/proof_when.html", accessor="asked_at", verbose_name=_("When"))
    state = CellColumn("restore/cells/proof_state.html", verbose_name=_("Result"))
    files = CellColumn(
        "restore/cells/proof_files.html", accessor="good_count", verbose_name=_("Files read"), attrs=NUMBER
    )
    point = CellColumn(
        "restore/cells/proof_point.html", accessor="backup__created_at", verbose_name=_("Restore point")
    )

    class Meta(PortalTable.Meta):
        order_by = "-when"


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
    actions = actions_column("restore/cells/mount_actions.html")

    class Meta(PortalTable.Meta):
        order_by = "time_left"


class FileTable(PortalTable):
    """One row a name of a ``Window``. Folders come first however it is sorted, then files, then links."""

    choose = DrawnColumn(cells.choose, accessor="pk", verbose_name="", orderable=False)
    name = DrawnColumn(cells.name, accessor="sort_name", verbose_name=_("Name"))
    size = DrawnColumn(cells.size, verbose_name=_("Size"), attrs=NUMBER)
    modified = DrawnColumn(cells.modified, accessor="modified_at", verbose_name=_("Modified"))
    actions = DrawnColumn(
        cells.actions, accessor="pk", verbose_name=_("Actions"), orderable=False, attrs=ACTIONS
    )
    per_page = 100
    target = "#files"

    class Meta(PortalTable.Meta):
        order_by = "name"

    def __init__(self, window: Window, **options: Any) -> None:
        self.window = window
        super().__init__(window.entries, **options)

    def paginate(self, *args: Any, **options: Any) -> Any:
        """Pages are stretches of the window."""
        return super().paginate(WindowPaginator, *args, **options)

    def order_name(self, rows: Any, is_descending: bool) -> tuple[Any, bool]:
        """By name."""
        return self.sorted_by("name", rows, is_descending)

    def order_size(self, rows: Any, is_descending: bool) -> tuple[Any, bool]:
        """By size."""
        return self.sorted_by("size", rows, is_descending)

    def order_modified(self, rows: Any, is_descending: bool) -> tuple[Any, bool]:
        """By time."""
        return self.sorted_by("modified", rows, is_descending)

    def sorted_by(self, column: str, rows: Any, is_descending: bool) -> tuple[Any, bool]:
        """Leaves the sorting to the window."""
        self.window.sort, self.window.is_descending = column, is_descending
        return rows, True


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
    actions = actions_column("restore/cells/download_actions.html")

    class Meta(PortalTable.Meta):
        order_by = "-started"
