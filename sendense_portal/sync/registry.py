"""What is asked of a hub and how often. Domains register their sources in ``apps.py``, so that the
platform names no domain."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta

from sendense_portal.hub import Hub
from sendense_portal.live.events import Event
from sendense_portal.tenancy.models import HubConnection


@dataclass(frozen=True)
class Source:
    """One thing to keep fresh.

    ``refresh`` asks the hub, writes the mirror and returns what changed; ``every`` says when it is due
    again. ``offline`` runs on each round whether or not the hub answers.
    """

    name: str
    every: Callable[[HubConnection], timedelta]
    refresh: Callable[[HubConnection, Hub], Iterable[Event]]
    offline: Callable[[HubConnection], Iterable[Event]] | None = None


sources: list[Source] = []


def register(source: Source) -> None:
    """Adds a source; they run in the order of INSTALLED_APPS (VMs before backups before mounts)."""
    sources.append(source)


def always(every: timedelta) -> Callable[[HubConnection], timedelta]:
    """A cadence that does not depend on the hub's state."""
    return lambda connection: every
