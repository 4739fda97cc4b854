"""What can need a second person; domains register their kinds from ``apps.py``."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise

from sendense_portal.approvals.models import ApprovalRequest
from sendense_portal.audit.log import Actor
from sendense_portal.tenancy.roles import Action

Facts = list[tuple[str, str]]


class NotNow(Exception):
    """It can't be done at the moment, and the request goes on waiting; ``str()`` says why."""


@dataclass(frozen=True)
class Kind:
    """One sort of change.

    ``fingerprint`` says what the target is like now (None: it is gone). ``check`` raises NotNow for what
    will pass. ``execute`` makes the change in the approver's name and returns what came of it; it raises
    what the domain raises. ``facts`` tell what would happen now.
    """

    name: str
    action: Action
    title: str | Promise
    fingerprint: Callable[[ApprovalRequest], str | None]
    execute: Callable[[Actor, ApprovalRequest], str]
    facts: Callable[[ApprovalRequest], Facts] = lambda request: []
    check: Callable[[ApprovalRequest], None] = lambda request: None


kinds: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Adds a kind."""
    kinds[kind.name] = kind


def kind_of(request: ApprovalRequest) -> Kind:
    """Raises KeyError for a kind that this version of the portal does not have."""
    return kinds[request.kind]
