"""A whole page, or the one part of it that htmx asked for."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control, patch_vary_headers
from django_htmx.middleware import HtmxDetails


def page(
    request: HttpRequest, template: str, context: dict[str, Any], part: str = "", status: int = 200
) -> HttpResponse:
    """Renders ``template``; when htmx asks and ``part`` is given, only that ``partialdef`` of it.

    Both answers live at one address, so ``Vary`` keeps them apart. Pages show customers' data: they are not
    kept on disk, and the Back button never shows a part as a page.
    """
    name = f"{template}#{part}" if part and wants_part(request) else template
    response = render(request, name, context, status=status)
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    patch_cache_control(response, private=True, no_store=True)
    return response


def wants_part(request: HttpRequest) -> bool:
    """Whether htmx will put the answer into a page that is already there."""
    htmx: HtmxDetails | None = getattr(request, "htmx", None)
    return htmx is not None and bool(htmx) and not htmx.boosted and not htmx.history_restore_request
