"""Columns whose cells are drawn by a small template or by a function."""

import uuid
from collections.abc import Callable
from copy import copy
from functools import cache
from typing import Any, Literal

import django_tables2 as tables
from django.template.loader import get_template
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

Draw = Callable[[Any, Any], str]
"""Takes the record and the table; what is not a SafeString is escaped."""


class DrawnColumn(tables.Column):  # type: ignore[misc]  # the library has no types
    """Calls ``draw(record, table)`` for each cell: for lists that are long or often asked for."""

    empty_values = ()

    def __init__(self, draw: Draw, **options: Any) -> None:
        super().__init__(**options)
        self.draw = draw

    def __deepcopy__(self, memo: dict[int, Any]) -> "DrawnColumn":
        """Each table has its own columns, to know whose they are; what they are made of nobody changes."""
        return copy(self)

    def render(self, record: Any, table: Any) -> str:
        """The cell's HTML."""
        return self.draw(record, table)


class CellColumn(DrawnColumn):
    """Renders ``template_name`` with ``record``, ``table`` and ``request``, and what ``facts(record)`` adds.

    django-tables2's own TemplateColumn runs all context processors for every cell; the frame of the page
    would be computed hundreds of times a list.
    """

    def __init__(
        self, template_name: str, *, facts: Callable[[Any], dict[str, Any]] | None = None, **options: Any
    ) -> None:
        super().__init__(self.from_template, **options)
        self.template_name = template_name
        self.facts = facts

    def from_template(self, record: Any, table: Any) -> str:
        """Renders the template for one record."""
        context = {"record": record, "table": table, "request": table.request}
        if self.facts:
            context |= self.facts(record)
        return get_template(self.template_name).render(context)


ACTIONS = {"td": {"class": "actions"}}


def actions_column(template_name: str, **options: Any) -> CellColumn:
    """The last column of a list: what may be done with a row."""
    return CellColumn(
        template_name, accessor="pk", verbose_name=_("Actions"), orderable=False, attrs=ACTIONS, **options
    )


def attrs_when(room: Literal["roomy", "wide", "widest"], *, end: bool = False) -> dict[str, dict[str, Any]]:
    """A column that is left out where a table has no room for it (tables.css); ``end`` aligns numbers."""
    return {
        "th": {"class": f"when-{room}"},
        "td": {"class": f"when-{room} num" if end else f"when-{room}"},
    }


def url_to(name: str, pk: object = None) -> str:
    """``reverse`` for one route and many keys: the pattern is resolved once."""
    return pattern_of(name, with_key=pk is not None).replace(str(PLACEHOLDER), str(pk))


PLACEHOLDER = uuid.UUID(int=0)


@cache
def pattern_of(name: str, *, with_key: bool) -> str:
    """A route's address with a placeholder for its key."""
    return reverse(name, args=[PLACEHOLDER] if with_key else [])
