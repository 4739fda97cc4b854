"""What is open, and closing it."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect
from django_tables2 import RequestConfig

from restore.models import Download, Mount
from restore.mounts import MountService
from restore.slots import slots_seen_by
from restore.tables import MountTable
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
    problem = ""
    if request.method == "POST":
        try:
            MountService(Actor.of(request)).close(mount)
        except HubError as error:
            problem = error.sentence
        else:
            return closed(request, mount)
    context = {
        "mount": mount,
        "problem": problem,
        "others": mount.uses.exclude(person=request.user).select_related("person"),
        "running": Download.objects.visible_to(request.access)
        .filter(backup=mount.backup_id, disk_index=mount.disk_index, state=Download.State.RUNNING)
        .count(),
    }
    return page(request, "restore/mount_close.html", context, part="dialog")


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
