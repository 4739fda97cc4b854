"""Requests as tables."""

from typing import Any

import django_tables2 as tables
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from sendense_portal.approvals.approvers import own_people
from sendense_portal.approvals.models import ApprovalRequest
from sendense_portal.approvals.registry import kind_of, kinds
from sendense_portal.tenancy.access import Access
from sendense_portal.tenancy.roles import Action
from sendense_portal.ui.cells import CellColumn, attrs_when
from sendense_portal.ui.tables import PortalTable


class ApprovalTable(PortalTable):
    """One row a request."""

    target_name = CellColumn(
        "approvals/cells/request.html",
        facts=lambda record: {"title": kind_of(record).title},
        verbose_name=_("Request"),
    )
    tenant = tables.Column(accessor="tenant__name", verbose_name=_("Customer"), attrs=attrs_when("wide"))
    requester_name = tables.Column(verbose_name=_("Asked by"))
    created_at = CellColumn("approvals/cells/asked.html", verbose_name=_("Asked"), attrs=attrs_when("roomy"))
    state = CellColumn("approvals/cells/state.html", verbose_name=_("Status"))

    class Meta(PortalTable.Meta):
        order_by = "-created_at"


def waiting(access: Access) -> QuerySet[ApprovalRequest, Any]:
    """What waits and this person may see."""
    return ApprovalRequest.objects.visible_to(access).filter(
        state=ApprovalRequest.State.WAITING, expires_at__gt=timezone.now()
    )


def for_person(access: Access) -> QuerySet[ApprovalRequest, Any]:
    """What waits for this very person."""
    found = waiting(access).exclude(requester=access.user)
    rows = ApprovalRequest.objects.none()
    for kind in kinds.values():
        mine = found.filter(kind=kind.name)
        for action in (Action.APPROVAL_DECIDE, kind.action):
            tenants = access.tenants_with(action)
            mine = mine if tenants is None else mine.filter(tenant__in=tenants)
        if access.user.provider_role:
            theirs = own_people(kind).filter(tenant=OuterRef("tenant"))
            mine = mine.exclude(Exists(theirs), requester__provider_role__gt="")
        rows = rows | mine
    return rows


def count_for(access: Access) -> int:
    """The badge of the navigation, on every page: mostly nothing waits, and that is cheap to know."""
    return for_person(access).count() if waiting(access).exists() else 0


def shown(access: Access, name: str) -> QuerySet[ApprovalRequest, Any]:
    """The rows of one tab: ``waiting``, ``mine`` or ``decided``."""
    if name == "mine":
        rows: QuerySet[ApprovalRequest, Any] = ApprovalRequest.objects.visible_to(access).filter(
            requester=access.user
        )
    elif name == "decided":
        still = waiting(access).values("pk")
        rows = ApprovalRequest.objects.visible_to(access).exclude(pk__in=still)
    else:
        rows = for_person(access)
    return rows.select_related("tenant")
