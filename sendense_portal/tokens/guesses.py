"""An address that tries tokens which give no rights has to wait."""

from django.core.cache import cache

from sendense_portal.audit import log
from sendense_portal.audit.log import Actor
from sendense_portal.audit.models import Outcome

MOST = 30
WINDOW = 300
"""Wrong tokens from one address in so many seconds, before all of its requests wait."""


def key_of(address: str) -> str:
    """Where the count of an address is kept; an address of version 6 has colons, which caches allow."""
    return f"token-guesses:{address}"


def is_blocked(address: str) -> bool:
    """Whether an address has to wait."""
    return int(cache.get(key_of(address), 0)) >= MOST


def note_wrong(address: str) -> None:
    """Counts a wrong token; the trail has it once a window when there are too many."""
    cache.add(key_of(address), 0, WINDOW)
    try:
        count = cache.incr(key_of(address))
    except ValueError:  # the window ended in between
        return
    if count == MOST:
        log.record(Actor(None, "anonymous", address), "token.guess", Outcome.REFUSED, tried=count)
