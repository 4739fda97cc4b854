"""Heroicons as inline SVG, each read from the package once."""

from functools import cache

from django.utils.safestring import SafeString, mark_safe
from heroicons.templatetags.heroicons import heroicon_micro, heroicon_mini, heroicon_outline, heroicon_solid

DRAW = {
    "outline": heroicon_outline,
    "solid": heroicon_solid,
    "mini": heroicon_mini,
    "micro": heroicon_micro,
}


@cache
def svg(name: str, style: str, css_class: str) -> SafeString:
    """An icon that screen readers skip: what it means always stands beside it as a word.

    Raises ``IconDoesNotExist``. Names and classes come from templates only, so the cache stays small.
    """
    drawn = DRAW[style](name, size=20, **{"class": css_class, "aria_hidden": "true"})
    return mark_safe(drawn)  # noqa: S308  # drawn from the package's files
