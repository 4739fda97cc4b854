"""Templates: formatted, without inline code, and with icons that exist."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from sendense_portal.ui.badges import STATES
from sendense_portal.ui.icons import svg
from sendense_portal.ui.navigation import GROUPS

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
STYLES = sorted((ROOT / "static" / "css").glob("*.css"))
FORBIDDEN = {
    "style attribute": re.compile(r"\sstyle\s*=", re.I),
    "style element": re.compile(r"<style\b", re.I),
    "event handler": re.compile(r"\son[a-z]+\s*=", re.I),
    "htmx handler": re.compile(r"\shx-on[:-]", re.I),
    "script without a file": re.compile(r"<script(?![^>]*\bsrc=)", re.I),
    "address of another site": re.compile(r"""(?:src|href)=["'](?:https?:)?//""", re.I),
    "htmx value that needs eval": re.compile(r"""hx-[a-z]+=["'][^"']*(?:js:|[a-z]\[(?!type=))"""),
}


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_a_template_has_nothing_that_the_policy_forbids(path: Path) -> None:
    text = re.sub(r"{#.*?#}|{%.*?%}", "", path.read_text(encoding="utf-8"), flags=re.S)
    assert [name for name, pattern in FORBIDDEN.items() if pattern.search(text)] == []


def test_templates_are_formatted() -> None:
    djade = Path(sys.executable).parent / "djade"
    arguments = [str(djade), "--check", "--target-version", "5.2", *map(str, TEMPLATES)]
    done = subprocess.run(arguments, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_icon_that_is_named_exists() -> None:
    named = {
        match[1]
        for path in TEMPLATES
        for match in re.finditer(
            r"""(?:{% icon |icon=|empty_icon=)["']([a-z0-9-]+)["']""", path.read_text(encoding="utf-8")
        )
    }
    named |= {look.icon for look in STATES.values() if look.icon}
    named |= {place.icon for group in GROUPS for place in group.places}
    for name in sorted(named):
        assert svg(name, "outline", "icon").startswith("<svg")


@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.name)
def test_a_style_sheet_uses_only_values_that_are_defined(path: Path) -> None:
    defined = set(re.findall(r"(--[a-z0-9-]+):", "".join(sheet.read_text() for sheet in STYLES)))
    assert set(re.findall(r"var\((--[a-z0-9-]+)", path.read_text())) - defined == set()


def test_the_two_dark_themes_are_the_same() -> None:
    text = (ROOT / "static" / "css" / "tokens.css").read_text()
    blocks = re.findall(r':root\[data-theme="(?:dark|system)"\] \{(.*?)\}', text, flags=re.S)
    chosen, followed = ([line.strip() for line in block.split("\n") if line.strip()] for block in blocks)
    assert chosen == followed
