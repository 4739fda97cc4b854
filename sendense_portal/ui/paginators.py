"""Pages of a list whose last one costs no more than its first."""

from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet


class TwoEndedPaginator(Paginator):  # type: ignore[type-arg]  # generic in the stubs only
    """Pages of a table's rows, walked to from the end that is nearer.

    A database finds a page by stepping over all rows before it; over those behind it, in the opposite order,
    it steps just as well. ``known_count`` is the number of rows, from whoever has counted them already.
    """

    def __init__(self, rows: Any, per_page: int, *, known_count: int | None = None, **options: Any) -> None:
        super().__init__(rows, per_page, **options)
        if known_count is not None:
            # ``count`` is a cached property: what stands here is what it returns.
            self.__dict__["count"] = known_count

    def page(self, number: int | str) -> Page[Any]:
        """One page; raises ``InvalidPage`` for one that is not there."""
        rows: Any = self.object_list
        found = getattr(rows.data, "data", None)
        if not isinstance(found, QuerySet) or found.query.is_sliced:
            return super().page(number)
        number = self.validate_number(number)
        first = (number - 1) * self.per_page
        end = min(first + self.per_page, self.count)
        behind = self.count - end
        # Without an order there is no opposite one.
        if found.ordered and behind < first:
            records = rows.table.fetch(found.reverse()[behind : self.count - first])[::-1]
        else:
            records = rows.table.fetch(found[first:end])
        return Page(type(rows)(records, rows.table, rows.pinned_data), number, self)
