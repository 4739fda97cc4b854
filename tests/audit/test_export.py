"""Taking the trail out: whose, in which shape, and that it is noted."""

import csv
import io
from typing import Any

import pytest
from asgiref.sync import async_to_sync

from sendense_portal.audit import log
from sendense_portal.audit.models import AuditEntry, Outcome
from tests.audit.exports import EXPORT, export, lines_of
from tests.conftest import AsPerson, Cast

pytestmark = pytest.mark.django_db
ACTOR = log.Actor(None, "Kim <kim@acme.test>", "192.0.2.1", "request-1")


def write(cast: Cast, count: int = 3, **facts: Any) -> None:
    for _ in range(count):
        log.record(ACTOR, "tenant.rename", Outcome.OK, cast.acme, **({"before": "Old"} | facts))
    log.record(ACTOR, "tenant.rename", Outcome.OK, cast.borealis, before="Borealis before")
    log.record(ACTOR, "person.sign_in", Outcome.OK)


def test_each_line_is_an_entry_with_its_hash(cast: Cast, as_person: AsPerson) -> None:
    write(cast)
    entries = list(AuditEntry.objects.filter(tenant=cast.acme).order_by("sequence"))
    expected = [{**log.as_record(entry), "hash": entry.hash} for entry in entries]
    assert lines_of(export(as_person(cast.acme_auditor))) == expected


def test_nobody_gets_another_customer_s_entries(cast: Cast, as_person: AsPerson) -> None:
    write(cast)
    for query in ("?format=jsonl", "?format=csv", f"?format=csv&about=customer:{cast.borealis.pk}"):
        content = export(as_person(cast.acme_admin), query)
        assert b"orealis" not in content.replace(str(cast.borealis.pk).encode(), b"")
        assert b"person.sign_in" not in content
    everything = export(as_person(cast.provider_auditor))
    assert b"Borealis before" in everything
    assert b"person.sign_in" in everything


def test_staff_take_out_one_customer_s_whole_chain(cast: Cast, as_person: AsPerson) -> None:
    write(cast)
    content = export(as_person(cast.provider_auditor), f"?format=jsonl&customer={cast.acme.pk}")
    assert {line["chain"] for line in lines_of(content)} == {str(cast.acme.pk)}
    assert b'"filtered": false' in content.splitlines()[0]
    noted = AuditEntry.objects.get(action="audit.export", outcome=Outcome.OK)
    assert noted.tenant == cast.acme, "whose trail was taken out reads so in it"


def test_the_export_is_in_the_trail_and_not_in_itself(cast: Cast, as_person: AsPerson) -> None:
    write(cast)
    content = export(as_person(cast.acme_auditor), "?format=csv&person=kim")
    assert b"audit.export" not in content
    asked, done = AuditEntry.objects.filter(action="audit.export").order_by("sequence")
    assert (asked.outcome, done.outcome) == (Outcome.STARTED, Outcome.OK)
    assert done.parameters["entries"] == 3
    assert done.parameters["filters"] == "person=kim"
    assert len(done.parameters["sha256"]) == 64
    assert done.actor == cast.acme_auditor


def test_a_reader_who_leaves_is_noted(cast: Cast, as_person: AsPerson) -> None:
    write(cast)
    answer: Any = as_person(cast.acme_auditor).get(EXPORT)

    async def leave() -> None:
        parts = aiter(answer)
        await anext(parts)
        await parts.aclose()

    async_to_sync(leave)()
    assert AuditEntry.objects.filter(action="audit.export", outcome=Outcome.FAILED).count() == 1


def test_a_spreadsheet_takes_no_cell_for_a_formula(cast: Cast, as_person: AsPerson) -> None:
    cast.acme.name = '=HYPERLINK("http://evil.test","x")'
    cast.acme.save()
    actor = log.Actor(None, "@SUM(A1)", "192.0.2.1", "+1")
    log.record(actor, "tenant.rename", Outcome.OK, cast.acme, before="-2+3")
    content = export(as_person(cast.acme_auditor), "?format=csv").decode()
    rows = list(csv.DictReader(io.StringIO(content)))
    assert len(rows) == 1
    assert rows[0]["person"] == "'@SUM(A1)"
    assert rows[0]["target_name"].startswith("'=")
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in rows[0].values())


def test_csv_says_it_in_words(cast: Cast, as_person: AsPerson) -> None:
    log.record(ACTOR, "tenant.rename", Outcome.OK, cast.acme, before="Old <b> & Sons")
    content = export(as_person(cast.acme_auditor), "?format=csv").decode()
    row = next(csv.DictReader(io.StringIO(content)))
    assert row["sentence"] == "Renamed the customer Old <b> & Sons to Acme"


@pytest.mark.parametrize("query", ["?format=xml", "?since=yesterday", "?outcome=none"])
def test_what_is_not_understood_is_refused_and_not_widened(
    query: str, cast: Cast, as_person: AsPerson
) -> None:
    assert as_person(cast.acme_auditor).get(EXPORT + query).status_code == 400


def test_an_export_is_read_in_steps(cast: Cast, as_person: AsPerson, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sendense_portal.audit.exports.STEP", 2)
    write(cast, count=7)
    assert [line["sequence"] for line in lines_of(export(as_person(cast.acme_auditor)))] == list(range(1, 8))
