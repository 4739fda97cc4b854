"""Archives that are packed in the background: asked for, packed, kept for a time, given to their person only.

A parcel is packed by a thread of a process that also follows hubs (``tend``, a chore). If that process dies
the next one begins anew. What is packed lies as a plain file in PARCEL_DIR, so that it is handed out with
ranges; beside it lies what its manifest needs.
"""

import logging
import os
from datetime import timedelta
from functools import partial
from time import monotonic

from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from restore.approvals import NAME, is_still_asked
from restore.archives import Archive, sentence_of
from restore.downloads import reason_of
from restore.formats import WRITERS
from restore.letters import tell_ready
from restore.models import Parcel
from restore.mounts import MountService
from restore.parcel_files import check_room, contents_of, must_be_of_one, path_of, remove
from restore.refusals import Refused
from restore.releases import member_rule, must_be_on
from restore.selections import Extent, Selection
from restore.turns import in_line
from sendense_portal.approvals import services as approvals
from sendense_portal.audit import log
from sendense_portal.audit.log import PORTAL, Actor
from sendense_portal.audit.models import Outcome
from sendense_portal.hub import HubError
from sendense_portal.live.events import Event, publish_now
from sendense_portal.sync.beside import Beside
from sendense_portal.tenancy.access import Access
from sendense_portal.tenancy.models import Tenant
from sendense_portal.tenancy.roles import Action
from sendense_portal.visits.consents import is_missing

logger = logging.getLogger(__name__)

PACKED_AT_ONCE = 2
MOST_PER_PERSON = 5
REPORT_EVERY = 2.0
LOST_AFTER = timedelta(minutes=2)
"""Without a sign of life for so long whoever packed it is no more; a sign comes every few seconds."""
WAITS_FOR = 20 * 60.0
"""Seconds in all in which a hub whose mounts are all taken is asked again."""
State = Parcel.State
ON_THEIR_WAY = (State.ASKED, State.WAITING, State.PACKING)


class Unwanted(Exception):
    """Nobody is there any more who may have it."""


def ask(
    actor: Actor, selection: Selection, archive_format: str, *, reason: str = "", extent: Extent | None = None
) -> Parcel:
    """Has a selection packed, at once or when a second person has approved it. Raises Refused."""
    tenant = selection.backup.tenant
    must_be_on(tenant)
    needs_approval = tenant is not None and tenant.four_eyes_download
    mine = Parcel.objects.filter(person=actor.user, state__in=ON_THEIR_WAY)
    if mine.count() >= MOST_PER_PERSON:
        raise Refused(_("%(count)d archives are being packed for you already.") % {"count": MOST_PER_PERSON})
    parcel = Parcel.objects.create(
        tenant=tenant,
        state=State.ASKED if needs_approval else State.WAITING,
        person=actor.user,
        person_name=str(actor.user or actor.name),
        backup=selection.backup,
        name=selection.name[:200],
        format=archive_format,
        items=selection.as_json,
        reason=reason[:300],
        files_total=extent.files if extent else None,
        bytes_total=extent.bytes if extent else None,
    )
    log.record(actor, "parcel.ask", Outcome.OK, parcel, items=len(selection.items), format=archive_format)
    if tenant and needs_approval:
        ask_second_person(actor, tenant, parcel)
    tell(parcel)
    return parcel


def ask_second_person(actor: Actor, tenant: Tenant, parcel: Parcel) -> None:
    """Puts it before somebody else. Raises Refused."""
    try:
        approvals.ask(actor, NAME, tenant, parcel, reason=parcel.reason)
    except approvals.DecisionRefused as refusal:
        parcel.delete()
        raise Refused(str(refusal)) from None


def cancel(actor: Actor, parcel: Parcel) -> None:
    """Its person no longer wants it: nothing goes on, and what is there is removed."""
    live = Parcel.objects.filter(pk=parcel.pk, state__in=[*ON_THEIR_WAY, State.READY])
    if not live.update(is_unwanted=True):
        return
    Parcel.objects.filter(pk=parcel.pk, state__in=[State.ASKED, State.WAITING, State.READY]).update(
        state=State.CANCELLED, ended_at=timezone.now()
    )
    remove(parcel)
    log.record(actor, "parcel.cancel", Outcome.OK, parcel)
    tell(parcel)


