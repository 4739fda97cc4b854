"""Files on their way from a hub to readers: drained at once, kept in a bounded folder, read at any pace.

The hub cuts every answer 15 s after it began and ignores Range, so a slow reader would lose its file
(hub/README.md 5). Here one thread drains the hub as fast as the link gives and hashes on the way; readers
follow it, share it, and may begin anywhere. Nothing here knows a database.
"""

from functools import cache

from django.conf import settings

from restore.spool.files import SpooledFile
from restore.spool.readers import SpoolReader
from restore.spool.store import Source, Spool, SpoolFull

__all__ = ["Source", "Spool", "SpoolFull", "SpoolReader", "SpooledFile", "spool"]


@cache
def spool() -> Spool:
    """The spool of this process."""
    return Spool(settings.SPOOL_DIR, settings.SPOOL_MAX_BYTES)
