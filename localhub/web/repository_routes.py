"""Repositories: local folders, and shares that nobody mounts (contract, 9)."""

from pathlib import Path
from typing import Any

from localhub.hub import Hub
from localhub.options import Dialect
from localhub.repositories import RepositoryRefused, unusable
from localhub.shares import KINDS, ShareRefused, read
from localhub.web.answers import Answer, ok, text
from localhub.web.requests import BadBody, Request, decoded, go_word
from localhub.web.routes import Routes
from localhub.web.sessions import Sessions

GO_CONFIG = "storage.LocalRepositoryConfig"


class RepositoryRoutes:
    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.repositories = hub.repositories
        self.older = hub.options.dialect is Dialect.OLDER

    def all(self, request: Request) -> Answer:
        shown = [self.repositories.shown(row) for row in self.repositories.rows()]
        if kind := request.asked("type"):
            shown = [row for row in shown if row["type"] == kind]
        if enabled := request.asked("enabled"):
            shown = [row for row in shown if row["enabled"] == (enabled == "true")]
        return ok(shown if self.older else {"repositories": shown, "success": True})

    def create(self, request: Request) -> Answer:
        try:
            body = request.json(
                "CreateRepositoryRequest",
                name=str, type=str, enabled=bool, is_immutable=bool, min_retention_days=int,
            )  # fmt: skip
        except BadBody as error:
            return self.error(400, f"Invalid request body: {error}")
        for name in ("name", "type"):
            if not body[name]:
                return self.error(400, f"Repository {name} is required")
        labels = {
            "enabled": body["enabled"],
            "immutable": body["is_immutable"],
            "retention": body["min_retention_days"],
        }
        try:
            if body["type"] in KINDS:
                config = share_of(request, body["type"])
                row = self.repositories.create_share(body["name"], body["type"], config, **labels)
            else:
                path, refused = configured(request, body["type"])
                if refused or path is None:
                    return refused or text(400, "Invalid local repository config: path is required")
                row = self.repositories.create(body["name"], path, **labels)
        except ShareRefused as error:
            return text(400, str(error))
        except RepositoryRefused as error:
            return self.error(500, str(error))
        shown = self.repositories.shown(row)
        return ok(shown if self.older else {"repository": shown, "success": True}, 201)

    def test(self, request: Request) -> Answer:
        try:
            body = request.json("TestRepositoryRequest", type=str)
        except BadBody as error:
            return text(400, f"Invalid request body: {error}")
        message = "Repository configuration is valid and connection test passed"
        if body["type"] in KINDS:
            try:
                share_of(request, body["type"])
            except ShareRefused as error:
                return text(400, str(error))
            return ok({"success": True, "message": message})
        path, refused = configured(request, body["type"])
        if refused or path is None:
            return refused or text(400, "Invalid local repository config: path is required")
        if problem := unusable(path):
            return ok({"success": False, "message": "Repository test failed", "error_details": problem})
        return ok({"success": True, "message": message})

    def storage(self, request: Request) -> Answer:
        row = self.repositories.get(request.values["repository_id"])
        if row is None:
            return text(404, "Repository not found: repository not found")
        try:
            return ok(self.repositories.storage(row))
        except OSError as error:
            return text(500, f"Failed to get storage info: {error.strerror}")

    def refresh(self, request: Request) -> Answer:
        count = len(self.repositories.rows())
        message = f"Storage information refreshed for {count} repositories"
        return ok({"failed_count": 0, "message": message, "refreshed_count": count, "success": True})

    def delete(self, request: Request) -> Answer:
        try:
            self.repositories.delete(request.values["repository_id"])
        except RepositoryRefused as error:
            return self.error(500, str(error))
        return ok({"message": "Repository deleted successfully", "success": True})

    def error(self, status: int, message: str) -> Answer:
        if self.older:
            return text(status, message)
        return ok({"error": message, "success": False}, status)


def share_of(request: Request, kind: str) -> dict[str, str]:
    """What ``config`` names of a share. Raises ShareRefused."""
    return read(kind, decoded(request.body).get("config"))


def configured(request: Request, kind: str) -> tuple[Path | None, Answer | None]:
    """The folder that ``config`` names, or the plain text that the hub answers."""
    if kind != "local":
        return None, text(400, f"Unsupported repository type: {kind}")
    config: Any = decoded(request.body).get("config")
    if config is None:
        return None, text(400, "Invalid local repository config: unexpected end of JSON input")
    if not isinstance(config, dict):
        said = f"json: cannot unmarshal {go_word(config)} into Go value of type {GO_CONFIG}"
        return None, text(400, f"Invalid local repository config: {said}")
    path = config.get("path")
    return (Path(path), None) if isinstance(path, str) and path else (None, None)


def add_repositories(routes: Routes, hub: Hub, sessions: Sessions) -> None:
    found = RepositoryRoutes(hub)
    table = [
        ("GET", "", found.all),
        ("POST", "", found.create),
        ("POST", "/test", found.test),
        ("GET", "/{repository_id}/storage", found.storage),
        ("DELETE", "/{repository_id}", found.delete),
    ]
    if not found.older:
        table.append(("POST", "/refresh-storage", found.refresh))
    for method, pattern, handle in table:
        routes.add(method, f"/api/v1/repositories{pattern}", sessions.guarded(handle))
