"""Choosing a restore point, and opening one of its disks."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django_htmx.http import HttpResponseClientRedirect
from django_tables2 import RequestConfig

from backups.catalogue import BY_CODE
from backups.models import Backup, restorable
from restore.filters import PointFilter
from restore.forms import MountOpenForm
from restore.known import looked_at_before
from restore.models import Mount
from restore.mounts import MountService
from restore.refusals import Refused
from restore.slots import slots_seen_by
from restore.tables import PointTable
from restore.turns import Wait, join_queue, wait_for_turn
from restore.views.tabs import tabs
from sendense_portal.audit import log
from sendense_portal.audit.log import Actor
from sendense_portal.hub import Code, HubError
from sendense_portal.quotas.models import QuotaKind
from sendense_portal.quotas.usage import near_limits
from sendense_portal.tenancy.access import require
from sendense_portal.tenancy.requests import PortalRequest
from sendense_portal.tenancy.roles import Action
from sendense_portal.ui.pages import page
from sendense_portal.visits.consents import is_missing, refused
from vms.customers import has_several
from vms.freshness import as_of


@require(Action.MOUNT_VIEW)
def restore_home(request: PortalRequest) -> HttpResponse:
    """Every restore point one may see; ``?backup=`` leads straight to opening that one."""
    if request.GET.get("backup"):
        return redirect(f"{reverse('restore:mount_open')}?backup={visible_backup(request).pk}")
    chosen = PointFilter(request.GET, queryset=points(request), request=request)
    rows = chosen.qs.select_related("vm", "repository", "tenant")
    table = PointTable(rows, exclude=() if has_several(request.access) else ("customer",))
    RequestConfig(request, paginate={"per_page": PointTable.per_page}).configure(table)
    context = {
        "tabs": tabs(request, "restore_home"),
        "filter": chosen,
        "is_filtered": chosen.is_used,
        "table": table,
        "mounts": open_mounts(request),
        "slots": slots_seen_by(request.access),
        "as_of": as_of(request.access),
    }
    return page(request, "restore/restore_home.html", context, part="table")


@require(Action.MOUNT_OPEN)
def mount_open(request: PortalRequest) -> HttpResponse:
    """GET asks for the disk (and provider staff for a reason); POST opens it and leads to its files."""
    if not named_backup(request):
        return redirect("restore:restore_home")
    backup = visible_backup(request)
    if not request.access.can(Action.MOUNT_OPEN, backup.tenant_id):
        log.refused(request, Action.MOUNT_OPEN, backup)
        raise PermissionDenied(Action.MOUNT_OPEN.label)
    if is_missing(request.access, backup.tenant_id):
        request.target = backup
        return refused(request, Action.MOUNT_OPEN)
    data = request.POST if request.method == "POST" else None
    form = MountOpenForm(data, backup=backup, access=request.access, disk=request.GET.get("disk", ""))
    wait = waiting_for(request, backup, form)
    if request.method == "POST" and form.is_valid() and not wait:
        outcome = opened(request, backup, form)
        if isinstance(outcome, Mount):
            href = reverse("restore:folder_list", args=[outcome.pk]) + place_of(request.POST.get("file", ""))
            return HttpResponseClientRedirect(href) if request.htmx else redirect(href)
        wait = outcome
    near = near_limits(backup.tenant_id, QuotaKind.OPEN_MOUNTS)
    file = request.POST.get("file") or request.GET.get("file") or ""
    context = {
        "backup": backup,
        "form": form,
        "near_limits": near,
        "wait": wait,
        "file": file,
        "looked_at": looked_at_before(request.access, backup),
    }
    return page(request, "restore/mount_open.html", context, part="form")


def place_of(file: str) -> str:
    """The part of the address that leads to a file's folder, turned to the file; "" for none."""
    folder, _slash, name = file.rpartition("/")
    return f"?{urlencode({'path': folder or '/', 'jump': name})}" if name else ""


def waiting_for(request: PortalRequest, backup: Backup, form: MountOpenForm) -> Wait | None:
    """The place in the queue of somebody who has asked to open it and can't yet."""
    if request.method != "POST" or not form.is_valid() or not backup.is_restorable:
        return None
    return wait_for_turn(request.user, backup, form.cleaned_data["disk"])


def opened(request: PortalRequest, backup: Backup, form: MountOpenForm) -> Mount | Wait | None:
    """Asks the service; None when the form has to say why nothing was opened."""
    reason = form.cleaned_data.get("reason", "")
    service = MountService(Actor.of(request))
    try:
        mount = service.open(backup=backup, disk_index=form.cleaned_data["disk"], reason=reason)
    except Refused as refusal:
        form.add_error(None, str(refusal))
    except HubError as error:
        if error.code is Code.MOUNTS_FULL:
            # Others than the portal's people took the last one.
            return join_queue(request.user, backup)
        form.add_error(None, error.sentence)
        form.add_error(None, str(BY_CODE[error.code].next_step))
    else:
        for warning in service.warnings:
            messages.warning(request, warning)
        return mount
    return None


def named_backup(request: PortalRequest) -> str:
    """The key in the form or the address."""
    return request.POST.get("backup") or request.GET.get("backup") or ""


def visible_backup(request: PortalRequest) -> Backup:
    """The backup that the request names, if this person may know of it."""
    rows = Backup.objects.visible_to(request.access).select_related("vm", "hub", "tenant")
    try:
        backup = rows.filter(pk=named_backup(request)).first()
    except ValidationError:
        backup = None
    if backup is None:
        raise Http404("not found")
    return backup


def points(request: PortalRequest) -> QuerySet[Backup]:
    """Backups whose files can be asked for."""
    return Backup.objects.visible_to(request.access).filter(restorable())


def open_mounts(request: PortalRequest) -> QuerySet[Mount]:
    """What this person may see of what is open, the first to end first."""
    live = [Mount.State.OPEN, Mount.State.OPENING]
    rows = Mount.objects.visible_to(request.access).filter(state__in=live, is_spare=False)
    return rows.select_related("backup__vm", "tenant", "hub").order_by("expires_at")
