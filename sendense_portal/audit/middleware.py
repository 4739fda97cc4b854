"""Gives every request an id, which is in the trail and in the answer's headers."""

import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from sendense_portal.tenancy.requests import PortalRequest


class RequestIdMiddleware:
    """The id is the portal's own: one sent by a browser could forge a connection between entries."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: PortalRequest) -> HttpResponse:
        request.request_id = str(uuid.uuid4())
        response = self.get_response(request)
        response["X-Request-ID"] = request.request_id
        return response
