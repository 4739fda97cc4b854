"""The tag behind the rows of ``components/table.html``."""

from typing import Any

from django import template
from django.utils.safestring import SafeString

from sendense_portal.ui.rows import body_of

register = template.Library()


@register.simple_tag
def table_body(table: Any) -> SafeString:
    """All rows of the table's page."""
    return body_of(table)
