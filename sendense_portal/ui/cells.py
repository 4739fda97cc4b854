"""Table cells that are small templates."""

from collections.abc import Callable
from typing import Any, Literal

import django_tables2 as tables
from django.template.loader import get_template


class CellColumn(tables.Column):  # type: ignore[misc]  # the library has no types
    """Renders ``template_name`` with ``record``, ``table`` and ``request``, and what ``facts(record)`` adds.

    django-tables2's own TemplateColumn runs all context processors for every cell; the frame of the page
    would be computed hundreds of times a list.
    """

    empty_values = ()

    def __init__(
        self, template_name: str, *, facts: Callable[[Any], dict[str, Any]] | None = None, **options: Any
    ) -> None:
        super().__init__(**options)
        self.template_name = template_name
        self.facts = facts

    def render(self, record: Any, table: Any) -> str:
        """The cell's HTML."""
        context = {"record": record, "table": table, "request": table.request}
        if self.facts:
            context |= self.facts(record)
        return get_template(self.template_name).render(context)


def attrs_when(room: Literal["roomy", "wide", "widest"], *, end: bool = False) -> dict[str, dict[str, Any]]:
    """A column that is left out where a table has no room for it (tables.css); ``end`` is for numbers."""
    return {
        "th": {"class": f"when-{room}"},
        "td": {"class": f"when-{room} num" if end else f"when-{room}"},
    }
