"""Follows one hub: asks what is due, records how the hub is, backs off while it is down."""

import logging
import random
import time
from collections.abc import Iterator
from math import inf
from uuid import UUID

from django.db import close_old_connections
from django.utils import timezone

from sendense_portal.hub import Hub, HubError, HubLoginFailed, HubUnavailable
from sendense_portal.live.events import Event
from sendense_portal.sync import leases
from sendense_portal.sync.clock import LONGEST_BACK_OFF
from sendense_portal.sync.registry import Source, sources
from sendense_portal.tenancy.hubs import client_for
from sendense_portal.tenancy.models import HubConnection

log = logging.getLogger(__name__)
LEASE_AGAIN_EVERY = 10.0


class HubFollower:
    """The state of following one hub between rounds. All methods block; one thread per hub runs them."""

    def __init__(self, hub_pk: UUID, holder: str) -> None:
        self.hub_pk = hub_pk
        self.holder = holder
        self.asked_at: dict[str, float] = {}
        self.retry_at = 0.0
        self.failures = 0
        self.lease_until = 0.0
        self.probed_at = 0.0

    def round(self) -> list[Event]:
        """One round: whatever is due. Never raises for a hub's fault; returns what pages should hear."""
        close_old_connections()
        connection = HubConnection.objects.filter(pk=self.hub_pk, enabled=True).first()
        if connection is None or not self.holds_lease(connection):
            return []
        events = [event for source in sources if source.offline for event in source.offline(connection)]
        if time.monotonic() < self.retry_at:
            return events
        was = connection.state
        try:
            events.extend(self.ask(connection, client_for(connection)))
        except HubError as error:
            self.back_off(connection, error)
        else:
            self.failures = 0
        if connection.state != was:
            events.append(Event("hub", str(connection.pk), None, signals=("hubs",)))
        return events

    def holds_lease(self, connection: HubConnection) -> bool:
        """Whether this process is the hub's syncer; asks the database only every few seconds."""
        now = time.monotonic()
        if now >= self.lease_until:
            if not leases.hold(connection, self.holder):
                return False
            self.lease_until = now + LEASE_AGAIN_EVERY
        return True

    def ask(self, connection: HubConnection, hub: Hub) -> Iterator[Event]:
        """Refreshes every source that is due, then notes that the hub answered."""
        now = time.monotonic()
        if (
            connection.state != HubConnection.State.UP
            or now - self.probed_at > LONGEST_BACK_OFF.total_seconds()
        ):
            probe(connection, hub)
            self.probed_at = now
        asked = False
        for source in sources:
            # Asked each round, since a start makes a source due sooner than it was when last asked.
            if now - self.asked_at.get(source.name, -inf) < source.every(connection).total_seconds():
                continue
            yield from self.refresh(source, connection, hub)
            asked = True
        if asked:
            at = timezone.now()
            HubConnection.objects.filter(pk=connection.pk).update(last_seen_at=at, last_sync_at=at)

    def refresh(self, source: Source, connection: HubConnection, hub: Hub) -> Iterator[Event]:
        """One source. An error of its own (a route that this hub lacks) must not starve the others."""
        try:
            yield from source.refresh(connection, hub)
        except (HubUnavailable, HubLoginFailed):
            raise
        except HubError as error:
            log.warning("%s: %s was not refreshed: %s", connection.name, source.name, error)
        self.asked_at[source.name] = time.monotonic()

    def back_off(self, connection: HubConnection, error: HubError) -> None:
        """Waits longer after each failure, up to a minute, and says on the connection why."""
        self.failures += 1
        wait = min(2.0**self.failures, LONGEST_BACK_OFF.total_seconds()) * random.uniform(0.8, 1.0)  # noqa: S311
        self.retry_at = time.monotonic() + wait
        refused = isinstance(error, HubLoginFailed)
        connection.state = HubConnection.State.REFUSED if refused else HubConnection.State.DOWN
        connection.last_error = error.sentence
        connection.save(update_fields=["state", "last_error"])
        log.warning("%s: %s; asked again in %.0f s", connection.name, error, wait)

    def due_in(self) -> float:
        """Seconds until the next round is worth making (short: a start shortens a source's cadence)."""
        return 0.25 if self.failures == 0 else 1.0


def probe(connection: HubConnection, hub: Hub) -> None:
    """Asks a hub who it is and writes it down; raises HubError when it does not answer."""
    identity = hub.probe()
    connection.state = HubConnection.State.UP
    connection.dialect = identity.dialect.value
    connection.service = identity.service
    connection.version = identity.version
    connection.latency_ms = identity.latency_ms
    connection.clock_skew_seconds = identity.clock_skew.total_seconds()
    if identity.utc_offset is not None:
        connection.utc_offset_seconds = int(identity.utc_offset.total_seconds())
    connection.last_seen_at = timezone.now()
    connection.last_error = ""
    connection.save()
