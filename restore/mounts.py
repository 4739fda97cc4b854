"""Opening, renewing and closing disks of restore points: the only code that asks a hub for any of it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import TypeVar
from uuid import UUID

from django.db import IntegrityError
from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext as _

from backups.models import Backup
from restore import readability, room
from restore.announcements import tell, tell_poisoned
from restore.gates import one_at_a_time, wait_for_transfers
from restore.giving_back import LEAVING, describe, give_back_idle, left
from restore.models import Mount, MountTurn, MountUse
from restore.refusals import Refused
from sendense_portal.audit import log
from sendense_portal.audit.log import Actor
from sendense_portal.audit.models import Outcome
from sendense_portal.hub import (
    Code,
    Hub,
    HubBusy,
    HubError,
    HubNotFound,
    HubOutcomeUnknown,
    HubRejected,
    records,
)
from sendense_portal.quotas.enforcement import QuotaReached, allowance
from sendense_portal.quotas.models import QuotaKind
from sendense_portal.tenancy.hubs import client_for
from sendense_portal.tenancy.models import HubConnection
from sendense_portal.tenancy.roles import Action

Answer = TypeVar("Answer")

LONGEST_TRANSFER = 20.0
"""Seconds that a renewal waits for running transfers; the hub cuts them at 15 (hub/README.md 5)."""
USE_NOTED_EVERY = timedelta(minutes=1)
ENDED_STATES = (Mount.State.CLOSED, Mount.State.FAILED)
LIVE_STATES = (Mount.State.OPENING, Mount.State.OPEN)


class MountRefused(Refused):
    """A restore point can't be opened now."""


class MountClosed(Refused):
    """Somebody closed this mount; what was seen of it stays, more needs it opened again."""


