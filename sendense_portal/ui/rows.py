"""The body of a table, at the price of its cells.

A template loop asks django-tables2 for the attributes of each cell anew, which costs several times what the
cells themselves cost. Here they are those of the column, computed once a table.
"""

from html import escape
from typing import Any

from django.utils.formats import localize
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

from sendense_portal.ui.cells import DrawnColumn


def body_of(table: Any) -> SafeString:
    """All rows of the table's page as ``<tr>``."""
    columns = [(column, opening_of(column)) for column in table.columns]
    rows = [
        f"<tr {row.attrs.as_html()}>"
        + "".join(f"{opening}{cell_of(row, column, table)}</td>" for column, opening in columns)
        + "</tr>\n"
        for row in table.paginated_rows
    ]
    return mark_safe("".join(rows))  # noqa: S308  # every cell went through conditional_escape


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
