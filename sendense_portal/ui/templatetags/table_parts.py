"""The tags behind the components of lists: filters, table, pages."""

from typing import Any

from django import template
from django.utils.safestring import SafeString

from sendense_portal.ui.filter_fields import fields_of
from sendense_portal.ui.heads import head_of, pages_of
from sendense_portal.ui.rows import body_of

register = template.Library()


@register.simple_tag
def table_body(table: Any) -> SafeString:
    """All rows of the table's page."""
    return body_of(table)


@register.simple_tag
def shown_keys(table: Any) -> str:
    """The keys of the table's page, between commas."""
    return ",".join(str(row.record.pk) for row in table.paginated_rows)


@register.simple_tag
def table_head(table: Any) -> SafeString:
    """The cells of the table's head."""
    return head_of(table)


@register.simple_tag
def table_pages(table: Any) -> SafeString:
    """The links to the table's other pages."""
    return pages_of(table)


@register.simple_tag
def filter_fields(form: Any) -> SafeString:
    """The fields of a list's filters."""
    return fields_of(form)
