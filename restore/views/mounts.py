"""What is open, and closing it."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRedirect
from django_tables2 import RequestConfig

from restore.forms import CloseForm
from restore.models import Download, Mount
from restore.mounts import MountService
from restore.notices import give_notice, needs_notice
from restore.reasons import has_said_why
from restore.refusals import Refused
from restore.slots import slots_seen_by
from restore.tables import MountTable
from restore.views.folders import to_opening
from restore.views.points import open_mounts
from restore.views.tabs import tabs
from sendense_portal.audit.log import Actor
from sendense_portal.hub import HubError
from sendense_portal.tenancy.access import require
from sendense_portal.tenancy.requests import PortalRequest
from sendense_portal.tenancy.roles import Action
from sendense_portal.ui.dialogs import closed_dialog
from sendense_portal.ui.pages import page
from vms.customers import has_several


@require(Action.MOUNT_VIEW)
def mount_list(request: PortalRequest) -> HttpResponse:
    """Open restore points with the time they have left."""
    rows = open_mounts(request).prefetch_related("uses__person")
    table = MountTable(rows, exclude=() if has_several(request.access) else ("customer",))
    RequestConfig(request, paginate={"per_page": MountTable.per_page}).configure(table)
    context = {"tabs": tabs(request, "mount_list"), "table": table, "slots": slots_seen_by(request.access)}
    return page(request, "restore/mount_list.html", context, part="table")


@require(Action.MOUNT_CLOSE, on=Mount)
def mount_close(request: PortalRequest, pk: str) -> HttpResponse:
    """Says who else uses it, and closes it when confirmed."""
    mount: Mount = request.target
    form = None
    if needs_notice(request.access, mount):
        form = CloseForm(request.POST if request.method == "POST" else None)
    problem = ""
    if request.method == "POST" and (form is None or form.is_valid()):
        if form and form.cleaned_data["when"] == CloseForm.WITH_NOTICE:
            give_notice(Actor.of(request), mount, form.cleaned_data["reason"])
            return announced(request, mount)
        try:
            MountService(Actor.of(request)).close(mount, reason=form.cleaned_data["reason"] if form else "")
        except HubError as error:
            problem = error.sentence
        else:
            return closed(request, mount)
    context = {
        "mount": mount,
        "problem": problem,
        "form": form,
        "others": mount.uses.exclude(person=request.user).select_related("person"),
        "running": Download.objects.visible_to(request.access)
        .filter(backup=mount.backup_id, disk_index=mount.disk_index, state=Download.State.RUNNING)
        .count(),
    }
    return page(request, "restore/mount_close.html", context, part="dialog")


@require(Action.MOUNT_OPEN, on=Mount)
@require_POST
def mount_extend(request: PortalRequest, pk: str) -> HttpResponse:
    """Another hour; back to where the person was, with what came of it."""
    mount: Mount = request.target
    if not has_said_why(request.access, mount):
        return to_opening(request, mount)
    try:
        MountService(Actor.of(request)).extend(mount)
    except Refused as refusal:
        messages.warning(request, str(refusal))
    except HubError as error:
        messages.error(request, error.sentence)
    else:
        messages.success(request, _("It stays open for another hour."))
    back = request.POST.get("next", "")
    known = url_has_allowed_host_and_scheme(back, {request.get_host()}, request.is_secure())
    return redirect(back if known else "restore:mount_list")


def announced(request: PortalRequest, mount: Mount) -> HttpResponse:
    """To the list, which says when it closes."""
    messages.success(request, _("The people in %(point)s were told.") % {"point": mount})
    where = reverse("restore:mount_list")
    return HttpResponseClientRedirect(where) if request.htmx else redirect(where)


@require(Action.FOLDER_LIST, on=Mount)
def mount_notice(request: PortalRequest, pk: str) -> HttpResponse:
    """What its people have to know of it just now: a part of their page."""
    return render(request, "restore/components/notice.html", {"mount": request.target})


def closed(request: PortalRequest, mount: Mount) -> HttpResponse:
    """Back to where the person was; from its own files to the list."""
    text = _("%(point)s was closed.") % {"point": mount}
    browsing = f"/{mount.pk}/files/" in (request.htmx.current_url_abs_path or "")
    if request.htmx and not browsing:
        return closed_dialog(_("Closed"), text, refresh="mounts")
    messages.success(request, text)
    return (
        HttpResponseClientRedirect(reverse("restore:mount_list"))
        if request.htmx
        else redirect("restore:mount_list")
    )
