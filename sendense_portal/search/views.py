"""The search: a page, and in the dialog of any other page (Ctrl-K) the same."""

from django.http import HttpResponse

from sendense_portal.search.hits import search as find
from sendense_portal.tenancy.access import require
from sendense_portal.tenancy.requests import PortalRequest
from sendense_portal.tenancy.roles import Action
from sendense_portal.ui.pages import page

LONGEST = 100


@require(Action.DASHBOARD_VIEW)
def search(request: PortalRequest) -> HttpResponse:
    """What the words find; the part alone while somebody types."""
    words = request.GET.get("q", "").replace("\0", "").strip()[:LONGEST]
    context = {"words": words, "groups": find(request, request.access, words)}
    typing = request.htmx.target == "search-hits"
    return page(request, "search/search.html", context, part="hits" if typing else "box")
