"""The time zones that a person may choose from: those of the IANA database, by region."""

import zoneinfo
from functools import cache
from itertools import groupby
from typing import Any

from django import forms
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext


@cache
def time_zone_names() -> tuple[str, ...]:
    """All names, sorted. Kept, since the library reads some 600 files to find them."""
    return tuple(sorted(zoneinfo.available_timezones()))


def time_zone_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """``[("Europe", [("Europe/Vienna", "Europe/Vienna"), …]), …]``; names without a region come last."""
    regions = groupby(sorted(time_zone_names(), key=region), key=region)
    groups = [(name, [(zone, zone.replace("_", " ")) for zone in zones]) for name, zones in regions]
    return [*((name, zones) for name, zones in groups if name), (gettext("Other"), dict(groups).get("", []))]


def region(name: str) -> str:
    """``Europe`` of ``Europe/Vienna``; empty for ``UTC``."""
    return name.rpartition("/")[0].partition("/")[0]


class LongSelect(forms.Select):
    """A select whose options are written in one go: Django's own renders a template for each of them."""

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None
    ) -> SafeString:
        widget = self.get_context(name, value, attrs)["widget"]
        groups = [
            (title, format_html_join("", '<option value="{}"{}>{}</option>', map(option_parts, options)))
            for title, options, _ in widget["optgroups"]
        ]
        inside = format_html_join("", '<optgroup label="{}">{}</optgroup>', groups)
        return format_html('<select name="{}"{}>{}</select>', name, flatatt(widget["attrs"]), inside)


def option_parts(option: dict[str, Any]) -> tuple[str, str, str]:
    """The value, whether it is chosen, and the text of an option as Django prepares it."""
    return option["value"], " selected" if option["selected"] else "", option["label"]
