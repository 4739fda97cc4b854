"""Checks a chain and names the first bad entry."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sendense_portal.audit.chain import GENESIS, entry_hash
from sendense_portal.audit.log import as_record
from sendense_portal.audit.models import AuditEntry


@dataclass(frozen=True)
class Fault:
    """Where a chain is broken and how one can tell."""

    chain: str
    sequence: int
    what: str


def chains() -> list[str]:
    """The names of all chains on record."""
    return sorted(AuditEntry.objects.order_by().values_list("chain", flat=True).distinct())


def verify(chain: str) -> Fault | None:
    """The first entry of a chain that does not follow from the one before; None when all do."""
    entries: Iterator[AuditEntry] = AuditEntry.objects.filter(chain=chain).order_by("sequence").iterator()
    return first_fault(chain, entries)


def first_fault(chain: str, entries: Iterable[AuditEntry]) -> Fault | None:
    """Walks entries in order of their sequence."""
    expected, previous_hash, previous_at = 1, GENESIS, None
    for entry in entries:
        if entry.sequence != expected:
            return Fault(chain, expected, "is missing")
        if entry.previous_hash != previous_hash:
            return Fault(chain, entry.sequence, "does not follow from the entry before it")
        if entry.hash != entry_hash(as_record(entry)):
            return Fault(chain, entry.sequence, "was changed after it was written")
        if previous_at and entry.at < previous_at:
            return Fault(chain, entry.sequence, "is dated before the entry before it")
        expected, previous_hash, previous_at = entry.sequence + 1, entry.hash, entry.at
    return None
