"""What is done once the answer has left: its time then tells nobody whether there was anything to do."""

import logging
from collections.abc import Callable
from threading import Timer
from typing import ParamSpec

from django.db import connections

log = logging.getLogger(__name__)
P = ParamSpec("P")

DELAY = 1.0
"""Seconds. Work at the same moment as the answer would slow it down, if only a little."""


def afterwards(task: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> None:
    """Runs ``task`` a moment later in a thread of its own, with a database connection of its own.

    A process that ends first has not done it: only for what people ask for again when it does not come.
    """

    def run() -> None:
        try:
            task(*args, **kwargs)
        except Exception:
            log.exception("%s failed after the answer", task.__name__)
        finally:
            connections.close_all()

    timer = Timer(DELAY, run)
    timer.name = "afterwards"
    timer.start()
