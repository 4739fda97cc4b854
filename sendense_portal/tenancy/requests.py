"""The request as the portal's views know it."""

from typing import TYPE_CHECKING, Any

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

if TYPE_CHECKING:
    from sendense_portal.tenancy.access import Access
    from sendense_portal.tenancy.models import User
    from sendense_portal.ui.navigation import Tally


class PortalRequest(HttpRequest):
    """What the middlewares have put on a request before a view sees it."""

    user: "User"
    htmx: HtmxDetails
    access: "Access"
    bearer: Any
    """What a request below /api/ came with (``tokens.authentication.Bearer``); others have none."""
    request_id: str
    known_counts: "dict[str, int | Tally]"
    """Numbers of the navigation, by URL name, that a view has counted for its own page."""
    target: Any
    """The row named by the URL, already checked (see ``access.require``)."""
