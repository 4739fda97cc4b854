"""The one manifest of a test, as its person gets it."""

import json
from pathlib import Path
from typing import Any

from restore.models import Manifest


def handed_out() -> bytes:
    return b"".join(Manifest.objects.get().pieces())


def said_of(manifest: bytes | Path) -> dict[str, Any]:
    """What is signed, with the files that it has the sum of."""
    envelope = json.loads(manifest if isinstance(manifest, bytes) else manifest.read_bytes())
    facts: dict[str, Any] = envelope["manifest"]
    return {"files": envelope.get("files", [])} | facts
