"""What a hub remembers of a machine's replications, kept after it has forgotten them."""

from datetime import timedelta

from django.db import IntegrityError, transaction

from sendense_portal.hub.records import ReplicationRun as ToldRun
from sendense_portal.hub.records import Replications
from vms.models import ReplicationRun, VirtualMachine

State = ReplicationRun.State
STATES = {
    "completed": State.COMPLETED, "ready_for_failover": State.COMPLETED, "failed": State.FAILED,
    "error": State.FAILED, "cancelled": State.CANCELLED, "canceled": State.CANCELLED,
}  # fmt: skip
"""The hub's words for those that ended."""
FOUND_WITHIN = timedelta(minutes=10)
"""A start of which the hub did not tell the outcome is a run that began this soon after it."""
SKEW = timedelta(minutes=2)
"""By which the hub's clock may be behind."""


def note_runs(vm: VirtualMachine, known: Replications) -> bool:
    """Keeps the runs of a machine as rows; True when one is new or has changed."""
    keys = [told.job_id for told in known.runs]
    mine = {run.remote_id: run for run in ReplicationRun.objects.filter(vm=vm, remote_id__in=keys)}
    changed = False
    for told in known.runs:
        run = mine.get(told.job_id) or start_of(vm, told) or ReplicationRun(vm=vm)
        if set_facts(run, told, vm):
            changed = True
            keep(run)
    return changed


def start_of(vm: VirtualMachine, told: ToldRun) -> ReplicationRun | None:
    """The wish that this run came of, where the hub's answer to it got lost."""
    if told.began_at is None:
        return None
    lost = ReplicationRun.objects.filter(vm=vm, remote_id=None, state=State.UNKNOWN)
    fitting = lost.filter(began_at__gt=told.began_at - FOUND_WITHIN, began_at__lt=told.began_at + SKEW)
    return fitting.order_by("began_at").first()


def set_facts(run: ReplicationRun, told: ToldRun, vm: VirtualMachine) -> bool:
    """What the hub tells of a run; True when something is new."""
    ended = State.UNKNOWN if told.ended_at else State.RUNNING
    facts = {
        "remote_id": told.job_id[:128],
        "kind": told.kind if told.kind in ReplicationRun.Kind else ReplicationRun.Kind.INITIAL,
        "state": STATES.get(told.status.lower(), ended),
        "transferred_bytes": told.transferred_bytes,
        "error_text": told.error,
        "began_at": told.began_at or vm.replicated_at or run.began_at,
        "ended_at": told.ended_at,
    }
    changed = any(getattr(run, name) != value for name, value in facts.items())
    for name, value in facts.items():
        setattr(run, name, value)
    return changed


def keep(run: ReplicationRun) -> None:
    """Saved, unless another process just kept the same."""
    try:
        with transaction.atomic():
            run.save()
    except IntegrityError:
        pass  # its next reading finds it
