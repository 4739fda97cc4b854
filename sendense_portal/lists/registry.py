"""The lists there are; domains register theirs from ``apps.py``."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.functional import Promise

from sendense_portal.tenancy.requests import PortalRequest
from sendense_portal.tenancy.roles import Action
from sendense_portal.ui.filters import ListFilter
from sendense_portal.ui.tables import PortalTable

Field = Callable[[Any], object]
"""Takes a row and gives one cell of the file: text, a number, or a moment."""


@dataclass(frozen=True)
class ShownList:
    """One list.

    ``choosable`` are the columns that a person may hide, with their headings. ``rows`` gives what the request
    filters and sorts, as the list's own page would; ``fields`` are the columns of its file.
    """

    name: str
    title: str | Promise
    url_name: str
    action: Action
    choosable: Mapping[str, str | Promise]
    rows: Callable[[PortalRequest], QuerySet[Any]]
    fields: Mapping[str, Field]


def filtered_and_sorted(
    request: PortalRequest, rows: QuerySet[Any], filters: type[ListFilter], table: type[PortalTable]
) -> QuerySet[Any]:
    """Of these rows what the list's own page shows for this request, in its order."""
    chosen = filters(request.GET, queryset=rows, request=request)
    found: QuerySet[Any] = table(chosen.qs, order_by=request.GET.getlist("sort") or None).data.data
    return found


shown_lists: dict[str, ShownList] = {}


def register(shown: ShownList) -> None:
    """Adds a list."""
    shown_lists[shown.name] = shown
