"""Which handler a path belongs to; wrong methods and unknown paths are the same plain 404 (contract, 1)."""

import re
from collections.abc import Callable
from dataclasses import replace

from localhub.web.answers import Answer
from localhub.web.requests import Request

Handle = Callable[[Request], Answer]


class Routes:
    """Patterns like ``/api/v1/backups/{backup_id}``; the first that fits wins."""

    def __init__(self) -> None:
        self.table: list[tuple[str, re.Pattern[str], Handle]] = []

    def add(self, method: str, pattern: str, handle: Handle) -> None:
        named = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", pattern)
        self.table.append((method, re.compile(named), handle))

    def match(self, request: Request) -> tuple[Handle, Request] | None:
        for method, pattern, handle in self.table:
            if method == request.method and (found := pattern.fullmatch(request.path)):
                return handle, replace(request, values=found.groupdict())
        return None
