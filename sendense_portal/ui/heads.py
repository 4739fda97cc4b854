"""The head of a table and the links to its other pages, at the price of their text.

A template loop costs ten times as much: it asks django-tables2 for a column's attributes again and again,
and every link includes a template.
"""

from html import escape
from typing import Any
from urllib.parse import urlencode

from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django_tables2.templatetags.django_tables2 import table_page_range

from sendense_portal.ui.icons import svg

NEAREST_PART = "closest :not(a)[id][hx-get]"
"""What a link replaces unless the table names its ``target``: the part of the page that can be asked for."""


def head_of(table: Any) -> SafeString:
    """The cells of the head; what can be sorted by is a link."""
    return mark_safe("".join(head_cell(column, table) for column in table.columns))  # noqa: S308  # escaped


def head_cell(column: Any, table: Any) -> str:
    """One ``<th>``."""
    attrs, order = column.attrs, column.order_by_alias
    text: str = conditional_escape(column.header)
    opening = f'<th scope="col" {attrs["th"].as_html()}'
    if {"num", "actions"} & set(str(attrs["td"].get("class", "")).split()):
        opening += " data-end"
    opening += f' data-column="{column.name}"'
    sign, look = "chevron-up-down", "icon icon-sm sort-idle"
    if column.is_ordered:
        opening += f' aria-sort="{"descending" if order.is_descending else "ascending"}"'
        sign, look = "chevron-down" if order.is_descending else "chevron-up", "icon icon-sm"
    if column.orderable:
        changed = {table.prefixed_order_by_field: order.next, table.prefixed_page_field: None}
        text = link(
            table, "sort", f"sort-{table.prefix}{column.name}", changed, text + svg(sign, "mini", look)
        )
    return f"{opening}>{text}</th>"


def pages_of(table: Any) -> SafeString:
    """The items of the list of pages: the neighbours, the first and last, and some around this one."""
    page, items = table.page, []
    if page.has_previous():
        number, icon = page.previous_page_number(), svg("chevron-left", "mini", "icon")
        items.append(page_link(table, number, "previous", _("Previous page"), icon, rel=' rel="prev"'))
    for number in table_page_range(page, table.paginator):
        if number == "...":
            items.append('<li class="page-gap" aria-hidden="true">…</li>')
        elif number == page.number:
            items.append(f'<li><span class="page-link" aria-current="page">{number}</span></li>')
        else:
            label = _("Page %(number)s") % {"number": number}
            items.append(page_link(table, number, str(number), label, str(number)))
    if page.has_next():
        number, icon = page.next_page_number(), svg("chevron-right", "mini", "icon")
        items.append(page_link(table, number, "next", _("Next page"), icon, rel=' rel="next"'))
    return mark_safe("".join(items))  # noqa: S308  # escaped


def page_link(table: Any, number: int, name: str, label: str, text: str, rel: str = "") -> str:
    """The item of one other page."""
    more = f'{rel} aria-label="{escape(label)}"'
    changed = {table.prefixed_page_field: number}
    return f"<li>{link(table, 'page-link', f'page-{table.prefix}{name}', changed, text, more)}</li>"


def link(table: Any, css_class: str, pk: str, changed: dict[str, Any], text: str, more: str = "") -> str:
    """A link to this address with some parameters changed, which htmx follows within the list."""
    address = escape(address_with(table.request, changed))
    target = escape(getattr(table, "target", "") or NEAREST_PART)
    return (
        f'<a class="{css_class}" id="{pk}" href="{address}"{more} hx-get="{address}" hx-target="{target}"'
        f' hx-swap="outerHTML" hx-push-url="true">{text}</a>'
    )


def address_with(request: Any, changed: dict[str, Any]) -> str:
    """The query of this page with parameters replaced, or left out where None."""
    parameters = dict(request.GET.lists()) | changed
    kept = {name: value for name, value in parameters.items() if value is not None}
    return f"?{urlencode(kept, doseq=True)}"
