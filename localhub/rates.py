"""Limits on bytes a second, so that progress can be watched and slow links be tried."""

import threading
import time


class Rate:
    """``spend`` sleeps until so many bytes may have passed. 0 means no limit. Safe for several threads."""

    def __init__(self, bytes_per_second: float) -> None:
        self.speed = bytes_per_second
        self.free_at = time.monotonic()
        self.lock = threading.Lock()

    def spend(self, amount: int) -> None:
        if not self.speed:
            return
        with self.lock:
            now = time.monotonic()
            self.free_at = max(self.free_at, now - 0.1) + amount / self.speed
            wait = self.free_at - now
        if wait > 0:
            time.sleep(wait)
