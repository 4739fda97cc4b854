"""Login and what needs it (contract, 2). Backup, restore and telemetry routes need none."""

import secrets
from typing import Any

from localhub.clocks import now
from localhub.hub import Hub
from localhub.web.answers import Answer, ok
from localhub.web.requests import BadBody, Request
from localhub.web.routes import Handle

TEN_YEARS = 3650 * 86400


class Sessions:
    """One session token for everybody, in memory: after a restart it is unknown until somebody logs in."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.token: str | None = None

    def login(self, request: Request) -> Answer:
        try:
            body = request.json("AuthRequest", appliance_id=str, token=str, version=str)
        except BadBody as error:
            return ok(self.refusal("Invalid request payload", str(error)), 400)
        if not secrets.compare_digest(body["token"].encode(), self.hub.token.encode()):
            return ok({"success": False, "error_message": "Invalid credentials"}, 401)
        self.token = self.token or secrets.token_urlsafe(32)
        expires = self.hub.clock.offset(now() + TEN_YEARS)
        return ok({"success": True, "session_token": self.token, "expires_at": expires})

    def guarded(self, handle: Handle) -> Handle:
        def guard(request: Request) -> Answer:
            refused = self.refused(request.authorization)
            return ok(self.refusal(refused), 401) if refused else handle(request)

        return guard

    def refused(self, authorization: str) -> str | None:
        if not authorization:
            return "Missing authorization header"
        if not authorization.startswith("Bearer "):
            return "Invalid authorization format"
        given = authorization.removeprefix("Bearer ")
        if self.token is None or not secrets.compare_digest(given.encode(), self.token.encode()):
            return "Invalid or expired token"
        return None

    def refusal(self, error: str, details: str = "") -> dict[str, Any]:
        return {"details": details, "error": error, "timestamp": self.hub.clock.offset(now())}
