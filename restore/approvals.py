"""Taking files out with a second person's approval: what is approved is a parcel, item by item."""

import hashlib
import json

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from restore.models import Parcel
from restore.names import visible
from sendense_portal.approvals.models import ApprovalRequest
from sendense_portal.approvals.registry import Facts, Kind
from sendense_portal.approvals.services import DecisionRefused
from sendense_portal.audit.log import Actor
from sendense_portal.tenancy.roles import Action

SHOWN = 50
NAME = "file.download"


def parcel_of(request: ApprovalRequest) -> Parcel | None:
    """What is asked for, as long as it waits."""
    held = Parcel.objects.filter(tenant=request.tenant_id, state=Parcel.State.ASKED, is_unwanted=False)
    return held.filter(pk=request.target_id).first()


def fingerprint(request: ApprovalRequest) -> str | None:
    """Of the very files and folders; None when nobody wants them any more."""
    parcel = parcel_of(request)
    if parcel is None:
        return None
    return hashlib.sha256(json.dumps(parcel.items, sort_keys=True).encode()).hexdigest()


def facts(request: ApprovalRequest) -> Facts:
    """What would leave."""
    parcel = parcel_of(request)
    if parcel is None:
        return []
    paths = [
        f"{item['vm']} · {_('Disk %(number)s') % {'number': item['disk']}} · {visible(str(item['path']))}"
        for item in parcel.items[:SHOWN]
    ]
    more = len(parcel.items) - len(paths)
    listed = "; ".join(paths) + (" " + _("and %(count)d more") % {"count": more} if more > 0 else "")
    return [(_("Files and folders"), listed), (_("For"), parcel.person_name)]


def execute(actor: Actor, request: ApprovalRequest) -> str:
    """Has it packed. Raises DecisionRefused."""
    parcel = parcel_of(request)
    if parcel is None or fingerprint(request) != request.fingerprint:
        raise DecisionRefused(_("It is no longer asked for."))
    # In one step: somebody may be cancelling it this moment.
    waiting = Parcel.objects.filter(pk=parcel.pk, state=Parcel.State.ASKED, is_unwanted=False)
    approver = str(actor.user or actor.name)
    if not waiting.update(state=Parcel.State.WAITING, approved_by_name=approver[:320]):
        raise DecisionRefused(_("It is no longer asked for."))
    return _("The files are being packed for %(person)s.") % {"person": parcel.person_name}


TAKING_OUT = Kind(
    name=NAME,
    action=Action.FILE_DOWNLOAD,
    title=_lazy("Take files out"),
    fingerprint=fingerprint,
    execute=execute,
    facts=facts,
)


def is_still_asked(parcel: Parcel) -> bool:
    """Whether somebody may yet approve it."""
    rows = ApprovalRequest.objects.filter(kind=NAME, target_id=str(parcel.pk))
    return any(request.is_waiting for request in rows)
