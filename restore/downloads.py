"""The record of what was taken: one row a download, its beginning and its end in the trail."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Model, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from backups.models import Backup
from restore.evidence.file_lists import TakenFile
from restore.evidence.manifests import issue
from restore.giving_back import describe
from restore.models import Download, Mount, Parcel
from restore.refusals import Refused
from restore.releases import NotReleased, release
from restore.selections import Selection
from restore.usage import DayShare
from sendense_portal.audit import log
from sendense_portal.audit.log import PORTAL, Actor
from sendense_portal.audit.models import Outcome
from sendense_portal.hub import HubError
from sendense_portal.live.events import Event
from sendense_portal.quotas.enforcement import QuotaReached, allowance
from sendense_portal.quotas.models import QuotaKind
from sendense_portal.tenancy.models import HubConnection
from sendense_portal.tenancy.roles import Action

RESUMED_WITHIN = timedelta(days=1)
LOST_AFTER = timedelta(minutes=10)
"""Without a sign of life for so long a download has lost its process. One comes every 30 s, but for a zip
only between its files."""

ITEMS_SAID = 20

State = Download.State
OUTCOMES = {State.COMPLETED: Outcome.OK, State.INCOMPLETE: Outcome.FAILED, State.CANCELLED: Outcome.FAILED}


class DownloadRefused(Refused):
    """Nothing can be taken now."""


@dataclass(frozen=True)
class End:
    """How a download ended: ``sent`` bytes went out this time, ``sha256`` is of the whole; ``files`` is what
    it held and ``note`` what the portal put in besides (``evidence.manifests``)."""

    state: Download.State
    sent: int
    sha256: str = ""
    reason: str = ""
    files: Iterable[TakenFile] = ()
    note: str = ""


class DownloadService:
    """Records what one actor takes."""

    def __init__(self, actor: Actor) -> None:
        self.actor = actor

    def begin(
        self,
        mount: Mount,
        path: str,
        kind: Download.Kind,
        *,
        size: int | None = None,
        start: int = 0,
        wanted: int = 1,
    ) -> tuple[Download, DayShare]:
        """The row of a download, in the trail before the hub is asked, and the ``wanted`` bytes taken of the
        day's. One that goes on where an earlier one of the same person broke off (``start``) continues its
        row. Raises DownloadRefused."""
        download = self.broken_off(mount, path) if start else None
        if download is None:
            download = self.row(mount.backup, path, kind, disk_index=mount.disk_index, size=size)
        download.mount = mount
        return self.started(download, mount, start, wanted)

    def begin_selection(self, selection: Selection, file_name: str) -> tuple[Download, DayShare]:
        """The same for several at once, packed while they leave. Raises DownloadRefused."""
        download = self.row(selection.backup, file_name, Download.Kind.BASKET, items=selection.as_json)
        return self.started(download, selection.backup, 0, 1)

    def begin_parcel(self, parcel: Parcel, start: int, wanted: int) -> tuple[Download, DayShare]:
        """The same for what was packed before, from byte ``start``. Raises DownloadRefused."""
        broken_off = self.unfinished().filter(parcel=parcel).first() if start else None
        download = broken_off or self.row(
            parcel.backup,
            parcel.file_name,
            Download.Kind.BASKET,
            size=parcel.size,
            items=parcel.items,
            parcel=parcel,
        )
        return self.started(download, parcel, start, wanted)

    def started(
        self, download: Download, target: Model, start: int, wanted: int
    ) -> tuple[Download, DayShare]:
        """The one way out of every byte: asks the customer's rules, takes the bytes of the day's and puts the
        beginning on record. Raises DownloadRefused, NotReleased."""
        tenant_id, quota = download.tenant_id, {QuotaKind.DOWNLOAD_BYTES: wanted}
        facts = about(download)
        try:
            release(download)
        except NotReleased as refusal:
            said = facts | {"reason": str(refusal)}
            log.record(self.actor, Action.FILE_DOWNLOAD, Outcome.REFUSED, target, **said)
            raise
        try:
            with allowance(self.actor, Action.FILE_DOWNLOAD, target, tenant_id, quota, **facts):
                share = DayShare(self.actor, tenant_id, wanted, download)
                download.state, download.reason, download.touched_at = State.RUNNING, "", timezone.now()
                download.sent_bytes, download.reserved = 0, share.days
                download.save()
        except QuotaReached as reached:
            raise DownloadRefused(str(reached)) from None
        self.record(download, Outcome.STARTED, **({"from_byte": start} if start else {}))
        return download, share

    def row(
        self, backup: Backup, path: str, kind: Download.Kind, disk_index: int = 0, **fields: Any
    ) -> Download:
        """A new row, not saved."""
        return Download(
            tenant=backup.tenant,
            backup=backup,
            disk_index=disk_index,
            path=path,
            kind=kind,
            person=self.actor.user,
            person_name=str(self.actor.user or self.actor.name),
            **fields,
        )

    def broken_off(self, mount: Mount, path: str) -> Download | None:
        """This person's last unfinished download of the same file."""
        same = self.unfinished().filter(backup=mount.backup_id, disk_index=mount.disk_index, path=path)
        return same.filter(kind=Download.Kind.FILE).first()

    def unfinished(self) -> QuerySet[Download]:
        """This person's downloads that may go on."""
        return Download.objects.filter(
            person=self.actor.user,
            state__in=[State.INCOMPLETE, State.CANCELLED, State.FAILED],
            started_at__gt=timezone.now() - RESUMED_WITHIN,
        )

    def end(self, download: Download, end: End) -> None:
        """How it ended, with a signed manifest when all of it was sent."""
        download.state, download.sha256, download.reason = end.state, end.sha256, end.reason[:300]
        download.ended_at = download.touched_at = timezone.now()
        if download.size is None and end.state == State.COMPLETED:
            download.size = end.sent
        download.save()
        facts: dict[str, str | int] = {"bytes": end.sent}
        if end.sha256:
            facts["sha256"] = end.sha256
        if end.reason:
            facts["reason"] = end.reason
        if end.state == State.COMPLETED:
            facts["manifest_sha256"] = issue(download, end.files, end.note).sha256
        self.record(download, OUTCOMES.get(end.state, Outcome.FAILED), **facts)

    def record(self, download: Download, outcome: Outcome, **facts: str | int) -> None:
        """One entry of the trail."""
        said = about(download) | {"size": download.size} | facts
        log.record(self.actor, Action.FILE_DOWNLOAD, outcome, download, **said)

    def refused(self, mount: Mount, path: str, reason: str) -> None:
        """Somebody asked for what is not given: a link, a path out of the disk."""
        facts = describe(mount) | {"path": path[:1000], "reason": reason}
        log.record(self.actor, Action.FILE_DOWNLOAD, Outcome.REFUSED, mount, **facts)


