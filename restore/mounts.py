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
from restore import room
from restore.gates import one_at_a_time, wait_for_transfers
from restore.models import Mount, MountUse
from restore.refusals import Refused
from sendense_portal.audit import log
from sendense_portal.audit.log import Actor
from sendense_portal.audit.models import Outcome
from sendense_portal.hub import Code, Hub, HubBusy, HubNotFound, HubRejected, records
from sendense_portal.live.events import Event, Toast, publish_now
from sendense_portal.quotas.enforcement import QuotaReached, allowance
from sendense_portal.quotas.models import QuotaKind
from sendense_portal.tenancy.access import Access
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

        Raises MountRefused, or HubError as the hub client does.
        """
        if not backup.is_restorable:
            raise MountRefused(_("This backup has no files to open: it is not completed, or gone."))
        with one_at_a_time(backup.hub_id):
            mount = live_mount(backup, disk_index) or self.request(backup, disk_index)
            if mount.has_time:
                parameters = describe(mount) | {"reason": reason, "shared": True}
                log.record(self.actor, Action.MOUNT_OPEN, Outcome.OK, mount, **parameters)
            else:
                self.ask(mount, reason=reason)
        self.note_use(mount, reason=reason)
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
        disk = backup.disks.filter(index=mount.disk_index).exclude(hub_job_id="").first()
        hub = client_for(mount.hub)
        try:
            with log.attempt(self.actor, Action.MOUNT_OPEN, mount, **describe(mount), **parameters):
                if mount.is_open:
                    wait_for_transfers(mount.remote_id, LONGEST_TRANSFER)
                    hub.restore.unmount(mount.remote_id)
                ask = partial(
                    hub.restore.mount,
                    backup_id=backup.remote_id or "",
                    disk_index=mount.disk_index,
                    disk_job_id=disk.hub_job_id if disk else None,
                )
                self.opened(mount, self.answered(mount, ask))
        except BaseException as error:
            # A reader who goes on may try a renewal again; a first opening begins anew.
            mount.state = Mount.State.EXPIRED if mount.remote_id else Mount.State.FAILED
            mount.closed_at = timezone.now()
            mount.save(update_fields=["state", "closed_at"])
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
        mount.state, mount.remote_id = Mount.State.OPEN, answer.mount_id
        mount.filesystem, mount.expires_at = answer.filesystem_type[:32], answer.expires_at
        mount.created_at, mount.closed_at = timezone.now(), None
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

    def renew(self, mount: Mount, lost: str) -> Mount:
        """Makes it anew, under the hub's gate; its address in the portal stays."""
        # One that the hub forgot still counts as open in the customer's quota.
        more = 0 if mount.state in LIVE_STATES else 1
        if mount.remote_id == lost:
            mount.state = Mount.State.EXPIRED
        if not mount.is_open:
            try:
                with self.allowed(mount, mount.tenant_id, more):
                    Mount.objects.filter(pk=mount.pk).update(state=Mount.State.OPENING)
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

    def close(self, mount: Mount) -> None:
        """Gives the mount back, for everybody. Raises HubError."""
        with one_at_a_time(mount.hub_id):
            mount.refresh_from_db()
            if not mount.is_open:
                return
            with log.attempt(self.actor, Action.MOUNT_CLOSE, mount, **describe(mount)):
                client_for(mount.hub).restore.unmount(mount.remote_id)
                mount.state, mount.closed_at = Mount.State.CLOSED, timezone.now()
                mount.save(update_fields=["state", "closed_at"])
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


def give_back_idle(wanted: Mount) -> bool:
    """Ends the mount that is best spared for ``wanted``, under the hub's gate; whoever goes on with it gets
    it opened anew. False when all are in use."""
    idle = room.idle_mount(wanted)
    if idle is None:
        return False
    facts = describe(idle) | {"why": "nobody used it, and another restore point was wanted"}
    with log.attempt(log.PORTAL, Action.MOUNT_CLOSE, idle, **facts):
        client_for(idle.hub).restore.unmount(idle.remote_id)
        idle.state, idle.closed_at = Mount.State.EXPIRED, timezone.now()
        idle.save(update_fields=["state", "closed_at"])
    tell(idle)
    return True


def live_mount(backup: Backup, disk_index: int) -> Mount | None:
    """The one mount of a disk that is open or being opened."""
    return Mount.objects.filter(backup=backup, disk_index=disk_index, state__in=LIVE_STATES).first()


def successor_of(mount: Mount) -> Mount | None:
    """For a mount that was closed: the one that its disk was opened in since."""
    return live_mount(mount.backup, mount.disk_index) if mount.state in ENDED_STATES else None


def has_said_why(access: Access, mount: Mount) -> bool:
    """Whether this person may look into a mount that is open already: provider staff give a reason for
    each (docs/architecture.md, Access)."""
    if not must_say_why(access, mount.tenant_id):
        return True
    return mount.uses.filter(person=access.user).exclude(reason="").exists()


def must_say_why(access: Access, tenant_id: UUID | None) -> bool:
    """Whether this is provider staff before a customer's files."""
    return access.is_staff and tenant_id is not None


def describe(mount: Mount) -> dict[str, str | int]:
    """What the trail says of a mount."""
    return {"vm": mount.backup.vm.name, "backup": str(mount.backup), "disk": mount.disk_index}


def tell(mount: Mount) -> None:
    """Open pages hear of a change."""
    publish_now(Event("mount", str(mount.pk), mount.tenant_id, signals=("mounts",)))


def tell_poisoned(hub: HubConnection) -> None:
    """One failed mount blocks all others at the hub (hub/README.md 21): only its administrator can help."""
    HubConnection.objects.filter(pk=hub.pk).update(mounts_poisoned_at=timezone.now())
    toast = Toast("error", f"{hub.name}: no restore point can be opened", "A failed mount blocks the others.")
    publish_now(Event("hub", str(hub.pk), None, signals=("hubs",), toast=toast))
