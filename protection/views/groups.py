"""Groups of machines: list, form, deletion."""

from django.contrib import messages
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django_tables2 import RequestConfig

from backups.bulk.plans import MOST_AT_ONCE
from protection.forms import GroupForm
from protection.members import of_group
from protection.models import VmGroup
from protection.services import save_group
from protection.tables import GroupTable
from protection.views.frames import choose_customer, customer_of, followers_of, hidden_columns, tabs
from protection.views.schedules import deleted
from sendense_portal.audit.log import Actor
from sendense_portal.tenancy.access import require
from sendense_portal.tenancy.requests import PortalRequest
from sendense_portal.tenancy.roles import Action
from sendense_portal.ui.pages import page


@require(Action.PROTECTION_VIEW)
def group_list(request: PortalRequest) -> HttpResponse:
    """All groups one may see."""
    rows = VmGroup.objects.visible_to(request.access).select_related("tenant").annotate(by_hand=Count("vms"))
    table = GroupTable(rows, exclude=hidden_columns(request))
    RequestConfig(request).configure(table)
    return page(request, "protection/group_list.html", {"tabs": tabs("group_list", request), "table": table})


@require(Action.PROTECTION_EDIT)
def group_create(request: PortalRequest) -> HttpResponse:
    """A new one of one customer."""
    tenant = customer_of(request)
    return edited(request, VmGroup(tenant=tenant)) if tenant else choose_customer(request)


@require(Action.PROTECTION_EDIT, on=VmGroup)
def group_edit(request: PortalRequest, pk: str) -> HttpResponse:
    """Flows that take the group follow it with their next run."""
    return edited(request, request.target)


def edited(request: PortalRequest, group: VmGroup) -> HttpResponse:
    """The form, with the machines that are in the group now."""
    is_new = group._state.adding
    form = GroupForm(request.POST or None, instance=group)
    if request.method == "POST" and form.is_valid():
        save_group(Actor.of(request), form.save(commit=False), form.save_m2m)
        messages.success(request, _("The group was saved."))
        return redirect("protection:group_edit", group.pk)
    members = [] if is_new else of_group(VmGroup.objects.get(pk=group.pk))
    context = {"form": form, "group": group, "is_new": is_new, "members": members}
    context["followers"] = [] if is_new else followers_of(group)
    return page(request, "protection/group_edit.html", context)


@require(Action.BACKUP_START, on=VmGroup)
def group_start(request: PortalRequest, pk: str) -> HttpResponse:
    """What a start of all its machines means; the form goes where those go that are ticked in the list."""
    members = of_group(request.target)
    context = {"vms": members[:MOST_AT_ONCE], "beyond": max(0, len(members) - MOST_AT_ONCE)}
    return page(request, "backups/bulk_start.html", context)


@require(Action.PROTECTION_EDIT, on=VmGroup)
def group_delete(request: PortalRequest, pk: str) -> HttpResponse:
    """Only one that no flow uses."""
    return deleted(request, request.target, "protection:group_list")
