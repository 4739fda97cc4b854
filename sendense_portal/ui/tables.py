"""The base of every list."""

from collections.abc import Hashable
from typing import Any

import django_tables2 as tables
from django.db.models import QuerySet

from sendense_portal.ui.paginators import TwoEndedPaginator


class PortalTable(tables.Table):  # type: ignore[misc]  # the library has no types
    """Our template and classes, 50 rows a page, sorting in the URL (``?sort=-name``).

    Whatever it is sorted by, the primary key comes last, so that equal values can't make a row appear on
    two pages or on none.
    """

    per_page = 50

    class Meta:
        attrs = {"class": "table"}
        template_name = "components/table.html"
        order_by_field = "sort"

    @property
    def order_by(self) -> Any:
        """The columns sorted by."""
        return super().order_by

    @order_by.setter
    def order_by(self, value: Any) -> None:
        tables.Table.order_by.fset(self, value)
        rows = self.data.data
        if isinstance(rows, QuerySet) and not rows.query.is_sliced:
            ordering = [*(rows.query.order_by or rows.model._meta.ordering or ())]
            if "pk" not in ordering and "-pk" not in ordering:
                self.data.data = rows.order_by(*ordering, "pk")

    def paginate(self, paginator_class: Any = TwoEndedPaginator, *args: Any, **options: Any) -> Any:
        """Cuts a page out of the rows; ``known_count`` saves counting them."""
        return super().paginate(paginator_class, *args, **options)

    def fetch(self, page: QuerySet[Any]) -> list[Any]:
        """The records of one page, in its order; a list with costly columns may ask in steps of its own."""
        return list(page)

    def facts_of(self, record: Any) -> Hashable | None:
        """All that the record's row is drawn from, beside the columns, the language and the time zone, if
        it may be drawn once and shown again (``ui.memory``); None: it is drawn each time."""
        return None
