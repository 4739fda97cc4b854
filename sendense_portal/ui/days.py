"""A day in a form above a list, drawn in Python: Django renders two templates for each."""

from typing import Any

from django import forms
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe


class DateInput(forms.DateInput):
    """The browser's own calendar; it always sends ISO dates."""

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d", attrs={"type": "date"})

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """The ``<input>``."""
        known = {"type": "date", "name": name, "value": self.format_value(value)}
        extra = self.build_attrs(known, attrs).items()
        drawn = format_html_join("", ' {}="{}"', ((key, text) for key, text in extra if text is not None))
        return mark_safe(f"<input{drawn}>")  # noqa: S308  # escaped by format_html_join
