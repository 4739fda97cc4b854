"""The trail as a file: CSV to read, JSON lines to verify. Streamed, so that its length costs no memory.

An asynchronous generator is what Django streams without reading it to its end first (docs/decisions/0003).
Entries come in steps by their place in the chain: no step holds the database for longer than it takes.
"""

import csv
import hashlib
import html
import io
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Iterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from asgiref.sync import sync_to_async
from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.utils import timezone
from django.utils.html import strip_tags

from sendense_portal.audit import log
from sendense_portal.audit.chain import exact_time
from sendense_portal.audit.models import PROVIDER_CHAIN, AuditEntry, Outcome, TrailCheckpoint
from sendense_portal.audit.sentences import sentence_of
from sendense_portal.audit.standalone.verify_trail import MARK
from sendense_portal.tenancy.access import Access
from sendense_portal.tenancy.models import Tenant
from sendense_portal.tenancy.roles import Action

FORMATS = {"csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl; charset=utf-8"}
STEP = 500
"""Entries read at once."""
Place = tuple[int, str]
"""Sequence and hash of an entry."""

CSV_COLUMNS = (
    "chain", "sequence", "at", "person", "address", "customer", "sentence", "action", "outcome",
    "target_kind", "target_id", "target_name", "request_id", "parameters", "hash",
)  # fmt: skip


@dataclass
class Export:
    """One file. ``filters`` are what narrowed it, by name; none means whole chains."""

    format: str
    entries: QuerySet[AuditEntry]
    chains: list[str]
    filters: Mapping[str, str]
    heads: dict[str, Place] = field(default_factory=dict)
    begins: dict[str, Place] = field(default_factory=dict)
    count: int = 0

    def fix(self) -> None:
        """Settles up to which entry of each chain the file goes: what is written meanwhile is not in it."""
        for chain in self.chains:
            last = AuditEntry.objects.filter(chain=chain).order_by("-sequence").first()
            if last:
                self.heads[chain] = (last.sequence, last.hash)
        for point in TrailCheckpoint.objects.filter(chain__in=self.chains).order_by("sequence"):
            self.begins[point.chain] = (point.sequence, point.hash)

    def file_name(self) -> str:
        """``activity-20261123-140311-filtered.csv``."""
        parts = [
            "activity",
            timezone.now().strftime("%Y%m%d-%H%M%S"),
            *(["filtered"] if self.filters else []),
        ]
        return f"{'-'.join(parts)}.{self.format}"

    def parts(self) -> Generator[bytes]:
        """The file in pieces."""
        yield self.first_line()
        draw: Callable[[AuditEntry], str] = csv_line if self.format == "csv" else json_line
        for chain in self.heads:
            for step in self.steps(chain):
                self.count += len(step)
                yield "".join(draw(entry) for entry in step).encode("utf-8", "surrogatepass")

    def first_line(self) -> bytes:
        """What a reader, and the verifier, must know of the file."""
        if self.format == "csv":
            return row_of(CSV_COLUMNS).encode()
        about = {
            MARK: 1,
            "made_at": exact_time(timezone.now()),
            "filtered": bool(self.filters),
            "filters": dict(self.filters),
            "heads": self.heads,
            "begins": self.begins,
        }
        return (json.dumps(about, ensure_ascii=False) + "\n").encode()

    def steps(self, chain: str) -> Iterator[list[AuditEntry]]:
        """The entries of a chain in order, a few hundred at once."""
        rows = self.entries.filter(chain=chain).order_by("sequence").select_related("tenant")
        last = 0
        while step := list(rows.filter(sequence__gt=last, sequence__lte=self.heads[chain][0])[:STEP]):
            yield step
            last = step[-1].sequence


class ExportResponse(StreamingHttpResponse):
    """The file as an attachment; a reader who leaves ends its making, and the trail says so at once."""

    def __init__(self, export: Export, actor: log.Actor) -> None:
        self.parts = delivered(export, actor)
        headers = {
            "Content-Disposition": f'attachment; filename="{export.file_name()}"',
            "Cache-Control": "private, no-store",
        }
        super().__init__(self.parts, content_type=FORMATS[export.format], headers=headers)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async with aclosing(self.parts):
            async for part in self.parts:
                yield part


def chains_of(access: Access) -> list[str]:
    """Names of the chains that one may take out: the provider's and all customers', or one's own."""
    tenants = access.tenants_with(Action.AUDIT_EXPORT)
    if tenants is not None:
        return [str(tenant) for tenant in tenants]
    return [PROVIDER_CHAIN, *map(str, Tenant.objects.order_by("pk").values_list("pk", flat=True))]


async def delivered(export: Export, actor: log.Actor) -> AsyncGenerator[bytes]:
    """The file's pieces, and in the trail that it was taken: asked for, and how it ended."""
    digest = hashlib.sha256()
    facts: dict[str, Any] = {"format": export.format, **({"filters": said(export)} if export.filters else {})}
    step = sync_to_async(next_part)
    await sync_to_async(export.fix)()
    await sync_to_async(note)(export, actor, Outcome.STARTED, facts)
    parts = export.parts()
    try:
        while part := await step(parts):
            digest.update(part)
            yield part
    except BaseException as error:
        facts |= {"reason": log.reason_of(error), "entries": export.count}
        await sync_to_async(note)(export, actor, Outcome.FAILED, facts)
        raise
    finally:
        parts.close()
    facts |= {"entries": export.count, "sha256": digest.hexdigest()}
    await sync_to_async(note)(export, actor, Outcome.OK, facts)


def note(export: Export, actor: log.Actor, outcome: Outcome, facts: dict[str, Any]) -> None:
    """One entry in the chain of the one customer; of several, in the provider's."""
    own = Tenant.objects.filter(pk=UUID(export.chains[0])) if is_of_one_customer(export) else None
    log.record(actor, Action.AUDIT_EXPORT, outcome, own.first() if own else None, **facts)


def is_of_one_customer(export: Export) -> bool:
    """Whether all of the file is one customer's."""
    return len(export.chains) == 1 and export.chains[0] != PROVIDER_CHAIN


def said(export: Export) -> str:
    """The filters in one line."""
    return ", ".join(f"{name}={value}" for name, value in export.filters.items())


def next_part(parts: Iterator[bytes]) -> bytes:
    """The next piece; empty at the end."""
    return next(parts, b"")


def json_line(entry: AuditEntry) -> str:
    """An entry's hashed fields and its hash."""
    return json.dumps({**log.as_record(entry), "hash": entry.hash}, ensure_ascii=False) + "\n"


def csv_line(entry: AuditEntry) -> str:
    """An entry for people: its sentence beside its facts."""
    return row_of(
        (
            entry.chain,
            entry.sequence,
            exact_time(entry.at),
            entry.actor_name,
            entry.address,
            entry.tenant.name if entry.tenant else "",
            html.unescape(strip_tags(sentence_of(entry))),
            entry.action,
            entry.outcome,
            entry.target_kind,
            entry.target_id,
            entry.target_name,
            entry.request_id,
            json.dumps(entry.parameters, ensure_ascii=False),
            entry.hash,
        )
    )


def row_of(cells: tuple[object, ...]) -> str:
    """One line of CSV (RFC 4180)."""
    line = io.StringIO()
    csv.writer(line).writerow([tame(str(cell)) for cell in cells])
    return line.getvalue()


def tame(text: str) -> str:
    """A cell that no spreadsheet takes for a formula: names come from whoever made them."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) else text
