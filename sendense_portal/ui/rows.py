"""The body of a table, at the price of its cells.

A template loop asks django-tables2 for the attributes of each cell anew, which costs several times what the
cells themselves cost. Here they are those of the column, computed once a table.
"""

from html import escape
from typing import Any

from django.utils.formats import localize
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import get_current_timezone_name
from django.utils.translation import get_language
from django_tables2.utils import AttributeDict, computed_values

from sendense_portal.ui.cells import DrawnColumn
from sendense_portal.ui.memory import drawn_rows


def body_of(table: Any) -> SafeString:
    """All rows of the table's page as ``<tr>``; those that the table lets be remembered are drawn once."""
    columns = [(column, opening_of(column)) for column in table.columns]
    shape = (type(table), get_language(), get_current_timezone_name(), *(opening for _, opening in columns))
    rows = []
    for row in table.paginated_rows:
        facts = table.facts_of(row.record)
        html = drawn_rows.get((shape, facts)) if facts is not None else None
        if html is None:
            html = drawn(row, columns, table)
            if facts is not None:
                drawn_rows.put((shape, facts), html)
        rows.append(html)
    return mark_safe("".join(rows))  # noqa: S308  # every cell went through conditional_escape


def drawn(row: Any, columns: list[tuple[Any, SafeString]], table: Any) -> str:
    """One ``<tr>``."""
    attrs = AttributeDict(computed_values(table.row_attrs, {"table": table, "record": row.record}))
    cells = "".join(f"{opening}{cell_of(row, column, table)}</td>" for column, opening in columns)
    return f"<tr {attrs.as_html()}>{cells}</tr>\n"


def opening_of(column: Any) -> SafeString:
    """The ``<td …>`` of a column."""
    return format_html(
        '<td {} data-column="{}" data-label="{}">', column.attrs["td"].as_html(), column.name, column.header
    )


def cell_of(row: Any, column: Any, table: Any) -> str:
    """One cell's HTML; our own columns are asked directly."""
    drawn = column.column
    if isinstance(drawn, DrawnColumn):
        html = drawn.render(row.record, table)
        return html if isinstance(html, SafeString) else escape(html)
    return conditional_escape(localize(row.get_cell(column.name)))
