"""Rows drawn before, for lists that are asked for again and again.

A row is remembered by all that its HTML depends on, so nothing in here can be out of date or meant for
somebody else: what differs in any of it is another row, drawn anew.
"""

from collections.abc import Hashable
from threading import Lock


class RowMemory:
    """HTML by what it was drawn from; beyond ``most`` rows the one drawn first is forgotten.

    Not the one unused for longest: to note every use would cost as much as to look it up.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.rows: dict[Hashable, str] = {}
        self.lock = Lock()

    def get(self, key: Hashable) -> str | None:
        """The row as drawn before, if it is still known."""
        return self.rows.get(key)

    def put(self, key: Hashable, html: str) -> None:
        """Remembers a row."""
        with self.lock:
            self.rows[key] = html
            if len(self.rows) > self.most:
                del self.rows[next(iter(self.rows))]


drawn_rows = RowMemory(most=2_000)
"""Of this process: some 10 MB."""
