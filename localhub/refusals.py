"""What a request is refused with, in the shape that the hub's resource uses (contract, "Error bodies")."""


class Refused(Exception):
    """``{error, details, timestamp:""}`` on backups, ``{error}`` on restore."""

    def __init__(self, status: int, error: str, details: str = "") -> None:
        super().__init__(f"{status} {error}: {details}")
        self.status, self.error, self.details = status, error, details


class Panic(Exception):
    """The hub's handler dies: the connection is closed without a single byte."""
