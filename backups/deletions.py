"""What goes with a backup when it is deleted: shown first, and deleted only as it was shown."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime

from django.core import signing
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from backups.bins import due_at, lock, put_in
from backups.conflicts import later_incrementals, own_conflict, use_conflict
from backups.models import OPEN_STATES, Backup, BackupState, BackupType, restorable
from backups.services import BackupService, Refused, needs_second_person, tell
from sendense_portal.hub import HubError
from vms.models import VirtualMachine

SALT = "backups.deletions"
LOOKED_SECONDS = 15 * 60
"""How long what somebody saw may be what they decide by."""


@dataclass(frozen=True)
class Radius:
    """All that a deletion takes with it. ``points`` are newest first, the order in which they go."""

    backup: Backup
    points: list[Backup]
    vms_without_point: list[VirtualMachine]
    obstacles: list[str]
    """Sentences; with any of them nothing can be deleted now."""
    bin_until: datetime | None
    """When it would be deleted at the hub; None: at once."""

    @property
    def dependants(self) -> list[Backup]:
        """What goes beside the backup itself."""
        return [point for point in self.points if point != self.backup]

    @property
    def bytes(self) -> int:
        """What the points took when they were made."""
        return sum(point.transferred_bytes for point in self.points)

    @property
    def shape(self) -> str:
        """The same while just the same points would go, whatever is in the way at the moment."""
        facts = [
            sorted([str(point.pk), point.state, str(point.gone_at or "")] for point in self.points),
            sorted(str(vm.pk) for vm in self.vms_without_point),
            # The day and not the moment, which is another with each look.
            self.backup.tenant.bin_days if self.backup.tenant else 0,
        ]
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()

    @property
    def digest(self) -> str:
        """The same for the same radius only."""
        return hashlib.sha256(json.dumps([self.shape, sorted(self.obstacles)]).encode()).hexdigest()

    @property
    def needs_second_person(self) -> bool:
        """Whether its customer wants two people for this."""
        return needs_second_person(self.backup)

    @property
    def token(self) -> str:
        """Signed proof of what was shown, for the form to send back."""
        return signing.dumps([str(self.backup.pk), self.digest], salt=SALT)

    def is_as_in(self, token: str) -> bool:
        """Whether ``token`` was made for just this, less than 15 minutes ago."""
        try:
            seen = signing.loads(token, salt=SALT, max_age=LOOKED_SECONDS)
        except signing.BadSignature:
            return False
        return bool(seen == [str(self.backup.pk), self.digest])


@dataclass(frozen=True)
class Step:
    """How the deletion of one point ended; ``problem`` is a sentence, empty when it is gone."""

    point: Backup
    state: str
    """``deleted``, ``binned``, ``failed``, or ``kept`` after an earlier failure."""
    problem: str = ""


def preview(backup: Backup) -> Radius:
    """The radius as it is now."""
    later = later_incrementals(backup)
    in_bin = [point for point in later if point.bin_until]
    points = [*[point for point in reversed(later) if not point.bin_until], backup]
    for point in points:
        # All of one VM and one hub: what is known already is not asked for again.
        point.vm, point.repository, point.hub = backup.vm, backup.repository, backup.hub
    until = due_at(points)
    obstacles = obstacles_to(points)
    if in_bin and until is None:
        obstacles.append(_("An incremental backup in the bin builds on it. It can go when that is gone."))
    return Radius(backup, points, left_without_point(points), obstacles, until)


def left_without_point(points: list[Backup]) -> list[VirtualMachine]:
    """The VM of these points, if nothing of it could be restored afterwards."""
    if not any(point.is_restorable for point in points):
        return []
    vm = points[-1].vm
    others = Backup.objects.filter(restorable(), vm=vm)
    return [] if others.exclude(pk__in=[point.pk for point in points]).exists() else [vm]


def obstacles_to(points: list[Backup]) -> list[str]:
    """Everything that speaks against it, each thing once."""
    found = [reason for point in points if (reason := own_conflict(point))]
    if reason := use_conflict(points):
        found.append(reason)
    if building_on(points):
        found.append(_("An incremental backup that builds on it is running. Wait until it has ended."))
    return list(dict.fromkeys(found))


def building_on(points: list[Backup]) -> bool:
    """Whether an increment of the same chain is on its way: it reads the newest point of it."""
    base = points[-1]
    if base.state != BackupState.COMPLETED:
        return False
    after = Backup.objects.filter(
        vm=base.vm, repository=base.repository, gone_at__isnull=True, created_at__gt=base.created_at
    )
    next_full = after.filter(type=BackupType.FULL, state=BackupState.COMPLETED).order_by("created_at").first()
    if next_full:
        after = after.filter(created_at__lt=next_full.created_at)
    running = [state for state in OPEN_STATES if state != BackupState.UNKNOWN]
    return after.filter(type=BackupType.INCREMENTAL).filter(Q(holds_vm=True) | Q(state__in=running)).exists()


def delete_all(service: BackupService, radius: Radius) -> list[Step]:
    """Deletes newest first, so that whatever is left can still be read; stops at the first failure. Where
    there is a bin, all go there together or none."""
    if radius.bin_until:
        return bin_all(service, radius)
    steps: list[Step] = []
    for point in radius.points:
        if steps and steps[-1].state != "deleted":
            steps.append(Step(point, "kept"))
            continue
        try:
            service.delete(point)
        except (Refused, HubError) as error:
            problem = error.sentence if isinstance(error, HubError) else str(error)
            steps.append(Step(point, "failed", problem))
        else:
            steps.append(Step(point, "deleted"))
    return steps


def bin_all(service: BackupService, radius: Radius) -> list[Step]:
    """Puts all of a radius into the bin, if it is still the same once nobody else can change it."""
    with transaction.atomic():
        lock(radius.backup.vm)
        now = preview(radius.backup)
        problem = now.obstacles[0] if now.obstacles else ""
        if now.digest != radius.digest:
            problem = _("Things changed since you looked. Nothing was deleted.")
        elif now.needs_second_person and not service.is_approved:
            problem = _("Its customer wants two people to delete a backup.")
        if problem or now.bin_until is None:
            return [Step(point, "failed", problem) for point in radius.points]
        put_in(service.actor, now.points, now.bin_until)
    for point in now.points:
        tell(point)
    return [Step(point, "binned") for point in now.points]
