"""The tags and filters of every template (a builtin library: no ``load`` needed)."""

from datetime import datetime
from typing import Any

from django import template
from django.template.context import Context
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from sendense_portal.tenancy.access import Access
from sendense_portal.tenancy.roles import Action
from sendense_portal.ui import badges, times
from sendense_portal.ui.icons import svg

register = template.Library()

NOTHING = "–"
UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB")


@register.simple_tag
def icon(name: str, **attributes: str) -> SafeString:
    """A Heroicon, as in ``{% icon "server" class="icon-lg" %}``; ``style="mini"`` for small solid ones."""
    extra = attributes.get("class", "")
    return svg(name, attributes.get("style", "outline"), f"icon {extra}".strip())


@register.filter(name="bytes")
def bytes_filter(value: Any) -> str:
    """A number of bytes with a binary unit: 1503238553 → “1.4 GiB”."""
    number = as_number(value)
    if number is None:
        return NOTHING
    unit = 0
    while abs(number) >= 1024 and unit < len(UNITS) - 1:
        number /= 1024
        unit += 1
    # 1023.96 KiB would be rounded to "1024.0 KiB".
    if unit and unit < len(UNITS) - 1 and round(abs(number), 1) >= 1024:
        number, unit = number / 1024, unit + 1
    # Rounded here: number_format cuts digits off.
    return f"{number_format(f'{number:.{1 if unit else 0}f}')} {UNITS[unit]}"


@register.filter
def rate(value: Any) -> str:
    """Bytes a second: “12.3 MiB/s”."""
    text = bytes_filter(value)
    return text if text == NOTHING else f"{text}/s"


@register.filter
def duration(value: Any) -> str:
    """Seconds (or a timedelta) in the two largest units: “2 min 5 s”."""
    total_seconds = getattr(value, "total_seconds", None)
    number = as_number(total_seconds() if total_seconds else value)
    return NOTHING if number is None else times.duration(number)


def as_number(value: Any) -> float | None:
    """None for what is not a number."""
    try:
        return None if value is None or value == "" else float(value)
    except (TypeError, ValueError):
        return None


@register.simple_tag
def ago(moment: datetime | None, missing: str | None = None, now: datetime | None = None) -> str:
    """How long since a moment, kept current by portal.js; the exact time in the person's zone as title."""
    if moment is None:
        return _("never") if missing is None else missing
    text = times.ago(moment, now or timezone.now())
    return format_html(
        '<time datetime="{}" title="{}" data-ago>{}</time>', moment.isoformat(), times.exact(moment), text
    )


@register.simple_tag
def when(moment: datetime | None) -> str:
    """The exact time in the person's zone."""
    if moment is None:
        return NOTHING
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        moment.isoformat(),
        times.exact(moment),
        times.short(moment),
    )


@register.simple_tag
def countdown(moment: datetime | None) -> str:
    """The time left until a moment, kept current by portal.js."""
    if moment is None:
        return NOTHING
    text = times.left(moment, timezone.now())
    return format_html(
        '<time datetime="{}" title="{}" data-countdown>{}</time>',
        moment.isoformat(),
        times.exact(moment),
        text,
    )


@register.simple_tag
def state_badge(state: Any, label: str = "") -> SafeString:
    """A state of a backup, mount, download, audit entry or hub: colour, sign and word."""
    return badges.state(str(state), label)


@register.simple_tag
def type_badge(kind: Any) -> SafeString:
    """Full or incremental."""
    return badges.kind(str(kind))


@register.simple_tag
def short(value: Any, keep: int = 8) -> str:
    """An id or a path with its middle left out; the whole as title and for the copy button."""
    text = str(value or "")
    if not text:
        return NOTHING
    shown = text if len(text) <= 2 * keep + 1 else f"{text[:keep]}…{text[-keep:]}"
    return format_html(
        '<span class="short"><span class="mono" title="{}">{}</span>'
        '<button type="button" class="copy" data-copy="{}" aria-label="{}">{}</button></span>',
        text,
        shown,
        text,
        _("Copy %(what)s") % {"what": text},
        svg("square-2-stack", "outline", "icon icon-sm"),
    )


@register.simple_tag(takes_context=True)
def may(context: Context, action: str, row: Any = None) -> bool:
    """Whether the person may do this on a row, or (without a row) on any.

    ``{% may "backup.start" vm as may_start %}``; components sent over a socket have no request: no.
    """
    access: Access | None = getattr(context.get("request"), "access", None)
    if access is None:
        return False
    if row is None:
        return access.can_somewhere(Action(action))
    return access.can(Action(action), getattr(row, "tenant_id", None))


@register.simple_tag
def fraction(whole: Any, percent: int) -> str:
    """``percent`` of a number (100 if there is none), as an attribute's value."""
    return f"{(as_number(whole) or 100) * percent / 100:.0f}"
