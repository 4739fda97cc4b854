"""``manage.py serve``: what it says when it can't."""

import os
import socket
import subprocess
import sys
from pathlib import Path

from tests.portal_process import ROOT


def test_a_taken_port_is_one_clear_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [sys.executable, "manage.py", "serve", "--no-sync", "--port", port],
            cwd=ROOT,
            env=os.environ
            | {"DJANGO_SETTINGS_MODULE": "sendense_portal.settings", "DATA_DIR": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 1
    assert f"127.0.0.1:{port}" in done.stderr
    assert "Traceback" not in done.stderr
