"""The trail: reading it, and taking it out."""

from typing import Any

from sendense_portal.audit import log
from sendense_portal.audit.models import Outcome
from tests.conftest import Cast

MATRIX = {
    ("GET", "audit:entry_list"): "ssf afa ffa afa",
    ("GET", "audit:entry_detail"): "ssn nna nna ana",
    ("GET", "audit:entry_export"): "ssf afa ffa afa",
    ("GET", "audit:verifier"): "ssf afa ffa afa",
}


def keys(cast: Cast) -> dict[str, dict[str, Any]]:
    """An entry of Acme's chain."""
    entry = log.record(log.PORTAL, "tenant.rename", Outcome.OK, cast.acme, before="Acme & Sons")
    return {"audit:entry_detail": {"pk": entry.pk}}
