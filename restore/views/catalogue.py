"""Finding files over all restore points: the search, one name over time, what changed between two points."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _

from restore.catalogue.compare import ADDED, CHANGED, REMOVED, Comparison
from restore.catalogue.search import MOST, Found, search
from restore.catalogue.summary import seen_of, summary_of
from restore.catalogue.timeline import timeline_of, walked_of
from restore.looks import begin, must_ask
from restore.models import (
    CatalogueDisk,
    CatalogueName,
    CatalogueOwner,
    CataloguePoint,
    Mount,
)
from restore.models.catalogue import Kind
from restore.models.folders import Folder
from restore.names import visible
from restore.search_forms import FileSearchForm, LookForm
from restore.views.points import open_mounts
from restore.views.tabs import tabs
from sendense_portal.tenancy.access import condition_for, require
from sendense_portal.tenancy.requests import PortalRequest
from sendense_portal.tenancy.roles import Action
from sendense_portal.ui.pages import page

CHANGES_PER_PAGE = 100
"""Names on a page of a comparison."""
SHOWN = 50
"""Hits on a page, unless somebody asks for all of them."""


@require(Action.FOLDER_LIST)
def file_search(request: PortalRequest) -> HttpResponse:
    """Names over all points of one's customers; staff look at one customer at a time, and say why."""
    owners = CatalogueOwner.objects.visible_to(request.access)
    form = FileSearchForm(request.GET, owners, one_customer=request.access.is_staff)
    chosen = form.owners
    if form.is_valid() and (owner := form.cleaned_data.get("customer")):
        chosen = [owner]
    if request.access.is_staff:
        chosen = chosen[:1]
        for owner in chosen:
            if answer := ask_first(request, owner):
                return answer
    query = form.query(chosen) if form.is_valid() else None
    found = search(query) if query else Found([])
    most = MOST if "more" in request.GET else SHOWN
    context = {
        "tabs": tabs(request, "file_search"),
        "form": form,
        "asked": query and query.words,
        "is_short": query and query.is_short,
        "hits": seen_of(found.names[:most]),
        "left": len(found.names) - most,
        "has_more": found.has_more,
        "is_cut": found.is_cut,
        "more_url": f"?{urlencode(request.GET.dict() | {'more': '1'})}",
        "several": len(form.owners) > 1,
        "summary": summary_of(chosen),
    }
    return page(request, "restore/file_search.html", context, part="hits")


@require(Action.FOLDER_LIST)
def look_begin(request: PortalRequest, pk: int) -> HttpResponse:
    """Staff say why they look through a customer's names; POST goes on to where they were."""
    owner = get_object_or_404(CatalogueOwner.objects.visible_to(request.access), pk=pk)
    request.target = owner
    if answer := condition_for(request, Action.FOLDER_LIST, owner.tenant_id):
        return answer
    form = LookForm(request.POST or None)
    onward = request.POST.get("next") or request.GET.get("next") or ""
    if not url_has_allowed_host_and_scheme(onward, allowed_hosts=None):
        onward = reverse("restore:file_search")
    if request.method == "POST" and form.is_valid():
        begin(request, owner, form.cleaned_data["reason"])
        return redirect(onward)
    return page(request, "restore/look_begin.html", {"form": form, "owner": owner, "next": onward})


def ask_first(request: PortalRequest, owner: CatalogueOwner) -> HttpResponse | None:
    """The customer's consent and staff's reason, where these are wanted; None when nothing is missing."""
    request.target = owner
    if answer := condition_for(request, Action.FOLDER_LIST, owner.tenant_id):
        return answer
    if must_ask(request.access, request.session, owner.tenant_id):
        query = urlencode({"next": request.get_full_path()})
        return redirect(f"{reverse('restore:look_begin', args=[owner.pk])}?{query}")
    return None


@require(Action.FOLDER_LIST, on=CatalogueName)
def name_history(request: PortalRequest, pk: int) -> HttpResponse:
    """One file or folder over time, with the points that it can be taken from."""
    name = CatalogueName.objects.select_related("folder", "disk__vm", "owner__tenant").get(pk=pk)
    if answer := ask_first(request, name.owner):
        return answer
    timeline = timeline_of(name)
    context = {"name": name, "timeline": timeline, "vm": name.disk.vm}
    return page(request, "restore/name_history.html", context)