def about(download: Download) -> dict[str, str | int | None]:
    """What the trail says of a download; of a basket the first items and how many there are."""
    facts: dict[str, str | int | None] = {
        "vm": download.backup.vm.name,
        "backup": str(download.backup),
        "disk": download.disk_index,
        "path": download.path,
        "kind": download.kind,
    }
    if download.items:
        paths = [f"{item['vm']} disk {item['disk']} {item['path']}" for item in download.items[:ITEMS_SAID]]
        facts |= {"items": len(download.items), "paths": "; ".join(paths)[:2000]}
    return facts


def reason_of(error: BaseException) -> str:
    """Why a download broke off, for the person who waits."""
    if isinstance(error, HubError):
        return error.sentence
    if isinstance(error, Refused | QuotaReached):
        return str(error)
    if isinstance(error, OSError):
        return _("The portal could not write to its disk.")
    return _("Something went wrong in the portal.")


def event_of(download: Download) -> Event:
    """What open pages should hear."""
    return Event("download", str(download.pk), download.tenant_id, signals=("downloads",))


def settle_lost(connection: HubConnection) -> Iterator[Event]:
    """Ends downloads whose process was killed; the trail learns it too."""
    silent = Download.objects.filter(
        state=State.RUNNING, backup__hub=connection, touched_at__lt=timezone.now() - LOST_AFTER
    )
    for download in silent.select_related("backup__vm"):
        reason = _("The portal was stopped before the end.")
        DownloadService(PORTAL).end(download, End(State.INCOMPLETE, download.sent_bytes, reason=reason))
        DayShare.left_by(download).settle(download.sent_bytes)
        yield event_of(download)