def pack(parcel: Parcel) -> None:
    """Packs one; its row and the trail say how that ended."""
    actor = Actor(parcel.person, str(parcel.person or parcel.person_name))
    taken = Parcel.objects.filter(pk=parcel.pk, state=State.WAITING).update(
        state=State.PACKING, touched_at=timezone.now()
    )
    if not taken:
        return
    parcel.refresh_from_db()
    try:
        with log.attempt(actor, "parcel.pack", parcel, items=len(parcel.items)) as attempt:
            write(parcel, actor)
            attempt.note(bytes=parcel.size, sha256=parcel.sha256, files=parcel.files_done)
    except Unwanted:
        end(parcel, State.CANCELLED, _("It is no longer wanted, or may no longer be taken."))
    except Exception as error:
        if not isinstance(error, HubError | Refused | OSError):
            logger.exception("a parcel could not be packed")
        end(parcel, State.FAILED, reason_of(error))
    else:
        tell_ready(parcel)
    tell(parcel)


def write(parcel: Parcel, actor: Actor) -> None:
    """Writes its file. Raises Unwanted, Refused, HubError, OSError."""
    may_still_have(parcel)
    selection = Selection.of_json(parcel.items, parcel.name)
    must_be_on(parcel.tenant)
    must_be_of_one(parcel)
    rule, alive = member_rule(parcel.tenant), partial(report, parcel)
    wait = in_line(parcel.person, WAITS_FOR, alive)
    tops = selection.tops(MountService(actor), parcel.reason, wait_for_room=wait)
    archive = Archive(WRITERS[parcel.format](), tops, parcel.name, rule, alive)
    target = path_of(parcel)
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    reported = monotonic()
    parts = archive.parts()
    try:
        with open(
            target, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)
        ) as file:  # for its person alone
            for part in parts:
                file.write(part)
                if monotonic() - reported > REPORT_EVERY:
                    reported = monotonic()
                    report(parcel, archive)
                    check_room(file.tell())
            parcel.size = file.tell()
    finally:
        parts.close()
    may_still_have(parcel)
    archive.taken_files.save(contents_of(parcel))
    parcel.sha256, parcel.note = archive.sha256, archive.note_name
    parcel.files_done, parcel.bytes_done = archive.taken_files.count, archive.taken_bytes
    parcel.problem, parcel.state, parcel.ended_at = sentence_of(archive), State.READY, timezone.now()
    parcel.save()


def report(parcel: Parcel, archive: Archive | None = None) -> None:
    """How far it is; also the moment to see that it is no longer wanted. Raises Unwanted."""
    fields = {"touched_at": timezone.now()}
    row = Parcel.objects.filter(pk=parcel.pk)
    if archive:
        row.update(files_done=archive.taken_files.count, bytes_done=archive.taken_bytes, **fields)
    else:
        row.update(**fields)
    may_still_have(parcel)
    tell(parcel)


def may_still_have(parcel: Parcel) -> None:
    """Raises Unwanted for who has cancelled, was switched off, or has lost the right or the consent."""
    parcel.refresh_from_db(fields=["is_unwanted", "tenant"])
    person = parcel.person
    if person is not None:
        person.refresh_from_db()
    if parcel.is_unwanted or person is None:
        raise Unwanted
    access = Access.of(person)
    may = all(access.can(action, parcel.tenant_id) for action in (Action.FILE_DOWNLOAD, Action.MOUNT_OPEN))
    if not may or is_missing(access, parcel.tenant_id):
        raise Unwanted


def end(parcel: Parcel, state: State, problem: str) -> None:
    """It did not become ready."""
    remove(parcel)
    parcel.state, parcel.problem, parcel.ended_at = state, problem[:300], timezone.now()
    parcel.save(update_fields=["state", "problem", "ended_at"])


packing = Beside("parcel", most=PACKED_AT_ONCE)


def tend() -> None:
    """What is to be done for parcels now and then: forget the old, take up what was lost, pack what waits."""
    now = timezone.now()
    for parcel in Parcel.objects.filter(state=State.READY, expires_at__lt=now):
        remove(parcel)
        Parcel.objects.filter(pk=parcel.pk).update(state=State.EXPIRED)
        log.record(PORTAL, "parcel.expire", Outcome.OK, parcel)
        tell(parcel)
    for parcel in Parcel.objects.filter(state=State.ASKED):
        if not is_still_asked(parcel):
            end(parcel, State.CANCELLED, _("Nobody approved it."))
            tell(parcel)
    lost = Parcel.objects.filter(state=State.PACKING, touched_at__lt=now - LOST_AFTER)
    lost.exclude(pk__in=packing.busy).update(state=State.WAITING, files_done=0, bytes_done=0)
    waiting = Parcel.objects.filter(state=State.WAITING).order_by(F("created_at"))
    for parcel in waiting[:PACKED_AT_ONCE]:
        packing.begin(parcel.pk, partial(pack, parcel))


def tell(parcel: Parcel) -> None:
    """Open pages ask again."""
    publish_now(Event("parcel", str(parcel.pk), parcel.tenant_id, signals=("parcels",)))
