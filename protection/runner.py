"""Runs flows: takes what is due, exactly once, and starts backups one after the other.

Called every second in each process that syncs. A due time is taken by swapping ``next_run_at``: of several
processes one succeeds, in one transaction with the run and its items, so that whoever lives goes on with
them. An item is claimed before the hub is asked; a start is never repeated.
"""

import logging
import time
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backups.bulk.claims import claim, give_up_interrupted
from backups.conflicts import incremental_conflict
from backups.models import OPEN_STATES, Backup, BackupState, BackupType
from backups.services import BackupService, Refused
from protection.members import of_flow
from protection.models import Flow, FlowItem, FlowRun
from protection.times import NoSuchTime, last_missed, next_time, week_begins
from sendense_portal.audit import log
from sendense_portal.audit.log import PORTAL, Actor
from sendense_portal.audit.models import Outcome
from sendense_portal.hub import HubError
from sendense_portal.live.events import Event, publish_now
from sendense_portal.tenancy.access import Access
from sendense_portal.tenancy.models import HubConnection, Tenant, User
from sendense_portal.tenancy.roles import Action

logger = logging.getLogger(__name__)
LATE_AFTER, GRACE = timedelta(minutes=2), timedelta(hours=6)
"""From then on a run is called late; and from then on it is not caught up with any more."""
PER_TURN = 5.0
"""Seconds; then it looks again for what has come due meanwhile."""
State = FlowItem.State


def work(seconds: float = PER_TURN) -> None:
    """Takes all flows that are due, then starts waiting items for about so long."""
    take_due(timezone.now())
    give_up_interrupted(FlowItem.objects.all(), _("It was interrupted. Look whether it was started."))
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        item = next_item()
        if item is None:
            return
        if claim(item):
            do(item)


def take_due(now: datetime) -> None:
    """Makes a run of each flow whose time has come."""
    due = Flow.objects.filter(enabled=True, deleted_at__isnull=True, next_run_at__lte=now)
    for flow in due.select_related("schedule", "owner", "tenant"):
        try:
            take(flow, now)
        except NoSuchTime as reason:
            stop(flow, str(reason))


def take(flow: Flow, now: datetime) -> None:
    """One flow: of all times that have passed the latest is run, if it is not too long ago."""
    planned = flow.next_run_at
    if flow.schedule is None or planned is None:
        return
    due, skipped = last_missed(flow.schedule.cron, flow.schedule.zone, planned, now)
    following = next_time(flow.schedule.cron, flow.schedule.zone, max(due, now))
    note = late_note(due, skipped, now)
    with transaction.atomic():
        mine = Flow.objects.filter(pk=flow.pk, next_run_at=planned, enabled=True, deleted_at__isnull=True)
        if mine.update(next_run_at=following) != 1:
            return
        if reason := lost_right(flow):
            stop(flow, reason)
            note = reason
        is_to_run = not reason and now - due <= GRACE
        owner = flow.owner
        begin(flow, Actor(owner, name_of(owner)), due_at=due, note=note, with_items=is_to_run)


def begin(
    flow: Flow, actor: Actor, *, due_at: datetime | None = None, note: str = "", with_items: bool = True
) -> FlowRun:
    """Writes a run with its machines down; the chore starts them."""
    run = FlowRun.objects.create(
        flow=flow, tenant_id=flow.tenant_id, person=actor.user, person_name=actor.name,
        address=actor.address, request_id=actor.request_id, due_at=due_at, note=note,
    )  # fmt: skip
    if with_items:
        vms = of_flow(flow)
        FlowItem.objects.bulk_create(FlowItem(run=run, vm=vm) for vm in vms)
        if not vms:
            run.note = " ".join([note, _("No machine is in this flow now.")]).strip()
            run.save(update_fields=["note"])
        log.record(actor, "flow.run", Outcome.OK, flow, by="hand" if due_at is None else "schedule")
    tell(run)
    return run


def late_note(due: datetime, skipped: int, now: datetime) -> str:
    """What is to be said of a time that nobody was there for."""
    said = []
    if now - due > GRACE:
        said.append(_("Missed: the portal was not running, and it was too late when it came back."))
    elif now - due > LATE_AFTER:
        said.append(_("Late: the portal was not running when it was due."))
    if skipped:
        said.append(
            ngettext(
                "%(count)d earlier time was left out.", "%(count)d earlier times were left out.", skipped
            ) % {"count": skipped}
        )  # fmt: skip
    return " ".join(said)


def lost_right(flow: Flow) -> str:
    """Why the flow must not run on behalf of its owner; empty when it may."""
    if flow.tenant.state != Tenant.State.ACTIVE:
        return _("%(customer)s is not active.") % {"customer": flow.tenant}
    if flow.owner is None or not may_run(flow.owner, flow):
        return _("%(person)s, on whose behalf it ran, may no longer start backups here.") % {
            "person": name_of(flow.owner)
        }
    return ""


