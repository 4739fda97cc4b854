"""Rows drawn before, for lists that are asked for again and again.

A row is remembered by all that its HTML depends on, so nothing in here can be out of date or meant for
somebody else: what differs in any of it is another row, drawn anew.
"""

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock


class RowMemory:
    """HTML by what it was drawn from; beyond ``most`` rows the one not shown for longest is forgotten."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.rows: OrderedDict[Hashable, str] = OrderedDict()
        self.lock = Lock()

    def get(self, key: Hashable) -> str | None:
        """The row as drawn before, if it is still known."""
        with self.lock:
            html = self.rows.get(key)
            if html is not None:
                self.rows.move_to_end(key)
            return html

    def put(self, key: Hashable, html: str) -> None:
        """Remembers a row."""
        with self.lock:
            self.rows[key] = html
            if len(self.rows) > self.most:
                self.rows.popitem(last=False)


drawn_rows = RowMemory(most=2_000)
"""Of this process: some 10 MB."""
