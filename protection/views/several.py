"""Several schedules or groups at once: GET asks, POST does it and says of each what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise

from protection.members import left_unprotected
from protection.models import Flow, Schedule, VmGroup
from protection.services import ProtectionRefused, remove, switch_schedule
from protection.views.results import MOST_AT_ONCE, Result, told
from sendense_portal.audit.log import Actor
from sendense_portal.tenancy.access import require
from sendense_portal.tenancy.requests import PortalRequest
from sendense_portal.tenancy.roles import Action
from sendense_portal.ui.pages import page
from sendense_portal.ui.ticks import asked_of, ticked_keys


@dataclass(frozen=True)
class Kind:
    """What can be ticked: where its list is, and the heading and the button of each thing to do with it."""

    rows: Any
    list_name: str
    title: StrPromise
    verbs: Mapping[str, tuple[StrPromise, StrPromise]]


SCHEDULES = Kind(
    Schedule.objects,
    "protection:schedule_list",
    _("Schedules"),
    {
        "enable": (_("Switch schedules on"), _("Switch on")),
        "disable": (_("Switch schedules off"), _("Switch off")),
        "delete": (_("Delete schedules"), _("Delete")),
    },
)
GROUPS = Kind(
    VmGroup.objects, "protection:group_list", _("Groups"), {"delete": (_("Delete groups"), _("Delete"))}
)
"""A group has nothing to switch: one that rests would leave machines out of flows without a word."""


@require(Action.PROTECTION_EDIT)
def schedule_bulk(request: PortalRequest) -> HttpResponse:
    """``row`` names schedules and ``do`` what becomes of them."""
    return several(request, SCHEDULES)


@require(Action.PROTECTION_EDIT)
def group_bulk(request: PortalRequest) -> HttpResponse:
    """``row`` names groups; they can be deleted."""
    return several(request, GROUPS)


def several(request: PortalRequest, kind: Kind) -> HttpResponse:
    """Of the ticked rows those that this person may change."""
    verb = asked_of(request).get("do", "")
    verb = verb if verb in kind.verbs else ""
    mine = kind.rows.visible_to(request.access, Action.PROTECTION_EDIT).order_by("name", "pk")
    rows = list(mine.filter(pk__in=ticked_keys(request, MOST_AT_ONCE)))
    context: dict[str, Any] = {"kind": kind, "rows": rows, "verb": verb}
    if request.method == "POST" and verb and rows:
        results = [done(Actor.of(request), row, verb) for row in rows]
        return told(request, results, kind.list_name, kind.title)
    if verb:
        context["heading"], context["button"] = kind.verbs[verb]
    if verb in ("enable", "disable"):
        flows = Flow.objects.filter(schedule__in=rows, deleted_at__isnull=True).select_related("owner")
        context["followers"] = list(flows)
        context["lost"] = left_unprotected(flows.filter(enabled=True)) if verb == "disable" else []
    return page(request, "protection/row_bulk.html", context)


def done(actor: Actor, row: Schedule | VmGroup, verb: str) -> Result:
    """One row."""
    try:
        if isinstance(row, Schedule) and verb != "delete":
            return Result(row, True, switch_schedule(actor, row, verb == "enable"))
        remove(actor, row)
    except ProtectionRefused as refusal:
        return Result(row, False, str(refusal))
    return Result(row, True, str(_("Deleted.")))
