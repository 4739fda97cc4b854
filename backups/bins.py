"""The bin: what somebody deleted stays at the hub for as many days as its customer wants.

A point in the bin is not offered for restoring, nothing builds on it, and it can be brought back. When its
time is over the portal deletes it at the hub, newest first, in the name of who put it there.
"""

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from backups.conflicts import hub_conflict, later_incrementals, use_conflict
from backups.mirror import rows
from backups.models import Backup, BackupState, BackupType
from backups.services import Refused, remove, tell
from sendense_portal.audit import log
from sendense_portal.audit.log import PORTAL, Actor
from sendense_portal.audit.models import Outcome
from sendense_portal.hub import HubError, HubNotFound
from vms.models import VirtualMachine

logger = logging.getLogger(__name__)
RETRY_AFTER = timedelta(minutes=15)
"""Between two attempts to delete at the hub; also how long one attempt has the point to itself."""
AT_A_TIME = 100


class BinRefused(Refused):
    """It can't be brought back; ``str()`` is the sentence to show."""


def due_at(points: list[Backup]) -> datetime | None:
    """Until when these would stay in the bin if they went there now; None where the customer wants no bin.

    What others in the bin build on outlives them.
    """
    base = points[-1]
    if base.tenant is None or not base.tenant.bin_days:
        return None
    until = timezone.now() + timedelta(days=base.tenant.bin_days)
    return max([until, *(later.bin_until for later in later_incrementals(base) if later.bin_until)])


def put_in(actor: Actor, points: list[Backup], until: datetime) -> None:
    """Puts points into the bin together; whether they may go there was asked within this transaction."""
    for point in points:
        point.bin_until, point.binned_by = until, actor.user
        point.binned_by_name = str(actor.user or actor.name)
        point.save(update_fields=["bin_until", "binned_by", "binned_by_name"])
        log.record(
            actor, "backup.bin", Outcome.OK, point, vm=point.vm.name, until=f"{until:%Y-%m-%d %H:%M} UTC"
        )
    rows.count_restore_points(points[0].vm)


def bring_back(actor: Actor, backup: Backup) -> list[Backup]:
    """Undoes a deletion: the point, what went with it, and what it builds on. Raises BinRefused."""
    with transaction.atomic():
        lock(backup.vm)
        backup.refresh_from_db(fields=["bin_until"])
        if backup.bin_until is None:
            raise BinRefused(_("It is not in the bin."))
        wanted = together_with(backup)
        still = Backup.objects.filter(pk__in=[point.pk for point in wanted]).filter(is_at_rest())
        done = still.update(
            bin_until=None, binned_by=None, binned_by_name="", bin_retry_at=None, bin_problem=""
        )
        if not wanted or done < len(wanted):
            raise BinRefused(_("Its time in the bin is over: it is being deleted at the hub."))
        for point in wanted:
            log.record(actor, "backup.bring_back", Outcome.OK, point, vm=point.vm.name)
        rows.count_restore_points(backup.vm)
    for point in wanted:
        tell(point)
    return wanted


def together_with(backup: Backup) -> list[Backup]:
    """What has to come back so that a point can be read, and what was deleted in the same act."""
    in_bin = Backup.objects.select_related("vm").filter(
        vm=backup.vm, repository=backup.repository, gone_at__isnull=True, bin_until__isnull=False
    )
    fulls = Backup.objects.filter(
        vm=backup.vm, repository=backup.repository, gone_at__isnull=True,
        type=BackupType.FULL, state=BackupState.COMPLETED, created_at__lte=backup.created_at,
    )  # fmt: skip
    bases = Q(created_at__lte=backup.created_at)
    if full := fulls.order_by("-created_at").first():
        bases &= Q(created_at__gte=full.created_at)
    return list(in_bin.filter(Q(bin_until=backup.bin_until) | bases).order_by("created_at"))


def is_at_rest() -> Q:
    """In the bin, and nobody is deleting it: its time is not over, or an attempt has failed."""
    now = timezone.now()
    return Q(bin_until__gt=now) | (~Q(bin_problem="") & Q(bin_retry_at__gt=now))


def empty_due() -> None:
    """Deletes at the hub what has been in the bin for long enough; what fails is tried again later."""
    due = Backup.objects.filter(is_due()).select_related("vm", "hub", "repository", "tenant")
    for backup in due.order_by("-created_at")[:AT_A_TIME]:
        if claim(backup):
            purge(backup)


def is_due() -> Q:
    """Its time is over, and nobody is at it."""
    now = timezone.now()
    free = Q(bin_retry_at__isnull=True) | Q(bin_retry_at__lte=now)
    return Q(bin_until__lte=now, gone_at__isnull=True) & free


def claim(backup: Backup) -> bool:
    """Takes one for an attempt; of several processes one gets it, and who brings it back comes too late."""
    mine = Backup.objects.filter(is_due(), pk=backup.pk, bin_until=backup.bin_until)
    return mine.update(bin_retry_at=timezone.now() + RETRY_AFTER, bin_problem="") == 1


def purge(backup: Backup) -> None:
    """One attempt to delete at the hub, in the trail as the portal's on behalf of a person."""
    try:
        if reason := purge_conflict(backup):
            problem = reason
        else:
            remove(PORTAL, "backup.purge", backup, on_behalf_of=backup.binned_by_name)
            return
    except HubNotFound:
        # An earlier attempt was cut off after the hub had done it.
        Backup.objects.filter(pk=backup.pk).update(gone_at=timezone.now())
        tell(backup)
        return
    except HubError as error:
        problem = error.sentence
    except Exception:
        logger.exception("emptying the bin failed at %s", backup.pk)
        problem = _("Something went wrong in the portal.")
    Backup.objects.filter(pk=backup.pk).update(bin_problem=problem)
    tell(backup)


def purge_conflict(backup: Backup) -> str | None:
    """Why it has to stay at the hub for now. A hub known to be down is not even asked, so that a long outage
    does not fill the trail with attempts."""
    if not backup.hub.enabled or backup.hub.is_silent:
        return _("The hub can’t be reached at the moment.")
    if later_incrementals(backup):
        # Of the same chain in the bin, or begun outside the portal, which the hub lets happen.
        return _("A later incremental backup builds on it.")
    return hub_conflict(backup) or use_conflict([backup])


def lock(vm: VirtualMachine) -> None:
    """Whoever starts a backup of the VM, or puts one into the bin or takes it out, waits here."""
    VirtualMachine.objects.select_for_update().get(pk=vm.pk)
