"""A list as CSV, streamed: what is filtered and may be seen, cells that no spreadsheet runs, on record."""

import hashlib
from collections.abc import AsyncGenerator, AsyncIterator, Generator
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Any

from asgiref.sync import sync_to_async
from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.utils import timezone

from sendense_portal.audit import log
from sendense_portal.audit.exports import next_part, row_of
from sendense_portal.audit.models import Outcome
from sendense_portal.lists.registry import ShownList
from sendense_portal.tenancy.access import Access
from sendense_portal.tenancy.models import Tenant
from sendense_portal.tenancy.roles import Action

STEP = 500
"""Rows read at once: no step holds the database for longer than it takes."""


class ListExport(StreamingHttpResponse):
    """The file as an attachment; a reader who leaves ends its making, and the trail says so."""

    def __init__(self, shown: ShownList, rows: QuerySet[Any], facts: dict[str, Any], actor: log.Actor,
                 access: Access) -> None:  # fmt: skip
        self.parts = delivered(shown, rows, facts, actor, access)
        stamp = timezone.now().strftime("%Y%m%d-%H%M%S")
        headers = {
            "Content-Disposition": f'attachment; filename="{shown.name}-{stamp}.csv"',
            "Cache-Control": "private, no-store",
        }
        super().__init__(self.parts, content_type="text/csv; charset=utf-8", headers=headers)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async with aclosing(self.parts):
            async for part in self.parts:
                yield part


async def delivered(
    shown: ShownList, rows: QuerySet[Any], facts: dict[str, Any], actor: log.Actor, access: Access
) -> AsyncGenerator[bytes]:
    """The file's pieces, and in the trail that it was taken: asked for, and how it ended."""
    digest, facts = hashlib.sha256(), {"list": shown.name, **facts}
    step, write = sync_to_async(next_part), sync_to_async(note)
    await write(access, actor, Outcome.STARTED, facts)
    count = [0]
    parts = lines(shown, rows, count)
    try:
        while part := await step(parts):
            digest.update(part)
            yield part
    except BaseException as error:
        await write(access, actor, Outcome.FAILED, facts | {"reason": log.reason_of(error), "rows": count[0]})
        raise
    finally:
        parts.close()
    await write(access, actor, Outcome.OK, facts | {"rows": count[0], "sha256": digest.hexdigest()})


def lines(shown: ShownList, rows: QuerySet[Any], count: list[int]) -> Generator[bytes]:
    """The file in pieces; which rows are in it, and their order, is settled at its beginning."""
    yield row_of(tuple(shown.fields)).encode()
    keys = list(rows.values_list("pk", flat=True))
    for start in range(0, len(keys), STEP):
        part = keys[start : start + STEP]
        found = {row.pk: row for row in rows.filter(pk__in=part)}
        there = [found[key] for key in part if key in found]
        count[0] += len(there)
        yield "".join(
            row_of(tuple(said(field(row)) for field in shown.fields.values())) for row in there
        ).encode("utf-8", "surrogatepass")


def said(value: object) -> object:
    """Moments in UTC as ISO 8601, nothing as an empty cell."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds")
    return "" if value is None else value


def note(access: Access, actor: log.Actor, outcome: Outcome, facts: dict[str, Any]) -> None:
    """An entry in the trail of each customer of the person's; of the provider's staff, in the provider's."""
    chains: list[Tenant | None] = [None]
    if not access.is_provider:
        chains = list(Tenant.objects.filter(pk__in=access.tenant_roles))
    for tenant in chains:
        log.record(actor, Action.LIST_EXPORT, outcome, tenant, **facts)
