"""The files of an open restore point."""

from django.core.cache import cache
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django_htmx.http import HttpResponseClientRedirect
from django_tables2 import RequestConfig

from restore.browsing import crumbs, disk_name, tree
from restore.folders import FolderService
from restore.guard import ROOT
from restore.models import FileEntry, Folder, Mount
from restore.mounts import MountClosed, MountService, has_said_why, successor_of
from restore.names import visible
from restore.tables import FileTable
from sendense_portal.audit import log
from sendense_portal.audit.log import Actor
from sendense_portal.audit.models import Outcome
from sendense_portal.hub import UnsafePath
from sendense_portal.tenancy.access import require
from sendense_portal.tenancy.requests import PortalRequest
from sendense_portal.tenancy.roles import Action
from sendense_portal.ui.pages import page

LISTING_AGAIN_AFTER = 600
"""Seconds in which one person's sorting and paging of one folder is one entry of the trail."""


@require(Action.FOLDER_LIST, on=Mount)
def folder_list(request: PortalRequest, pk: str) -> HttpResponse:
    """Two panes: the tree of folders, and the entries of ``?path=``, filtered, sorted and paged."""
    mount: Mount = request.target
    if not has_said_why(request.access, mount):
        return to_opening(request, mount)
    if successor := successor_of(mount):
        return redirect(f"{reverse('restore:folder_list', args=[successor.pk])}?{request.GET.urlencode()}")
    path = request.GET.get("path") or ROOT
    mounts = MountService(Actor.of(request))
    folders = FolderService(mounts, mount)
    try:
        folder = folders.folder(path)
    except MountClosed as refusal:
        context = {"mount": mount, "text": str(refusal), "path": visible(path)}
        return page(request, "restore/mount_closed.html", context, part="browser", status=409)
    except UnsafePath as error:
        record_listing(request, mount, path, Outcome.REFUSED, reason=error.sentence)
        raise
    record_listing(request, mount, folder.path, Outcome.OK)
    mounts.note_use(mount)
    name = disk_name(mount.disk_index)
    search = request.GET.get("q", "").strip()
    context = {
        "mount": mount,
        "folder": folder,
        "search": search,
        "table": file_table(request, mount, matching(folder, search)),
        "crumbs": crumbs(folder, name, folders.known(ROOT)),
        "tree": tree(folders, folder, name),
        "others": mount.uses.exclude(person=request.user).select_related("person"),
    }
    part = "files" if request.htmx.target == "files" else "browser"
    return page(request, "restore/folder_list.html", context, part=part)


def matching(folder: Folder, search: str) -> QuerySet[FileEntry]:
    """The entries whose name contains the text, whatever its case."""
    entries = folder.entries.all()
    return entries.filter(sort_name__contains=FileEntry.sortable(search)) if search else entries


def file_table(request: PortalRequest, mount: Mount, entries: QuerySet[FileEntry]) -> FileTable:
    """One page of a folder."""
    table = FileTable(entries)
    table.mount, table.may_download = mount, request.access.can(Action.FILE_DOWNLOAD, mount.tenant_id)
    RequestConfig(request, paginate={"per_page": FileTable.per_page}).configure(table)
    return table


def to_opening(request: PortalRequest, mount: Mount) -> HttpResponse:
    """Asks provider staff for their reason first."""
    query = urlencode({"backup": str(mount.backup_id), "disk": str(mount.disk_index)})
    href = f"{reverse('restore:mount_open')}?{query}"
    return HttpResponseClientRedirect(href) if request.htmx else redirect(href)


def record_listing(request: PortalRequest, mount: Mount, path: str, outcome: Outcome, **facts: str) -> None:
    """Provider staff who look into a customer's folders leave a trace; so does whoever is refused."""
    if outcome == Outcome.OK:
        if not request.access.is_provider or mount.tenant_id is None:
            return
        key = f"listed:{request.user.pk}:{mount.pk}:{Folder.digest(path)}"
        if not cache.add(key, 1, LISTING_AGAIN_AFTER):
            return
    log.record(Actor.of(request), Action.FOLDER_LIST, outcome, mount, path=path[:1000], **facts)
