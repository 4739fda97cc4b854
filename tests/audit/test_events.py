"""Event ids are stable, fit into a syslog message, and are all in docs/events.md."""

import ast
from collections.abc import Iterator
from pathlib import Path

from sendense_portal.audit.events import events, page
from sendense_portal.audit.messages import LONGEST_MSGID

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDERS = ("sendense_portal", "vms", "backups", "restore")


def codes_written() -> Iterator[tuple[str, str]]:
    """Each id that stands as a text where the trail is written, with its file."""
    for folder in FOLDERS:
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and is_of_the_log(node) and len(node.args) > 1:
                    code = node.args[1]
                    if isinstance(code, ast.Constant) and isinstance(code.value, str):
                        yield code.value, str(path.relative_to(ROOT))


def is_of_the_log(call: ast.Call) -> bool:
    function = call.func
    return (
        isinstance(function, ast.Attribute)
        and function.attr in {"record", "attempt", "refused"}
        and isinstance(function.value, ast.Name)
        and function.value.id in {"log", "trail"}
    )


def test_every_id_fits_into_a_msgid() -> None:
    assert [code for code in events() if len(code) > LONGEST_MSGID or not code.isascii()] == []


def test_every_id_that_is_written_is_known() -> None:
    assert {found for found in codes_written() if found[0] not in events()} == set()


def test_the_documentation_lists_every_id() -> None:
    """If not: ``manage.py audit_events > docs/events.md``."""
    assert (ROOT / "docs/events.md").read_text(encoding="utf-8") == page()
