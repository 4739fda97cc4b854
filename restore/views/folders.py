"""The files of an open restore point."""

from django.core.cache import cache
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect
from django_tables2 import RequestConfig

from restore.basket import basket_of
from restore.browsing import crumbs, disk_name, tree
from restore.folders import FolderService
from restore.guard import ROOT
from restore.listings import StillListing
from restore.models import Folder, Mount
from restore.mounts import MountClosed, MountService, successor_of
from restore.names import visible
from restore.pasted import find_pasted
from restore.readability import unread_part
from restore.reasons import has_said_why
from restore.releases import rules_of
from restore.room import overtakes
from restore.tables import FileTable
from restore.windows import Window
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
PATIENCE = 1.5
"""Seconds that a page waits for the hub before it shows how far the hub is."""
PARTS = {"files": "files", "file-rows": "rows"}
"""What is drawn of the page, by what htmx will replace."""


@require(Action.FOLDER_LIST, on=Mount)
def folder_list(request: PortalRequest, pk: str) -> HttpResponse:
    """Two panes: the tree of folders, and the entries of ``?path=``, filtered, sorted and paged.

    ``?go=`` is a path as somebody pasted it, ``?jump=`` the beginning of a name to turn to.
    """
    mount: Mount = request.target
    if not has_said_why(request.access, mount):
        return to_opening(request, mount)
    if successor := successor_of(mount):
        return redirect(f"{reverse('restore:folder_list', args=[successor.pk])}?{request.GET.urlencode()}")
    path = request.GET.get("path") or ROOT
    mounts = MountService(Actor.of(request))
    folders = FolderService(mounts, mount, PATIENCE)
    problem = ""
    try:
        must_not_overtake(request, folders, path)
        if pasted := request.GET.get("go", "").strip():
            if found := find_pasted(folders, pasted, path):
                return redirect(f"{request.path}?{urlencode(found)}")
            problem = _("There is no “%(path)s” in this restore point.") % {"path": visible(pasted)}
        folder = folders.folder(path)
    except StillListing as listing:
        context = {"mount": mount, "listing": listing, "path": visible(listing.path)}
        return page(request, "restore/folder_waiting.html", context, part="browser", status=202)
    except MountClosed as refusal:
        context = {"mount": mount, "text": str(refusal), "path": visible(path)}
        return page(request, "restore/mount_closed.html", context, part="browser", status=409)
    except UnsafePath as error:
        record_listing(request, mount, path, Outcome.REFUSED, reason=error.sentence)
        raise
    record_listing(request, mount, folder.path, Outcome.OK)
    mounts.note_use(mount)
    return shown(request, folders, folder, problem)


def must_not_overtake(request: PortalRequest, folders: FolderService, path: str) -> None:
    """Whoever goes on after the hour is over gets a mount for what is not known only in turn. Raises
    MountClosed."""
    mount = folders.mount
    is_over = mount.state in (Mount.State.OPEN, Mount.State.EXPIRED) and not mount.has_time
    if is_over and not folders.known(path) and overtakes(request.user, mount.backup):
        raise MountClosed(
            _("Its time is over, and others wait for a place at the hub. Open it again: you get one in turn.")
        )


def shown(request: PortalRequest, folders: FolderService, folder: Folder, problem: str) -> HttpResponse:
    """The page of a folder that is known."""
    mount, name = folders.mount, disk_name(folders.mount.disk_index)
    window = Window(folder, request.GET.get("q", "").strip())
    table = FileTable(window)
    may_take = request.access.can(Action.FILE_DOWNLOAD, mount.tenant_id)
    table.mount, table.may_download = mount, may_take and not (mount.tenant and mount.tenant.downloads_off)
    RequestConfig(request, paginate=False).configure(table)
    found = window.position(request.GET["jump"]) if request.GET.get("jump") else None
    number = found // FileTable.per_page + 1 if found is not None else number_in(request, window)
    table.paginate(page=number, per_page=FileTable.per_page)
    kept = {key: request.GET[key] for key in ("sort", "q") if request.GET.get(key)}
    context = {
        "mount": mount,
        "folder": folder,
        "search": window.search,
        "table": table,
        "found": found,
        "problem": problem,
        "rules": rules_of(mount.tenant) if may_take else "",
        "pasted": request.GET.get("go", "") if problem else "",
        "rows_url": f"{request.path}?{urlencode({'path': folder.path} | kept)}",
        # Not asked for where only rows are drawn.
        "unread": lambda: unread_part(mount, folder) if folder.path == ROOT else "",
        "crumbs": lambda: crumbs(folder, name, folders.known(ROOT)),
        "tree": lambda: tree(folders, folder, name),
        "others": lambda: mount.uses.exclude(person=request.user).select_related("person"),
        "basket_count": lambda: basket_of(request.access).count(),
    }
    return page(
        request, "restore/folder_list.html", context, part=PARTS.get(request.htmx.target or "", "browser")
    )


def number_in(request: PortalRequest, window: Window) -> int:
    """The page of the address, or the one that is nearest to it."""
    try:
        number = int(request.GET.get("page", 1))
    except ValueError:
        return 1
    return max(1, min(number, -(-window.total // FileTable.per_page)))


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
