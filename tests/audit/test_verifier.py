"""A customer checks an exported trail with a script and Python alone (trust.md row 8)."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from sendense_portal.audit import log
from sendense_portal.audit.chain import FIELDS, entry_hash, exact_time
from sendense_portal.audit.models import AuditEntry, Outcome
from sendense_portal.audit.standalone import verify_trail
from tests.audit.exports import export, verify_alone
from tests.conftest import AsPerson, Cast

pytestmark = pytest.mark.django_db
ACTOR = log.Actor(None, "Kim Ångström <kim@acme.test>", "192.0.2.1", "request-1")
COUNT = 8


@pytest.fixture
def exported(cast: Cast, as_person: AsPerson) -> bytes:
    """The whole trail of one customer: a line about the file and eight entries (line 2 is entry 1)."""
    for number in range(COUNT):
        log.record(ACTOR, "tenant.rename", Outcome.OK, cast.acme, before=f"Name {number}", much=1.5)
    log.record(ACTOR, "tenant.rename", Outcome.OK, cast.borealis, before="not Acme's")
    return export(as_person(cast.acme_auditor))


def head_of(content: bytes, line: int) -> str:
    record = json.loads(content.splitlines()[line - 1])
    return f"{record['sequence']}:{record['hash']}"


def edited(content: bytes, change: Callable[[list[bytes]], None]) -> bytes:
    lines = content.splitlines(keepends=True)
    change(lines)
    return b"".join(lines)


def rehashed(line: bytes, **changes: Any) -> bytes:
    record = json.loads(line) | changes
    return json.dumps(record | {"hash": entry_hash(record)}, ensure_ascii=False).encode() + b"\n"


def test_the_script_and_the_portal_hash_alike() -> None:
    assert verify_trail.FIELDS == FIELDS
    record = {name: name for name in FIELDS} | {"parameters": {"ä": 1.5, "b": [None, True]}}
    assert verify_trail.entry_hash(record) == entry_hash(record)


def test_an_untouched_export_is_sound(exported: bytes, cast: Cast, tmp_path: Path) -> None:
    status, said = verify_alone(tmp_path, exported)
    assert (status, said.splitlines()[-1]) == (0, "SOUND")
    assert f"chain {cast.acme.pk}: {COUNT} entries, head {head_of(exported, COUNT + 1)}" in said


def test_one_byte_changed_is_named(exported: bytes, tmp_path: Path) -> None:
    def change(lines: list[bytes]) -> None:
        lines[4] = lines[4].replace(b"Name 3", b"Name 4")

    status, said = verify_alone(tmp_path, edited(exported, change))
    assert status == 1
    assert "WRONG  line 5: entry 4 was changed after it was written" in said
    assert said.count("WRONG") == 1


@pytest.mark.parametrize("offset", range(0, 620, 31))
def test_any_byte_changed_is_noticed_at_its_line(exported: bytes, offset: int, tmp_path: Path) -> None:
    def change(lines: list[bytes]) -> None:
        at = offset % (len(lines[4]) - 1)
        lines[4] = lines[4][:at] + bytes([lines[4][at] ^ 1]) + lines[4][at + 1 :]

    before = json.loads(exported.splitlines()[4])
    content = edited(exported, change)
    try:
        if json.loads(content.splitlines()[4]) == before:
            pytest.fail("this byte says nothing; choose another")
    except ValueError:
        pass
    status, said = verify_alone(tmp_path, content)
    assert status == 1
    assert "line 5: " in said


def test_one_line_removed_is_named(exported: bytes, tmp_path: Path) -> None:
    status, said = verify_alone(tmp_path, edited(exported, lambda lines: lines.__delitem__(4)))
    assert status == 1
    assert "WRONG  line 5: entry 4 is missing before this line" in said
    assert said.count("WRONG") == 1


def test_two_swapped_lines_are_both_named(exported: bytes, tmp_path: Path) -> None:
    def swap(lines: list[bytes]) -> None:
        lines[4], lines[5] = lines[5], lines[4]

    status, said = verify_alone(tmp_path, edited(exported, swap))
    assert status == 1
    assert "line 5: the entry here stands before entry 4, which is on line 6" in said
    assert "line 6: entry 4 stands in the wrong place, after entry 5" in said
    assert said.count("WRONG") == 2


def test_an_inserted_line_is_named(exported: bytes, tmp_path: Path) -> None:
    status, said = verify_alone(tmp_path, edited(exported, lambda lines: lines.insert(5, lines[4])))
    assert "line 6: entry 4 stands here a second time or was put in" in said
    assert status == 1

    def forge(lines: list[bytes]) -> None:
        forged = json.loads(lines[4])
        lines.insert(5, rehashed(lines[4], sequence=5, previous_hash=forged["hash"], actor_name="nobody"))

    status, said = verify_alone(tmp_path, edited(exported, forge))
    assert "line 7: entry 5 stands here a second time or was put in" in said
    assert status == 1


def test_a_rewritten_entry_breaks_the_next(exported: bytes, tmp_path: Path) -> None:
    def rewrite(lines: list[bytes]) -> None:
        lines[4] = rehashed(lines[4], actor_name="nobody")

    status, said = verify_alone(tmp_path, edited(exported, rewrite))
    assert status == 1
    assert "line 6: entry 5 does not follow from entry 4" in said


def rewritten(lines: list[bytes]) -> None:
    """As somebody would who knows how: everything from entry 4 on anew, and the line about the file."""
    previous = json.loads(lines[3])["hash"]
    for index in range(4, len(lines)):
        lines[index] = rehashed(lines[index], previous_hash=previous, actor_name="nobody")
        previous = json.loads(lines[index])["hash"]
    about = json.loads(lines[0])
    chain = next(iter(about["heads"]))
    about["heads"][chain] = [COUNT, previous]
    lines[0] = json.dumps(about).encode() + b"\n"


def test_a_rewritten_history_is_caught_by_a_mailed_head(exported: bytes, tmp_path: Path) -> None:
    forged = edited(exported, rewritten)
    assert verify_alone(tmp_path, forged)[0] == 0, "without a head nobody can tell"
    status, said = verify_alone(tmp_path, forged, "--head", head_of(exported, 7))
    assert status == 1
    assert "line 7: entry 6 is not the one whose head was kept: history was rewritten" in said


def test_a_cut_end_is_named(exported: bytes, tmp_path: Path) -> None:
    status, said = verify_alone(tmp_path, edited(exported, lambda lines: lines.__delitem__(slice(7, 9))))
    assert status == 1
    assert "WRONG  entries 7 to 8 are missing at the end" in said
    # With the line about the file cut too, only a kept head tells.
    bare = edited(exported, lambda lines: lines.__delitem__(slice(0, 1)))
    cut = b"".join(bare.splitlines(keepends=True)[:-2])
    assert verify_alone(tmp_path, cut)[0] == 0
    status, said = verify_alone(tmp_path, cut, "--head", head_of(exported, COUNT + 1))
    assert status == 1
    assert "entries 7 to 8 are missing at the end" in said


def test_a_cut_beginning_is_named_unless_a_part_is_asked_for(exported: bytes, tmp_path: Path) -> None:
    part = edited(exported, lambda lines: lines.__delitem__(slice(1, 4)))
    status, said = verify_alone(tmp_path, part)
    assert status == 1
    assert "line 2: entries 1 to 3 are missing before this line" in said
    status, said = verify_alone(tmp_path, part, "--part", "--head", head_of(exported, 7))
    assert status == 0
    assert "begins at entry 4; what was before can't be told" in said


def test_a_clock_set_back_is_told_and_is_no_fault(cast: Cast, as_person: AsPerson, tmp_path: Path) -> None:
    first = log.record(ACTOR, "tenant.rename", Outcome.OK, cast.acme, before="x")
    earlier = AuditEntry(
        chain=first.chain, sequence=2, at=first.at - timedelta(hours=1), tenant_id=first.tenant_id,
        actor_name="x", action="tenant.rename", outcome="ok", previous_hash=first.hash,
    )  # fmt: skip
    earlier.hash = entry_hash(log.as_record(earlier))
    earlier.save(force_insert=True)
    status, said = verify_alone(tmp_path, export(as_person(cast.acme_auditor)))
    assert status == 0
    assert "note  line 3: entry 2 is dated before the entry before it: a clock set back" in said
    assert exact_time(first.at) > exact_time(earlier.at)


def test_a_filtered_export_says_so_and_its_entries_are_checked(
    exported: bytes, cast: Cast, as_person: AsPerson, tmp_path: Path
) -> None:
    log.record(ACTOR, "tenant.suspend", Outcome.OK, cast.acme)
    content = export(as_person(cast.acme_auditor), "?format=jsonl&action=tenant.suspend")
    assert len(content.splitlines()) == 2
    status, said = verify_alone(tmp_path, content)
    assert status == 0
    assert "The file is filtered" in said
    status, said = verify_alone(tmp_path, content.replace(b"192.0.2.1", b"192.0.2.9"))
    assert status == 1


def test_several_chains_in_one_file_are_each_checked(
    exported: bytes, cast: Cast, as_person: AsPerson, tmp_path: Path
) -> None:
    content = export(as_person(cast.provider_auditor))
    status, said = verify_alone(tmp_path, content)
    assert status == 0
    assert said.count(" entries, head ") == 2


@pytest.mark.parametrize(
    "content", [b"", b"\n", b"[1,2]\n", b"\xff\xfe\n", b"{\n", b'{"trail_export": 1, "heads": 5}\n']
)
def test_nonsense_is_no_sound_trail(content: bytes, tmp_path: Path) -> None:
    status, said = verify_alone(tmp_path, content)
    assert status in (1, 2)
    assert "Traceback" not in said


def test_the_activity_page_gives_the_script_away(cast: Cast, as_person: AsPerson) -> None:
    answer = as_person(cast.acme_auditor).get("/activity/verify_trail.py")
    assert answer.content == Path(verify_trail.__file__).read_bytes()
    assert "attachment" in answer["Content-Disposition"]
