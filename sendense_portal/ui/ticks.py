"""Boxes that choose rows of a list for one of the buttons above it, and what was chosen by them."""

from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

from django.http import HttpRequest, QueryDict
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sendense_portal.ui.cells import DrawnColumn


def ticked_by(name: Callable[[Any], str]) -> DrawnColumn:
    """A column of boxes that belong to the form ``bulk`` (components/bulk.html), each named for its row."""

    def tick(record: Any, table: Any) -> SafeString:
        return format_html(
            '<label class="tick"><input type="checkbox" name="row" form="bulk" value="{}">'
            '<span class="visually-hidden">{}</span></label>',
            record.pk,
            _("Choose %(name)s") % {"name": name(record)},
        )

    return DrawnColumn(tick, verbose_name=gettext_lazy("Chosen"), orderable=False)


def asked_of(request: HttpRequest) -> QueryDict:
    """The form that was sent, or the address that was asked for."""
    return request.POST if request.method == "POST" else request.GET


def ticked_keys(request: HttpRequest, most: int) -> list[UUID]:
    """The keys of ticked rows, at most so many; with ``all`` those of the whole page that was shown."""
    asked = asked_of(request)
    texts = asked.get("shown", "").split(",") if asked.get("all") else asked.getlist("row")
    return keys_of(texts[:most])


def keys_of(texts: Iterable[str]) -> list[UUID]:
    """Those texts that are keys."""
    return [key for text in texts if (key := as_key(text))]


def as_key(text: str) -> UUID | None:
    """None for what is not a key."""
    try:
        return UUID(text)
    except ValueError:
        return None