def may_run(person: User, flow: Flow) -> bool:
    """Whether a person holds the rights now that a run needs."""
    access = Access.of(person)
    return all(access.can(action, flow.tenant_id) for action in (Action.PROTECTION_EDIT, Action.BACKUP_START))


def stop(flow: Flow, reason: str) -> None:
    """Switches a flow off until somebody takes it over."""
    flow.enabled, flow.next_run_at, flow.stopped_because = False, None, reason
    flow.save(update_fields=["enabled", "next_run_at", "stopped_because"])
    log.record(PORTAL, "flow.stop", Outcome.OK, flow, reason=reason)


def next_item() -> FlowItem | None:
    """The first that waits and whose flow has room, at a hub that answers (others wait within the grace)."""
    waiting = FlowItem.objects.filter(state=State.WAITING).order_by("pk")
    patient = waiting.filter(
        vm__hub__state__in=HubConnection.SILENT, run__began_at__gt=timezone.now() - GRACE
    )
    ready = waiting.exclude(pk__in=patient.values("pk"))
    for flow_id in ready.order_by().values_list("run__flow", flat=True).distinct():
        flow = Flow.objects.get(pk=flow_id)
        if running_of(flow) < flow.most_at_once:
            first = ready.filter(run__flow=flow)
            return first.select_related("run__flow", "run__person", "vm__hub", "vm__tenant").first()
    return None


def running_of(flow: Flow) -> int:
    """How many of its backups are under way. One whose end nobody learns does not count for ever."""
    since = timezone.now() - timedelta(days=1)
    items = FlowItem.objects.filter(run__flow=flow, claimed_at__gt=since)
    running = [state for state in OPEN_STATES if state != BackupState.UNKNOWN]
    begun = items.filter(state=State.STARTED, backup__state__in=running, backup__gone_at__isnull=True)
    return begun.count() + items.filter(state=State.DOING).count()


def do(item: FlowItem) -> None:
    """One machine; writes down what became of it, whatever that is."""
    item.state = State.STARTED
    try:
        start(item)
    except HubError as error:
        item.state, item.said = State.REFUSED, error.sentence
    except Refused as refusal:
        item.state, item.said = State.REFUSED, str(refusal)
    except Exception:
        logger.exception("item %s of a flow failed", item.pk)
        item.state, item.said = State.REFUSED, _("Something went wrong in the portal.")
    item.save(update_fields=["state", "said", "backup"])
    tell(item.run)


def start(item: FlowItem) -> None:
    """Through the one service, in the name of the run's person. Raises Refused or HubError."""
    run, flow, vm = item.run, item.run.flow, item.vm
    if flow.deleted_at:
        raise Refused(_("The flow was deleted."))
    if vm.tenant_id != run.tenant_id:
        raise Refused(_("The machine is no longer this customer’s."))
    if run.person is None or not may_run(run.person, flow):
        raise Refused(_("%(person)s may no longer start backups here.") % {"person": run.person_name})
    name = f"{run.person_name} · flow {flow.name}"
    service = BackupService(
        Actor(run.person, name, run.address, run.request_id), Access.of(run.person)
    )  # fmt: skip
    kind = type_for(flow, item)
    item.backup = service.start(vm=vm, backup_type=kind, repository=flow.repository)
    began = _("%(type)s backup to %(repository)s started.")
    item.said = " ".join([began % {"type": kind.label, "repository": flow.repository}, *service.warnings])


def type_for(flow: Flow, item: FlowItem) -> BackupType:
    """Incremental, unless there is nothing to build on or its turn for a full one has come."""
    if incremental_conflict(item.vm, flow.repository):
        return BackupType.FULL
    done = Backup.objects.filter(
        vm=item.vm, repository=flow.repository, state=BackupState.COMPLETED, gone_at__isnull=True
    )
    last_full = done.filter(type=BackupType.FULL).order_by("-created_at").first()
    if flow.full_weekday is not None:
        since = week_begins(flow.full_weekday, zone_of(flow), timezone.now())
        is_due = last_full is None or last_full.created_at < since
    else:
        followers = done.filter(created_at__gt=last_full.created_at).count() if last_full else 0
        is_due = followers + 1 >= flow.full_every
    return BackupType.FULL if is_due else BackupType.INCREMENTAL


def zone_of(flow: Flow) -> str:
    """Whose days a flow's weekday is of."""
    return flow.schedule.zone if flow.schedule else "UTC"


def name_of(person: User | None) -> str:
    """As the trail names people, also one who is there no more."""
    return log.name_of(person) if person else _("Somebody who was removed")


def tell(run: FlowRun) -> None:
    """Open pages of the customer ask again."""
    transaction.on_commit(
        lambda: publish_now(Event("flow", str(run.flow_id), run.tenant_id, signals=("flows",)))
    )