class MountService:
    """What one actor does with mounts. The rights were checked at the door."""

    def __init__(self, actor: Actor) -> None:
        self.actor = actor
        self.warnings: list[str] = []
        """Soft quotas that an opening went beyond, for its person to read."""

    def open(self, *, backup: Backup, disk_index: int, reason: str = "") -> Mount:
        """Opens a disk of a restore point, or joins those who have it open already.

        Raises MountRefused, or HubError as the hub client does: that all mounts are in use, also to who would
        overtake somebody in the queue.
        """
        if not backup.is_restorable:
            raise MountRefused(
                _("This backup has no files to open: it is not completed, in the bin, or gone.")
            )
        found = readability.finding(backup, disk_index)
        if found and found.is_certain and not live_mount(backup, disk_index):
            raise MountRefused(readability.sentence_of(found))
        with one_at_a_time(backup.hub_id):
            mount = live_mount(backup, disk_index)
            if mount is None and room.overtakes(self.actor.user, backup):
                raise HubBusy(Code.MOUNTS_FULL, _("Others wait for a place at the hub."))
            mount = mount or self.request(backup, disk_index)
            if mount.is_spare:
                self.take_over(mount)
            if mount.has_time:
                parameters = describe(mount) | {"reason": reason, "shared": True}
                log.record(self.actor, Action.MOUNT_OPEN, Outcome.OK, mount, **parameters)
            else:
                self.ask(mount, reason=reason)
        self.note_use(mount, reason=reason)
        MountTurn.objects.filter(person=self.actor.user, backup=backup).delete()
        return mount

    def request(self, backup: Backup, disk_index: int) -> Mount:
        """The row of a mount on its way; of two processes at once one is refused."""
        try:
            with self.allowed(backup, backup.tenant_id):
                return Mount.objects.create(
                    tenant=backup.tenant,
                    hub=backup.hub,
                    backup=backup,
                    disk_index=disk_index,
                    opened_by=self.actor.user,
                    opened_by_name=str(self.actor.user or self.actor.name),
                )
        except IntegrityError:
            raise MountRefused(_("This disk is being opened by somebody else; try again shortly.")) from None

    def take_over(self, mount: Mount) -> None:
        """Makes a mount that the portal had for itself this actor's. Raises MountRefused."""
        with self.allowed(mount.backup, mount.tenant_id):
            mount.is_spare = False
            mount.opened_by = self.actor.user
            mount.opened_by_name = str(self.actor.user or self.actor.name)
            mount.save(update_fields=["is_spare", "opened_by", "opened_by_name"])

    @contextmanager
    def allowed(self, target: Model, tenant_id: UUID | None, more: int = 1) -> Iterator[None]:
        """A transaction in which the customer may have one more disk open. Raises MountRefused."""
        wanted = {QuotaKind.OPEN_MOUNTS: more} if more else {}
        try:
            with allowance(self.actor, Action.MOUNT_OPEN, target, tenant_id, wanted) as self.warnings:
                yield
        except QuotaReached as reached:
            raise MountRefused(str(reached)) from None

    def ask(self, mount: Mount, **parameters: str | bool) -> None:
        """Has the hub mount the disk, under the hub's gate. Asking twice does no harm: a disk that is
        mounted already gives the same mount."""
        backup = mount.backup
        hub = client_for(mount.hub)
        try:
            with log.attempt(self.actor, Action.MOUNT_OPEN, mount, **describe(mount), **parameters):
                if mount.is_open:
                    wait_for_transfers(mount.remote_id, LONGEST_TRANSFER)
                    hub.restore.unmount(mount.remote_id)
                self.opened(mount, self.answered(mount, partial(ask_hub, hub, mount)))
        except BaseException as error:
            # A reader who goes on may try a renewal again; a first opening begins anew.
            mount.state = Mount.State.EXPIRED if mount.remote_id else Mount.State.FAILED
            mount.closed_at = timezone.now()
            mount.is_unsettled = isinstance(error, HubOutcomeUnknown) or not isinstance(error, HubError)
            mount.save(update_fields=["state", "closed_at", "is_unsettled"])
            if (
                isinstance(error, HubRejected)
                and error.code is Code.NOT_RESTORABLE_YET
                and backup.is_finishing
            ):
                raise MountRefused(
                    _("Completed moments ago; the hub is still closing it. Try again in a minute.")
                ) from error
            if isinstance(error, HubBusy) and error.code is Code.MOUNTS_POISONED:
                tell_poisoned(mount.hub)
            if isinstance(error, HubError):
                readability.remember(mount, error)
                if readability.kind_of(error) and (found := readability.finding(backup, mount.disk_index)):
                    raise MountRefused(readability.sentence_of(found)) from error
            raise
        finally:
            tell(mount)

    def answered(self, mount: Mount, ask: Callable[[], records.Mount]) -> records.Mount:
        """The hub's answer; when all its mounts are taken it is asked again after one was given back."""
        try:
            return ask()
        except HubBusy as error:
            if error.code is not Code.MOUNTS_FULL or not give_back_idle(mount):
                raise
        return ask()

    def opened(self, mount: Mount, answer: records.Mount) -> None:
        """Writes down what the hub made."""
        mount.state, mount.remote_id, mount.is_unsettled = Mount.State.OPEN, answer.mount_id, False
        mount.filesystem, mount.expires_at = answer.filesystem_type[:32], answer.expires_at
        mount.created_at, mount.closed_at = timezone.now(), None
        mount.close_reason = mount.close_reason if mount.closes_at else ""
        mount.save()
        HubConnection.objects.filter(pk=mount.hub_id, mounts_poisoned_at__isnull=False).update(
            mounts_poisoned_at=None
        )

    def usable(self, mount: Mount, lost: str = "") -> Mount:
        """The mount with time left to use it: made anew for a reader who goes on after it ran out, or after
        the hub forgot it (``lost``: its id then). Raises MountClosed when it was closed on purpose."""
        mount.refresh_from_db()
        if mount.has_time and mount.remote_id != lost:
            return mount
        if mount.is_spare and self.actor.user is None:
            raise MountClosed(_("People need this mount."))
        if mount.state in ENDED_STATES:
            successor = successor_of(mount)
            if successor is None:
                raise MountClosed(_("This restore point was closed. Open it again to see more of it."))
            return self.usable(successor)
        with one_at_a_time(mount.hub_id):
            mount.refresh_from_db()
            if mount.has_time and mount.remote_id != lost:
                return mount
            return self.renew(mount, lost)

    def extend(self, mount: Mount) -> None:
        """Gives it another hour before the first is over. Raises MountRefused, HubError."""
        if room.others_wait(mount):
            raise MountRefused(
                _("Others wait for a place at the hub, so it stays open until its time is over.")
            )
        if room.is_sending(mount):
            raise MountRefused(_("A download from it is running. Extend it when that has ended."))
        with one_at_a_time(mount.hub_id):
            mount.refresh_from_db()
            if mount.state in ENDED_STATES:
                raise MountClosed(_("This restore point was closed. Open it again to see more of it."))
            self.renew(mount, lost="")
        self.note_use(mount)

    def renew(self, mount: Mount, lost: str) -> Mount:
        """Makes it anew, under the hub's gate; its address in the portal stays."""
        # One that the hub forgot still counts as open in the customer's quota.
        more = 0 if mount.state in LIVE_STATES else 1
        if mount.remote_id == lost:
            mount.state = Mount.State.EXPIRED
        if not mount.is_open:
            try:
                with self.allowed(mount, mount.tenant_id, more):
                    Mount.objects.filter(pk=mount.pk).update(state=Mount.State.OPENING, is_unsettled=True)
            except IntegrityError:
                return live_mount(mount.backup, mount.disk_index) or mount
        self.ask(mount, renewed=True)
        return mount

    def call(self, mount: Mount, ask: Callable[[Hub, str], Answer]) -> Answer:
        """Asks the hub something about a mount; once more on a new one if it has forgotten this one."""
        mount = self.usable(mount)
        hub = client_for(mount.hub)
        try:
            return ask(hub, mount.remote_id)
        except HubNotFound as error:
            if error.code is not Code.MOUNT_GONE:
                raise
        return ask(hub, self.usable(mount, lost=mount.remote_id).remote_id)

    def close(self, mount: Mount, is_left: bool = False, reason: str = "") -> None:
        """Gives the mount back, for everybody; ``is_left``: the portal itself no longer reads from it. Raises
        HubError."""
        with one_at_a_time(mount.hub_id):
            mount.refresh_from_db()
            if not mount.is_open:
                return
            seconds = LEAVING if mount.is_spare and not is_left else 0
            facts = describe(mount) | ({"reason": reason} if reason else {})
            with log.attempt(self.actor, Action.MOUNT_CLOSE, mount, **facts), left(mount, seconds):
                client_for(mount.hub).restore.unmount(mount.remote_id)
                mount.state, mount.closed_at = Mount.State.CLOSED, timezone.now()
                mount.closes_at = None
                mount.save(update_fields=["state", "closed_at", "closes_at"])
        tell(mount)

    def note_use(self, mount: Mount, reason: str = "") -> None:
        """Remembers who looks into it, for the others' sake."""
        person = self.actor.user
        if person is None:
            return
        now = timezone.now()
        mine = MountUse.objects.filter(mount=mount, person=person)
        if reason:
            MountUse.objects.update_or_create(
                mount=mount, person=person, defaults={"reason": reason, "last_used_at": now}
            )
        elif not mine.filter(last_used_at__gt=now - USE_NOTED_EVERY).exists():
            MountUse.objects.update_or_create(mount=mount, person=person, defaults={"last_used_at": now})


