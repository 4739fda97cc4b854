"""The fields of the form above a list, at the price of their text."""

from html import escape
from typing import Any

from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

from sendense_portal.ui.icons import svg


def fields_of(form: Any) -> SafeString:
    """Every field with its label; a select's first option names it, so its label is for screen readers."""
    return mark_safe("".join(drawn(field) for field in form))  # noqa: S308  # each part is escaped


def drawn(field: Any) -> str:
    """One field; the search has its icon and asks while one types."""
    if field.is_hidden:
        return str(field)
    pk, label = field.id_for_label, conditional_escape(field.label)
    if field.name == "search":
        return (
            f'<div class="filter filter-search"><label class="visually-hidden" for="{pk}">{label}</label>'
            f"{svg('magnifying-glass', 'outline', 'icon filter-icon')}"
            f'<input type="search" id="{pk}" name="{field.html_name}" value="{escape(field.value() or "")}"'
            f' placeholder="{label}" autocomplete="off"></div>'
        )
    look = ' class="visually-hidden"' if "select" in field.widget_type else ""
    return (
        f'<div class="filter filter-{field.widget_type}"><label for="{pk}"{look}>{label}</label>'
        f"{field.as_widget()}</div>\n"
    )
