"""How far replications are and which there were, machine by machine, kept as rows."""

import logging
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db.models import F, Q
from django.utils import timezone

from sendense_portal.hub import Hub, HubError, HubLoginFailed, HubUnavailable
from sendense_portal.hub.records import Replication
from sendense_portal.live.events import Event
from sendense_portal.sync.clock import INVENTORY_EVERY
from sendense_portal.tenancy.models import HubConnection
from vms.models import VirtualMachine
from vms.replication.history import note_runs
from vms.replication.states import REPLICATING

log = logging.getLogger(__name__)
ASKED_AT_ONCE = 20
"""Machines that are asked for in one round; each is a call."""
WHILE_RUNNING = timedelta(seconds=10)
NOTHING_YET: dict[str, Any] = {
    "replication_percent": 0.0, "replication_operation": "", "replication_bytes": 0,
    "replication_total_bytes": 0, "replication_bytes_per_second": 0,
}  # fmt: skip
"""The numbers of a replication of which the hub has told nothing."""


def refresh_replications(connection: HubConnection, hub: Hub) -> Iterable[Event]:
    """How far those are that run, and what has become of those that ran, in turns: those first that were not
    asked for the longest time."""
    mine = VirtualMachine.objects.filter(hub=connection)
    over = mine.exclude(replication_status=REPLICATING).filter(replication_asked_at__isnull=False)
    over.update(**NOTHING_YET, replication_asked_at=None, replication_moved_at=None)
    turn = mine.filter(to_be_asked()).order_by(F("replication_asked_at").asc(nulls_first=True), "name")
    asked = list(turn[:ASKED_AT_ONCE])
    moved = [vm for vm in asked if moves(vm, hub)]
    VirtualMachine.objects.bulk_update(
        asked,
        [*NOTHING_YET, "replication_asked_at", "replication_moved_at", "replication_unread"],
        batch_size=ASKED_AT_ONCE,
    )
    return [Event("hub", str(connection.pk), None, signals=("vms",))] if moved else []


def to_be_asked() -> Q:
    """Those that run, and those of which something is new."""
    return Q(gone_at__isnull=True) & (Q(replication_status=REPLICATING) | Q(replication_unread=True))


def moves(vm: VirtualMachine, hub: Hub) -> bool:
    """Sets the machine's numbers (unsaved) and keeps its runs; True when something is new."""
    vm.replication_asked_at = timezone.now()
    vm.replication_unread = False
    try:
        known = hub.replications.of(vm.remote_id, vm.name)
    except (HubUnavailable, HubLoginFailed):
        raise
    except HubError as error:
        # What the hub says of one machine must not keep the others from being asked.
        log.warning("%s: how far %s is replicated is not known: %s", vm.hub_id, vm.name, error)
        return False
    has_new_runs = note_runs(vm, known)
    return set_numbers(vm, known.current) or has_new_runs


def set_numbers(vm: VirtualMachine, job: Replication | None) -> bool:
    """How far it is; True when that is new."""
    numbers = {
        "replication_percent": job.percent,
        "replication_operation": job.operation[:100],
        "replication_bytes": job.transferred_bytes,
        "replication_total_bytes": job.total_bytes,
        "replication_bytes_per_second": job.bytes_per_second,
    } if job else NOTHING_YET  # fmt: skip
    if all(getattr(vm, name) == number for name, number in numbers.items()):
        return False
    for name, number in numbers.items():
        setattr(vm, name, number)
    vm.replication_moved_at = timezone.now()
    return True


def replications_every(connection: HubConnection) -> timedelta:
    """Often while there is something to ask, else as seldom as the inventory, which says when there is."""
    to_ask = VirtualMachine.objects.filter(to_be_asked(), hub=connection)
    return WHILE_RUNNING if to_ask.exists() else INVENTORY_EVERY
