"""Choices with many options."""

from functools import lru_cache
from html import escape
from typing import Any

from django import forms
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _


class LongSelect(forms.Select):
    """Draws its options in Python; Django renders a template for each, 40 ms for two hundred."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """The ``<select>`` of one choice; option groups are not supported."""
        choices = tuple((str(key or ""), str(label)) for key, label in self.choices)
        extra = format_html_join("", ' {}="{}"', self.build_attrs(self.attrs, attrs).items())
        return mark_safe(  # noqa: S308  # escaped
            f'<select name="{escape(name)}"{extra}>{options(choices, str(value or ""))}</select>'
        )

    def use_required_attribute(self, initial: Any) -> bool:
        """Looks into the choices, which may cost a query, only where it matters."""
        return self.is_required and super().use_required_attribute(initial)


@lru_cache(maxsize=100)
def options(choices: tuple[tuple[str, str], ...], chosen: str) -> str:
    """The ``<option>`` of each choice; the same choices are offered on every page of a list."""
    return "".join(
        f'<option value="{escape(key)}"{" selected" if key == chosen else ""}>{escape(label)}</option>'
        for key, label in choices
    )


class LongChoices(forms.CheckboxSelectMultiple):
    """Check boxes in a box that scrolls, with a field that narrows them while one types (``choices.js``).

    Without JavaScript the box is just long. Options are drawn in Python, as those of ``LongSelect``.
    """

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """The ``<div>`` with all choices, the chosen ones first."""
        chosen = {str(one) for one in value or ()}
        rows = [(str(key), str(label)) for key, label in self.choices]
        rows.sort(key=lambda row: row[0] not in chosen)
        boxes = format_html_join(
            "",
            '<label><input type="checkbox" name="{}" value="{}"{}> <span>{}</span></label>',
            ((name, key, mark_safe(" checked") if key in chosen else "", label) for key, label in rows),
        )
        narrow = format_html(
            '<input type="search" class="choices-search" placeholder="{0}" aria-label="{0}" hidden>'
            '<span class="choices-count muted" role="status"></span>',
            _("Search in this list"),
        )
        return format_html(
            '<div class="choices" data-choices>{}<div class="choices-box">{}</div></div>', narrow, boxes
        )
