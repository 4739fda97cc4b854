"""The API's own door: a token or nothing. Sessions do not count there, so no page can act for its reader."""

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, JsonResponse

from sendense_portal.tokens import guesses
from sendense_portal.tokens.authentication import authenticate

PATH = "/api/"


class TokenMiddleware:
    """Puts the bearer's user and access on requests below /api/; others pass untouched.

    Stands before ``AccessMiddleware``, which takes the access that is there. Answers are JSON always.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(PATH):
            return self.get_response(request)
        return closed(self.answer(request))

    def answer(self, request: HttpRequest) -> HttpResponse:
        """401 without a token that gives rights, 429 after too many of those."""
        address, header = request.META.get("REMOTE_ADDR") or "", request.headers.get("Authorization", "")
        if guesses.is_blocked(address):
            return problem(HTTPStatus.TOO_MANY_REQUESTS, {"Retry-After": str(guesses.WINDOW)})
        bearer = authenticate(header, address) if header else None
        if bearer is None:
            if header:
                guesses.note_wrong(address)
            return problem(HTTPStatus.UNAUTHORIZED, {"WWW-Authenticate": 'Bearer realm="Sendense portal"'})
        request.user = bearer.token.owner
        request.bearer = bearer  # type: ignore[attr-defined]  # read by AccessMiddleware and Actor.of
        # A cross-site form can't send this header, and cookies count for nothing here.
        request._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]  # what Django's own middleware asks
        return as_json(self.get_response(request))


def as_json(response: HttpResponse) -> HttpResponse:
    """Error pages are for people; a redirect (to sign in, to confirm who one is) means that one is needed."""
    if response.get("Content-Type", "").startswith("application/json"):
        return response
    if 300 <= response.status_code < 400:
        return problem(HTTPStatus.FORBIDDEN, {}, "This needs a person at the portal's pages.")
    return problem(HTTPStatus(response.status_code), {}) if response.status_code >= 400 else response


def problem(status: HTTPStatus, headers: dict[str, str], text: str = "") -> HttpResponse:
    """An error as the API tells it."""
    return JsonResponse({"error": text or status.phrase}, status=status, headers=headers)


def closed(response: HttpResponse) -> HttpResponse:
    """No answer is kept anywhere, and none sets a cookie."""
    response["Cache-Control"] = "no-store"
    response.cookies.clear()
    return response