@require(Action.FOLDER_LIST, on=CatalogueName)
def name_take(request: PortalRequest, pk: int) -> HttpResponse:
    """The shortest way to a file: its bytes where a point that holds it is open, else to opening one."""
    name = CatalogueName.objects.select_related("folder", "disk__vm", "owner__tenant").get(pk=pk)
    if answer := ask_first(request, name.owner):
        return answer
    held = [stretch for stretch in timeline_of(name).stretches if stretch.newest_restorable]
    if not held or held[0].version is None:
        messages.warning(request, _("No restore point that holds it can be opened any more."))
        return redirect("restore:name_history", name.pk)
    points = [point.backup_id for point in held[0].points if point.backup.is_restorable]
    if held[0].version.kind == Kind.FILE:
        open_now = open_mounts(request).filter(
            backup__in=points, disk_index=name.disk.disk_index, state=Mount.State.OPEN
        )
        if mount := open_now.first():
            address = reverse("restore:file_download", args=[mount.pk])
            return redirect(f"{address}?{urlencode({'path': name.path})}")
    asked: dict[str, str | int] = {"backup": str(points[-1]), "disk": name.disk.disk_index, "file": name.path}
    return redirect(f"{reverse('restore:mount_open')}?{urlencode(asked)}")


@require(Action.FOLDER_LIST, on=Mount)
def mount_history(request: PortalRequest, pk: str) -> HttpResponse:
    """From the file at ``?path=`` of an open disk to its history."""
    mount: Mount = request.target
    parent, _slash, last = request.GET.get("path", "").rpartition("/")
    rows = CatalogueName.objects.visible_to(request.access).filter(
        disk__vm=mount.backup.vm_id,
        disk__disk_index=mount.disk_index,
        folder__path_digest=Folder.digest(parent or "/"),
        name=last,
    )
    if name := rows.first():
        return redirect("restore:name_history", name.pk)
    return page(request, "restore/history_unknown.html", {"mount": mount})


@require(Action.FOLDER_LIST)
def compare(request: PortalRequest, pk: int) -> HttpResponse:
    """What changed on a disk between two walked points, ``?from=`` and ``?to=``; at first the last two."""
    owners = CatalogueOwner.objects.visible_to(request.access)
    disk = get_object_or_404(CatalogueDisk.objects.select_related("vm", "owner"), pk=pk, owner__in=owners)
    if answer := ask_first(request, disk.owner):
        return answer
    points = list(walked_of(disk.pk).points)
    newer = chosen(points, request.GET.get("to"), points[-1:])
    older = chosen(points, request.GET.get("from"), [point for point in points if point is not newer][-1:])
    context = {"disk": disk, "points": points[::-1], "older": older, "newer": newer}
    if older and newer and older.position > newer.position:
        older, newer = newer, older
    if older and newer and older.position < newer.position:
        context |= compared(request, Comparison(older, newer))
    return page(request, "restore/compare.html", context, part="changes")


def chosen(
    points: list[CataloguePoint], key: str | None, otherwise: list[CataloguePoint]
) -> CataloguePoint | None:
    """The point that the address names, or the one that stands there at first."""
    return next((point for point in points if str(point.pk) == key), None) or next(iter(otherwise), None)


def compared(request: PortalRequest, comparison: Comparison) -> dict[str, object]:
    """What the page shows of a comparison."""
    word = request.GET.get("change", "")
    word = word if word in (ADDED, REMOVED, CHANGED) else ""
    folder = request.GET.get("folder", "").strip()
    names: QuerySet[CatalogueName] = comparison.names(word, folder)
    pages = Paginator(names, CHANGES_PER_PAGE)
    if not folder:  # counted already
        pages.count = comparison.counts[word] if word else sum(comparison.counts.values())
    shown = pages.get_page(request.GET.get("page"))
    kept = {key: request.GET[key] for key in ("from", "to", "change", "folder") if request.GET.get(key)}
    points = urlencode({"from": comparison.older.pk, "to": comparison.newer.pk})
    return {
        "comparison": comparison,
        "words": [(one, count, f"?{points}&change={one}") for one, count in comparison.counts.items()],
        "word": word,
        "folder": folder,
        "folders": [(path, visible(path), count) for path, count in comparison.folders()],
        "changes": comparison.changes(shown),
        "shown": shown,
        "address": urlencode(kept),
        "points_address": points,
        "older": comparison.older,
        "newer": comparison.newer,
    }
