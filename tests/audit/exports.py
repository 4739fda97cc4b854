"""Taking the trail out in tests, and checking it as a customer would."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from asgiref.sync import async_to_sync
from django.http import StreamingHttpResponse
from django.test import Client

from sendense_portal.audit.standalone import verify_trail

EXPORT = "/activity/export/"


def export(client: Client, query: str = "?format=jsonl") -> bytes:
    """The whole file, as the server streams it."""
    answer: Any = client.get(EXPORT + query)
    assert answer.status_code == 200
    assert isinstance(answer, StreamingHttpResponse)

    async def collect() -> bytes:
        return b"".join([part async for part in aiter(answer)])

    return async_to_sync(collect)()


def lines_of(content: bytes) -> list[dict[str, Any]]:
    """The entries of an export, without its first line."""
    return [json.loads(line) for line in content.splitlines()[1:]]


def verify_alone(folder: Path, content: bytes, *options: str) -> tuple[int, str]:
    """Exit status and words of the stand-alone verifier, copied away and run in a clean Python."""
    script, file = folder / "verify_trail.py", folder / "activity.jsonl"
    script.write_bytes(Path(verify_trail.__file__).read_bytes())
    file.write_bytes(content)
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(script), str(file), *options],
        capture_output=True, text=True, check=False, cwd=folder, env={},
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr
