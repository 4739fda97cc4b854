"""The portal refuses to start on open defaults, and names what is missing (trust.md row 13)."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
COMPLETE = {
    "SECRET_KEY": "x" * 40,
    "FIELD_KEY": "dGVzdHMtb25seS10ZXN0cy1vbmx5LXRlc3RzLW9ubHk=",
    "ALLOWED_HOSTS": "portal.example",
}


def start(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "import sendense_portal.settings"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("name", COMPLETE)
def test_without_it_the_portal_does_not_start_and_names_it(name: str) -> None:
    process = start({key: value for key, value in COMPLETE.items() if key != name})
    assert process.returncode != 0
    assert name in process.stderr.splitlines()[-1]


def test_with_everything_given_it_starts() -> None:
    assert start(COMPLETE).returncode == 0


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"SECRET_KEY": "short"}, "SECRET_KEY"),
        ({"DEBUG": "maybe"}, "DEBUG"),
        ({"SPOOL_MAX_GIB": "much"}, "SPOOL_MAX_GIB"),
        ({"DATABASE_URL": "mysql://x"}, "DATABASE_URL"),
        ({"SECRET_KEY_FILE": "/nowhere/at/all"}, "SECRET_KEY_FILE"),
    ],
)
def test_a_wrong_value_is_named(change: dict[str, str], named: str) -> None:
    process = start(COMPLETE | change)
    assert process.returncode != 0
    assert named in process.stderr.splitlines()[-1]


def test_a_secret_may_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("y" * 40)
    rest = {key: value for key, value in COMPLETE.items() if key != "SECRET_KEY"}
    assert start(rest | {"SECRET_KEY_FILE": str(tmp_path / "key")}).returncode == 0


def test_production_defaults_are_closed() -> None:
    code = (
        "from sendense_portal import settings as s; "
        "assert not s.DEBUG and s.SESSION_COOKIE_SECURE and s.CSRF_COOKIE_SECURE and s.SECURE_SSL_REDIRECT "
        "and s.SECURE_HSTS_SECONDS and s.X_FRAME_OPTIONS == 'DENY'"
    )
    subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env={"PATH": os.environ["PATH"], **COMPLETE}, check=True
    )
