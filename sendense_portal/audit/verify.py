"""Checks a chain and names the first bad entry."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from sendense_portal.audit.chain import GENESIS, entry_hash
from sendense_portal.audit.log import as_record
from sendense_portal.audit.models import AuditEntry, TrailCheckpoint, TrailHead


@dataclass(frozen=True)
class Fault:
    """Where a chain is broken and how one can tell."""

    chain: str
    sequence: int
    what: str


@dataclass
class Report:
    """What was found in a chain; a clock set back is a warning, since the order is proven all the same."""

    chain: str
    fault: Fault | None = None
    warnings: list[Fault] = field(default_factory=list)


def chains() -> list[str]:
    """The names of all chains on record, those of which nothing is left but a kept head among them."""
    names = set(AuditEntry.objects.order_by().values_list("chain", flat=True).distinct())
    names |= set(TrailCheckpoint.objects.order_by().values_list("chain", flat=True).distinct())
    return sorted(names | set(TrailHead.objects.order_by().values_list("chain", flat=True).distinct()))


def verify(chain: str) -> Fault | None:
    """The first entry of a chain that does not follow from the one before; None when all do."""
    return check(chain).fault


def check(chain: str, heads: Mapping[int, str] | None = None) -> Report:
    """Walks a chain from its beginning or the last checkpoint, past the heads that were mailed.

    ``heads`` are more of them, by sequence, as somebody outside has kept them.
    """
    report = Report(chain)
    entries: Iterator[AuditEntry] = AuditEntry.objects.filter(chain=chain).order_by("sequence").iterator()
    kept = dict(TrailHead.objects.filter(chain=chain).values_list("sequence", "hash"))
    begin = TrailCheckpoint.objects.filter(chain=chain).first()
    start = (begin.sequence, begin.hash) if begin else (0, GENESIS)
    report.fault = first_fault(report, entries, start, kept | dict(heads or {}))
    return report


def first_fault(
    report: Report, entries: Iterable[AuditEntry], start: tuple[int, str], heads: dict[int, str]
) -> Fault | None:
    """Walks entries in order of their sequence."""
    chain = report.chain
    (last, previous_hash), previous_at = start, None
    wanted = {sequence: digest for sequence, digest in heads.items() if sequence > last}
    for entry in entries:
        if entry.sequence <= last:
            return Fault(chain, entry.sequence, "was put in: it lies before what the trail was trimmed to")
        if entry.sequence != last + 1:
            return Fault(chain, last + 1, "is missing")
        if entry.previous_hash != previous_hash:
            return Fault(chain, entry.sequence, "does not follow from the entry before it")
        if entry.hash != entry_hash(as_record(entry)):
            return Fault(chain, entry.sequence, "was changed after it was written")
        if wanted.pop(entry.sequence, entry.hash) != entry.hash:
            return Fault(chain, entry.sequence, "is not the one whose head was mailed: history was rewritten")
        if previous_at and entry.at < previous_at:
            report.warnings.append(Fault(chain, entry.sequence, "is dated before the entry before it"))
        last, previous_hash, previous_at = entry.sequence, entry.hash, entry.at
    if wanted:
        return Fault(chain, last + 1, f"is missing, as are all up to {max(wanted)}, whose head was mailed")
    return None