def ask_hub(hub: Hub, mount: Mount) -> records.Mount:
    """Has the hub mount the disk; the same one if it is mounted already (hub/reference.md 8.1)."""
    disk = mount.backup.disks.filter(index=mount.disk_index).exclude(hub_job_id="").first()
    return hub.restore.mount(
        backup_id=mount.backup.remote_id or "",
        disk_index=mount.disk_index,
        disk_job_id=disk.hub_job_id if disk else None,
    )


def settle_unanswered(hub: Hub, mount: Mount) -> None:
    """Gives back what the hub may have opened for somebody who never heard of it: a killed process, or an
    answer that was lost. Asked again it names the mount, which nobody needs any more."""
    with one_at_a_time(mount.hub_id):
        mount.refresh_from_db()
        if not mount.is_unsettled or live_mount(mount.backup, mount.disk_index):
            return
        facts = describe(mount) | {"why": "its opening was never answered"}
        with log.attempt(log.PORTAL, Action.MOUNT_CLOSE, mount, **facts):
            hub.restore.unmount(ask_hub(hub, mount).mount_id)
        Mount.objects.filter(pk=mount.pk).update(is_unsettled=False)


def live_mount(backup: Backup, disk_index: int) -> Mount | None:
    """The one mount of a disk that is open or being opened."""
    return Mount.objects.filter(backup=backup, disk_index=disk_index, state__in=LIVE_STATES).first()


def successor_of(mount: Mount) -> Mount | None:
    """For a mount that was closed: the one that its disk was opened in since."""
    return live_mount(mount.backup, mount.disk_index) if mount.state in ENDED_STATES else None
