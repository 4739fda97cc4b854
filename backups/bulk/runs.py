"""Doing what was asked for several: one after the other, each in its own right and its own trail.

The request that asked does what it can in a few seconds; the chore ``bulk`` does the rest, also after a
restart. An item is claimed before it is touched and never tried twice: a start has no way to be repeated.
"""

import logging
import time
from collections.abc import Iterable

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backups.bulk.claims import claim, give_up_interrupted
from backups.bulk.plans import sum_of
from backups.catalogue import BY_CODE
from backups.deletions import delete_all, preview
from backups.models import Backup, BackupState, BackupType, BulkItem, BulkRun, Repository
from backups.services import BackupService, Refused
from backups.starts import start_options
from sendense_portal.approvals.services import DecisionRefused, ask
from sendense_portal.audit.log import Actor
from sendense_portal.hub import HubError
from sendense_portal.live.events import Event, publish_now
from sendense_portal.tenancy.access import Access
from sendense_portal.tenancy.roles import Action
from vms.models import VirtualMachine

logger = logging.getLogger(__name__)
WITHIN_REQUEST, PER_TURN = 3.0, 20.0
"""Seconds."""
RIGHTS = {
    BulkRun.Kind.START: Action.BACKUP_START,
    BulkRun.Kind.RETRY: Action.BACKUP_START,
    BulkRun.Kind.DELETE: Action.BACKUP_DELETE,
}
State = BulkItem.State


class NotDone(Exception):
    """It was not done; ``str()`` is the sentence to show."""


def begin(actor: Actor, kind: BulkRun.Kind, items: Iterable[BulkItem], reason: str = "") -> BulkRun:
    """Writes the run down and does its first items."""
    if actor.user is None:
        raise ValueError("only a person asks for several at once")
    run = BulkRun.objects.create(
        kind=kind, user=actor.user, actor_name=actor.name, address=actor.address,
        request_id=actor.request_id, reason=reason.strip()[:500],
    )  # fmt: skip
    for item in items:
        item.run = run
    BulkItem.objects.bulk_create(items)
    work(WITHIN_REQUEST, run)
    return run


def work(seconds: float = PER_TURN, run: BulkRun | None = None) -> None:
    """Does waiting items, of one run or of all, for about so long."""
    end = time.monotonic() + seconds
    waiting = BulkItem.objects.filter(state=State.WAITING)
    if run:
        waiting = waiting.filter(run=run)
    else:
        give_up_interrupted(BulkItem.objects.all(), _("It was interrupted. Look whether it was done."))
    while time.monotonic() < end:
        item = waiting.select_related("run__user", "vm__hub", "vm__tenant").order_by("pk").first()
        if item is None:
            return
        if claim(item):
            do(item)


def do(item: BulkItem) -> None:
    """One item; writes down what became of it, whatever that is."""
    run = item.run
    actor = Actor(run.user, run.actor_name, run.address, run.request_id)
    access = Access.of(run.user)
    item.state = State.DONE
    try:
        if not access.can(RIGHTS[BulkRun.Kind(run.kind)], item.vm.tenant_id):
            raise NotDone(_("You may no longer do this."))
        DO[BulkRun.Kind(run.kind)](item, actor, access)
    except HubError as error:
        item.state = State.REFUSED
        item.said = f"{error.sentence} {BY_CODE[error.code].next_step}"
    except (Refused, NotDone, DecisionRefused) as refusal:
        item.state, item.said = State.REFUSED, str(refusal)
    except Exception:
        logger.exception("item %s of a bulk run failed", item.pk)
        item.state, item.said = State.REFUSED, _("Something went wrong in the portal.")
    item.save(update_fields=["state", "said", "backup", "approval_id"])
    publish_now(Event("bulk", str(run.pk), item.tenant_id, signals=("bulk",)))


def start(item: BulkItem, actor: Actor, access: Access) -> None:
    """As its dialog would offer it: incremental where there is a base, to the repository used last."""
    options = start_options(item.vm, access, wanted_type=item.wanted)
    if options.conflict or item.vm.gone_at:
        raise NotDone(options.conflict or _("The hub no longer has this machine."))
    chosen = [option for option in options.repositories if option.chosen]
    if not chosen:
        raise NotDone(_("No repository is free for it."))
    kind = next(option.value for option in options.types if option.chosen)
    begun(item, actor, access, BackupType(kind), chosen[0].repository)


def retry(item: BulkItem, actor: Actor, access: Access) -> None:
    """Once more, as it was asked for."""
    failed = item.backup
    if failed is None or failed.state != BackupState.FAILED:
        raise NotDone(_("It has not failed."))
    if failed.repository is None:
        start(item, actor, access)
    else:
        begun(item, actor, access, BackupType(failed.type), failed.repository)


def begun(item: BulkItem, actor: Actor, access: Access, kind: BackupType, place: Repository) -> None:
    """Starts one."""
    service = BackupService(actor, access)
    item.backup = service.start(vm=item.vm, backup_type=kind, repository=place)
    began = _("%(type)s backup to %(repository)s started.") % {"type": kind.label, "repository": place.name}
    item.said = " ".join([began, *service.warnings])


def delete(item: BulkItem, actor: Actor, access: Access) -> None:
    """Just what was shown, or nothing of it."""
    if item.backup is None:
        raise NotDone(_("It is gone already."))
    known = Backup.objects.filter(pk=item.backup.pk, tenant=item.tenant_id, gone_at__isnull=True)
    backup = known.select_related("vm", "repository", "hub", "tenant").first()
    if backup is None:
        raise NotDone(_("It is gone already."))
    radius = preview(backup)
    if sum_of(radius) != item.wanted:
        raise NotDone(_("Things changed since you looked. Nothing was deleted."))
    if radius.obstacles:
        raise NotDone(" ".join(radius.obstacles))
    if radius.needs_second_person and backup.tenant:
        asked = ask(actor, Action.BACKUP_DELETE, backup.tenant, backup, reason=item.run.reason)
        item.state, item.approval_id = State.ASKED, asked.pk
        item.said = _("Nothing is deleted yet: a second person has to approve it.")
        return
    steps = delete_all(BackupService(actor, access), radius)
    gone = sum(step.state in ("deleted", "binned") for step in steps)
    if gone < len(steps):
        problem = next(step.problem for step in steps if step.state == "failed")
        said = _("%(done)d of %(count)d were deleted. %(problem)s")
        raise NotDone(said % {"done": gone, "count": len(steps), "problem": problem})
    if radius.bin_until:
        template = ngettext("%(count)d backup is in the bin.", "%(count)d backups are in the bin.", gone)
    else:
        template = ngettext("%(count)d backup was deleted.", "%(count)d backups were deleted.", gone)
    item.said = template % {"count": gone}


DO = {BulkRun.Kind.START: start, BulkRun.Kind.RETRY: retry, BulkRun.Kind.DELETE: delete}


def item_of(vm: VirtualMachine, backup: Backup | None = None, wanted: str = "") -> BulkItem:
    """One line of a run that is about to begin."""
    return BulkItem(vm=vm, tenant_id=vm.tenant_id, backup=backup, wanted=wanted)
