"""Draining the hub into a spooled file, and knowing that all of it came."""

import hashlib
import time
from collections.abc import Callable
from contextlib import AbstractContextManager

from restore.spool.files import Abandoned, SpooledFile
from sendense_portal.hub import Code, Download, HubCutShort, HubProtocolError

CHUNK = 1 << 20
HUB_CUTS_AFTER = 14.0
"""Seconds; a transfer that ends later than this was cut by the hub's own limit of 15 s (hub/README.md 5)."""


def drain(source: Callable[[], AbstractContextManager[Download]], file: SpooledFile) -> None:
    """One attempt, from the beginning. Raises HubError of any kind, OSError, Abandoned."""
    digest = hashlib.sha256()
    began = time.monotonic()
    with file.changed:
        file.filled = 0
        if not file.readers:
            raise Abandoned
    with source() as download, file.path.open("r+b", buffering=0) as target:
        if download.length not in (None, file.size):
            raise HubProtocolError(
                Code.WRONG_ANSWER, "The hub sends another size than it listed for this file."
            )
        with file.changed:
            file.is_sending = True
            file.tell()
        try:
            while data := download.read(CHUNK):
                digest.update(data)
                target.write(data)
                advance(file, len(data))
        except HubCutShort as error:
            raise too_slow(file) if time.monotonic() - began > HUB_CUTS_AFTER else error from error
    with file.changed:
        if file.filled != file.size:
            raise HubCutShort(Code.CUT_SHORT, "The hub stopped sending before the file was whole.")
        file.sha256 = digest.hexdigest()
        file.is_whole = True
        file.tell()


def advance(file: SpooledFile, count: int) -> None:
    """More bytes are there. Raises Abandoned when nobody wants them any more."""
    with file.changed:
        file.filled += count
        if file.filled > file.size:
            raise HubProtocolError(Code.WRONG_ANSWER, "The hub sends more than it listed for this file.")
        if not file.readers:
            raise Abandoned
        file.tell()


def too_slow(file: SpooledFile) -> HubCutShort:
    """What a cut by the clock means for the person who waits."""
    arrived, whole = file.filled >> 20, file.size >> 20
    return HubCutShort(
        Code.CUT_SHORT,
        f"The hub ends every transfer after 15 seconds; {arrived} of {whole} MiB had arrived. The link "
        "between hub and portal is too slow for a file of this size.",
    )
