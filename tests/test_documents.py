"""docs/job-sheet.md, surprises.md and guest-escape.md: every line names tests, and they exist."""

import re
from pathlib import Path

import pytest

from tests.restore.hostile import LINKS, NODES

ROOT = Path(__file__).resolve().parent.parent


def lines_of(document: str) -> dict[int, str]:
    """The numbered lines of a document's table."""
    text = (ROOT / "docs" / document).read_text(encoding="utf-8")
    return {int(found[1]): found[0] for found in re.finditer(r"^\| (\d+) \|.*$", text, re.MULTILINE)}


DOCUMENTS = ("job-sheet.md", "surprises.md", "guest-escape.md")
SHEET, SURPRISES, ESCAPES = map(lines_of, DOCUMENTS)


def test_they_are_whole() -> None:
    assert list(SHEET) == list(range(1, 18))
    assert list(SURPRISES) == list(range(1, 28))
    assert list(ESCAPES) == list(range(1, 15))


@pytest.mark.parametrize("trick", [*LINKS, *NODES, "pipe", "socket", "hard-link"])
def test_each_trick_of_the_hostile_disk_has_its_result(trick: str) -> None:
    assert [number for number, line in ESCAPES.items() if f"`{trick}`" in line]


@pytest.mark.parametrize(
    "line",
    [line for lines in (SHEET, SURPRISES, ESCAPES) for line in lines.values()],
    ids=[
        *(f"asked-{number}" for number in SHEET),
        *(f"surprise-{number}" for number in SURPRISES),
        *(f"trick-{number}" for number in ESCAPES),
    ],
)
def test_what_proves_a_line_exists(line: str) -> None:
    proofs = re.findall(r"`(tests/[\w/]+\.py)::(?:\w+::)?(\w+)`", line)
    assert proofs
    assert len(proofs) == line.count("`tests/"), "a test is named by its file and its function"
    for path, name in proofs:
        code = (ROOT / path).read_text(encoding="utf-8")
        assert re.search(rf"^ *(async )?def {name}\(", code, re.MULTILINE), name
