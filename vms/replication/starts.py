"""Starting a replication: the hub copies a machine to its target, where it makes volumes for it.

No page waits for that. The wish is a row; the chore ``replication starts`` acts on it in a thread of its own,
once: an answer that got lost is not asked for again but found among the machine's runs.
"""

import logging
from datetime import timedelta
from functools import partial

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sendense_portal.audit import log
from sendense_portal.audit.log import Actor
from sendense_portal.hub import HubError, HubOutcomeUnknown
from sendense_portal.live.events import Event, publish_now
from sendense_portal.sync.beside import Beside
from sendense_portal.tenancy.access import Access
from sendense_portal.tenancy.hubs import client_for
from sendense_portal.tenancy.roles import Action
from vms.models import ReplicationRun, VirtualMachine
from vms.replication.states import FAILED_OVER, REPLICATING

logger = logging.getLogger(__name__)
State = ReplicationRun.State
LOST_AFTER = timedelta(minutes=3)
"""Whoever asks a hub is done after half a minute; after this it is no more."""
threads = Beside("replication start", most=4)
NOT_KNOWN = gettext_lazy("The hub did not say whether it began. If it did, it appears here within a minute.")


class ReplicationRefused(Exception):
    """The portal said no; ``str()`` is the sentence to show."""


def objection(vm: VirtualMachine) -> str | Promise:
    """Why this machine can't be replicated now; "" where nothing speaks against it."""
    if vm.gone_at:
        return _("The hub no longer lists this machine.")
    if vm.hub.is_silent:
        return _("The hub does not answer now. Try again when it does.")
    if vm.credential_remote_id is None:
        return _("The hub has no credential for this machine. Add the machine again by discovery.")
    if vm.replication_status == REPLICATING:
        return _("It is being replicated already.")
    if vm.replication_status in FAILED_OVER:
        return _("It runs at the target: a replication would overwrite it there. Roll back at the hub first.")
    if vm.replication_status == "cleanup_required":
        return _("Clean up at the hub first: an earlier run left volumes at the target.")
    if vm.replications.filter(state__in=(State.ASKED, State.STARTING)).exists():
        return _("Somebody has just asked for it.")
    return ""


def is_free(vm: VirtualMachine) -> bool:
    """Whether the machine itself stands in no way, as far as its own row tells."""
    return (
        vm.gone_at is None
        and vm.credential_remote_id is not None
        and vm.replication_status not in (REPLICATING, "cleanup_required", *FAILED_OVER)
    )


def ask(actor: Actor, vm: VirtualMachine, target: int, kind: str) -> ReplicationRun:
    """Writes the wish down; the chore acts on it within a second or two. Raises ReplicationRefused."""
    if reason := objection(vm):
        raise ReplicationRefused(reason)
    try:
        with transaction.atomic():
            return ReplicationRun.objects.create(
                vm=vm, target=target, kind=kind, started_by=actor.user, started_by_name=actor.name,
                address=actor.address, request_id=actor.request_id,
            )  # fmt: skip
    except IntegrityError as error:
        raise ReplicationRefused(_("Somebody has just asked for it.")) from error


def tend() -> None:
    """Begins what waits: the chore."""
    lost = ReplicationRun.objects.filter(state=State.STARTING, began_at__lt=timezone.now() - LOST_AFTER)
    for run in lost:
        settle(run, State.UNKNOWN, str(NOT_KNOWN))
    for run in ReplicationRun.objects.filter(state=State.ASKED).select_related("vm__hub", "started_by"):
        threads.begin(run.pk, partial(start, run))


def start(run: ReplicationRun) -> None:
    """Asks the hub, once; writes down what came of it."""
    mine = ReplicationRun.objects.filter(pk=run.pk, state=State.ASKED)
    if not mine.update(state=State.STARTING, began_at=timezone.now()):
        return
    try:
        begin(run)
    except HubOutcomeUnknown as error:
        settle(run, State.UNKNOWN, str(NOT_KNOWN), error.detail)
    except HubError as error:
        settle(run, State.REFUSED, error.sentence, error.detail)
    except ReplicationRefused as refusal:
        settle(run, State.REFUSED, str(refusal))
    except Exception:
        logger.exception("the start of replication %s failed", run.pk)
        settle(run, State.UNKNOWN, _("Something went wrong in the portal. Look at the hub whether it began."))


def begin(run: ReplicationRun) -> None:
    """The question to the hub, on record. Raises HubError and ReplicationRefused."""
    vm, person = run.vm, run.started_by
    if person is None or not Access.of(person).can(Action.REPLICATION_START, vm.tenant_id):
        raise ReplicationRefused(_("You may no longer do this."))
    assert run.target is not None
    assert vm.credential_remote_id is not None
    actor = Actor(person, run.started_by_name, run.address, run.request_id)
    with log.attempt(
        actor, Action.REPLICATION_START, vm, hub=vm.hub.name, to=run.target, copies=run.kind
    ) as attempt:
        job_id = client_for(vm.hub).replications.start(
            vm.remote_id, vm.name, vcenter=vm.vcenter, datacenter=vm.datacenter,
            credential_id=vm.credential_remote_id, target=run.target, kind=run.kind,
        )  # fmt: skip
        attempt.note(job=job_id)
    with transaction.atomic():
        # The mirror may have found it among the machine's runs before the hub answered.
        ReplicationRun.objects.filter(vm=vm, remote_id=job_id).delete()
        ReplicationRun.objects.filter(pk=run.pk).update(remote_id=job_id)
    settle(run, State.RUNNING)


def settle(run: ReplicationRun, state: str, said: str = "", detail: str = "") -> None:
    """What came of it; the machine's runs are read again soon."""
    ended = timezone.now() if state == State.REFUSED else None
    ReplicationRun.objects.filter(pk=run.pk).update(
        state=state, said=said, error_text=detail[:2000], ended_at=ended
    )
    VirtualMachine.objects.filter(pk=run.vm_id).update(replication_unread=True)
    publish_now(Event("hub", str(run.vm.hub_id), None, signals=("vms",)))
