"""What waits for a second person: who may ask sees it, who may delete may decide it."""

from typing import Any

from sendense_portal.approvals.services import ask
from sendense_portal.audit.log import Actor
from tests.conftest import Cast

MATRIX = {
    ("GET", "approvals:approval_list"): "ssf afa faa aaa",
    ("GET", "approvals:approval_detail"): "ssn nna naa aaa",
    ("POST", "approvals:approval_approve"): "ssn nnf nfa ffa",
    ("POST", "approvals:approval_decline"): "ssn nnf nfa ffa",
    ("POST", "approvals:approval_withdraw"): "ssn nna naa aaa",
}


def keys(cast: Cast) -> dict[str, dict[str, Any]]:
    """What Acme's administrator asked for."""
    wanted = {"four_eyes_delete": True}
    asked = ask(Actor(cast.acme_admin, "admin"), "tenant.policy", cast.acme, cast.acme, parameters=wanted)
    return {name: {"pk": asked.pk} for _, name in MATRIX if name != "approvals:approval_list"}
