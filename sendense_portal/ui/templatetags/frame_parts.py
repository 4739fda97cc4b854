"""The parts of the frame that are the same on many pages, drawn once."""

from functools import lru_cache

from django import template
from django.conf import settings
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from sendense_portal.ui.navigation import LinkGroup

register = template.Library()


@register.simple_tag
def nav_groups(groups: list[LinkGroup]) -> SafeString:
    """The navigation's links. Whoever may open the same places, is at the same one and reads the same numbers
    sees the same."""
    return drawn_groups(tuple(groups), get_language())


@lru_cache(maxsize=200)
def drawn_groups(groups: tuple[LinkGroup, ...], language: str) -> SafeString:
    """Drawn from these links and nothing else."""
    return render_to_string("layouts/navigation_groups.html", {"nav": groups})


@register.simple_tag
def constant(name: str) -> SafeString:
    """Includes a template that depends on nothing but the language: it gets no context."""
    draw = drawn_constant.__wrapped__ if settings.DEBUG else drawn_constant
    return draw(name, get_language())


@lru_cache(maxsize=50)
def drawn_constant(name: str, language: str) -> SafeString:
    """Drawn once for each language."""
    return render_to_string(name)
