"""How an entry is hashed: written down once, so that a stand-alone verifier can repeat it.

``sha256`` over the UTF-8 bytes of one JSON object with sorted keys and no spaces, of the fields below and
``previous_hash``; the first entry of a chain has 64 zeros there. Times are UTC with microseconds and "Z".
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

GENESIS = "0" * 64
FIELDS = (
    "chain", "sequence", "at", "request_id", "tenant", "actor", "actor_name", "address", "action",
    "target_kind", "target_id", "target_name", "parameters", "outcome", "previous_hash",
)  # fmt: skip


def exact_time(at: datetime) -> str:
    """RFC 3339 in UTC with exactly six decimals."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def entry_hash(record: Mapping[str, Any]) -> str:
    """Hex digest of a record that has all of FIELDS as JSON values."""
    text = json.dumps(
        {name: record[name] for name in FIELDS}, sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )
    return hashlib.sha256(text.encode()).hexdigest()
