"""Who may import whom (docs/architecture.md), held by reading every import of the code."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PLATFORM = (
    "hub", "tenancy", "audit", "sign_in", "people", "quotas", "approvals", "visits", "tokens", "sync", "live",
    "lists", "ui",
)  # fmt: skip
DOMAINS = ("vms", "backups", "restore", "protection")
MAY_USE = {"vms": set(), "backups": {"vms"}, "restore": {"vms", "backups"}, "protection": {"vms", "backups"}}


def imports_of(path: Path) -> set[str]:
    """Dotted names of everything a file imports, relative ones made absolute."""
    names: set[str] = set()
    package = path.relative_to(ROOT).parent.parts
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            names.add(".".join([*base, node.module or ""]).strip("."))
    return names


def files(*folders: str) -> list[Path]:
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def offenders(paths: list[Path], forbidden: tuple[str, ...]) -> list[str]:
    return [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in paths
        for name in imports_of(path)
        if name.startswith(tuple(f"{word}." for word in forbidden)) or name in forbidden
    ]


def test_the_hub_client_knows_neither_django_nor_the_portal() -> None:
    ours = tuple(f"sendense_portal.{name}" for name in PLATFORM if name != "hub")
    assert offenders(files("sendense_portal/hub"), ("django", "channels", *ours, *DOMAINS)) == []


def test_the_platform_names_no_domain() -> None:
    paths = files(*(f"sendense_portal/{name}" for name in PLATFORM))
    assert offenders(paths, DOMAINS) == []


@pytest.mark.parametrize("domain", DOMAINS)
def test_domains_use_each_other_only_downwards(domain: str) -> None:
    forbidden = tuple(other for other in DOMAINS if other != domain and other not in MAY_USE[domain])
    assert offenders(files(domain), forbidden) == []


def test_localhub_and_the_portal_never_import_each_other() -> None:
    assert offenders(files("localhub"), ("django", "sendense_portal", *DOMAINS)) == []
    assert offenders(files("sendense_portal", *DOMAINS), ("localhub",)) == []


def test_nothing_imports_the_shell() -> None:
    shell = (
        "sendense_portal.settings",
        "sendense_portal.urls",
        "sendense_portal.asgi",
        "sendense_portal.dashboard",
    )
    paths = [p for p in files("sendense_portal", *DOMAINS) if p.parent != ROOT / "sendense_portal"]
    assert offenders(paths, shell) == []
