"""What became of each of several rows, as one page tells it."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpResponse
from django_stubs_ext import StrOrPromise

from protection.models import Flow, FlowRun, Schedule, VmGroup
from sendense_portal.tenancy.requests import PortalRequest
from sendense_portal.ui.pages import page

MOST_AT_ONCE = 200
"""Rows of one form."""


@dataclass(frozen=True)
class Result:
    """What became of one row of several; ``run`` is what a flow was set going with."""

    row: Flow | Schedule | VmGroup
    is_done: bool
    said: str
    run: FlowRun | None = None


def told(
    request: PortalRequest, results: Sequence[Result], list_name: str, title: StrOrPromise
) -> HttpResponse:
    """The page, which leads back to their list."""
    context = {"results": results, "list_name": list_name, "list_title": title}
    return page(request, "protection/results.html", context)
