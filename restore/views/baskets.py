"""The basket: putting in, looking, and taking it all out at once."""

import json
from contextlib import suppress
from itertools import groupby

from asgiref.sync import sync_to_async
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from restore import parcels
from restore.archives import Archive
from restore.basket import basket_of, put, put_folder, put_matching, refill
from restore.deliveries import ByteResponse, Delivery, safe_headers
from restore.downloads import DownloadService
from restore.folders import FolderService
from restore.formats import WRITERS
from restore.models import BasketItem, Download, FileEntry, Folder, Mount, Parcel
from restore.mounts import MountService
from restore.reasons import has_said_why, must_say_why
from restore.refusals import Refused
from restore.releases import member_rule, must_be_on
from restore.selections import Extent, Selection, reason_given, survey
from restore.turns import in_line
from restore.views.folders import to_opening
from restore.views.tabs import tabs
from sendense_portal.audit.log import Actor
from sendense_portal.hub import Code, HubBusy
from sendense_portal.tenancy.access import condition_for, require
from sendense_portal.tenancy.requests import PortalRequest
from sendense_portal.tenancy.roles import Action
from sendense_portal.ui.pages import page

MOST_SHOWN = 500
WAITS_FOR = 120.0
"""Seconds that an archive pauses on its way when a hub has no mount free for one of its points."""


@require(Action.FILE_DOWNLOAD)
def basket(request: PortalRequest) -> HttpResponse:
    """What is in it, by customer and restore point."""
    return shown(request)


def shown(request: PortalRequest, problem: str = "") -> HttpResponse:
    """The page; with a problem it is the answer to what could not be taken."""
    rows = basket_of(request.access).select_related("backup__vm", "backup__tenant")
    rows = rows.order_by(
        "backup__tenant__name", "backup__vm__name", "backup__created_at", "disk_index", "path"
    )
    items = list(rows)
    lots = [
        {
            "tenant": tenant,
            "count": len(lot := list(group)),
            "size": sum(item.size or 0 for item in lot),
            "is_size_known": all(item.size is not None for item in lot),
            "points": points_of(lot[:MOST_SHOWN]),
            "more": max(len(lot) - MOST_SHOWN, 0),
        }
        for tenant, group in groupby(items, key=lambda item: item.backup.tenant)
    ]
    context = {
        "tabs": tabs(request, "basket"),
        "lots": lots,
        "formats": Parcel.Format.choices,
        "problem": problem,
        "parcels": Parcel.objects.visible_to(request.access)[:20],
    }
    return page(request, "restore/basket.html", context, part="live", status=409 if problem else 200)


def points_of(items: list[BasketItem]) -> list[tuple[BasketItem, list[BasketItem]]]:
    """Items by disk of a point, each with the first of them."""
    grouped = groupby(items, key=lambda item: (item.backup_id, item.disk_index))
    return [(lot[0], lot) for lot in (list(group) for _key, group in grouped)]


@require(Action.FILE_DOWNLOAD, on=Mount)
@require_POST
def basket_add(request: PortalRequest, pk: str) -> HttpResponse:
    """Puts in what was chosen of a folder, or all of it (``do=all``, narrowed by the filter)."""
    mount: Mount = request.target
    if not has_said_why(request.access, mount):
        return to_opening(request, mount)
    folder = FolderService(MountService(Actor.of(request)), mount).folder(request.POST.get("path") or "/")
    try:
        count = added(request, folder)
    except Refused as refusal:
        tone, text = "error", str(refusal)
    else:
        tone = "success" if count else "info"
        text = ngettext("%(count)d was put in the basket.", "%(count)d were put in the basket.", count)
        text = text % {"count": count} if count else _("Nothing new was chosen.")
    if not request.htmx:
        messages.add_message(request, messages.SUCCESS if tone == "success" else messages.WARNING, text)
        return redirect(safe_back(request, mount))
    response = page(
        request, "restore/components/basket_link.html", {"basket_count": basket_of(request.access).count()}
    )
    toast = {"tone": tone, "title": text, "text": "", "href": reverse("restore:basket")}
    response["HX-Trigger"] = json.dumps(
        {"toast": toast} | ({"basketFilled": None} if tone != "error" else {})
    )
    return response


def added(request: PortalRequest, folder: Folder) -> int:
    """Does it; how many were new. Raises BasketFull."""
    if request.POST.get("do") == "all":
        search = request.POST.get("q", "").strip()
        return put_matching(request.access, folder, search) if search else put_folder(request.access, folder)
    keys = [int(key) for key in request.POST.getlist("entry") if key.isdecimal()]
    chosen: list[FileEntry] = []
    for start in range(0, len(keys), 500):
        chosen += folder.entries.filter(pk__in=keys[start : start + 500])
    return put(request.access, folder, chosen)


def safe_back(request: PortalRequest, mount: Mount) -> str:
    """Where the person was, if that is in the portal."""
    back = request.POST.get("back", "")
    known = url_has_allowed_host_and_scheme(back, {request.get_host()}, request.is_secure())
    return back if known else reverse("restore:folder_list", args=[mount.pk])


@require(Action.FILE_DOWNLOAD)
@require_POST
def basket_remove(request: PortalRequest) -> HttpResponse:
    """Takes one thing out again, or everything (``item=all``)."""
    mine = BasketItem.objects.filter(person=request.user)
    wanted = request.POST.get("item", "")
    # Somebody else's and nonsense are not in it either.
    with suppress(ValidationError):
        (mine if wanted == "all" else mine.filter(pk=wanted)).delete()
    return redirect("restore:basket")


@require(Action.FILE_DOWNLOAD, on=Download)
@require_POST
def basket_refill(request: PortalRequest, pk: str) -> HttpResponse:
    """Puts what an earlier archive was made of in the basket again."""
    download: Download = request.target
    try:
        new, gone = refill(request.access, download.items)
    except Refused as refusal:
        messages.warning(request, str(refusal))
        return redirect("restore:basket")
    if new:
        text = ngettext("%(count)d was put in the basket.", "%(count)d were put in the basket.", new)
        messages.success(request, text % {"count": new})
    elif not gone:
        messages.info(request, _("All of it is in the basket already."))
    if gone:
        text = ngettext(
            "%(count)d is of a restore point that is gone.",
            "%(count)d are of restore points that are gone.",
            gone,
        )
        messages.warning(request, text % {"count": gone})
    return redirect("restore:basket")


@require(Action.FILE_DOWNLOAD)
@require_POST
async def basket_take(request: PortalRequest) -> HttpResponseBase:
    """All of it that is one customer's: streamed if it is small, packed in the background if not."""
    try:
        prepared = await sync_to_async(prepare)(request)
        if isinstance(prepared, HttpResponse):
            return prepared
        selection, archive, file_name = prepared
        service = DownloadService(Actor.of(request))
        begun = await sync_to_async(service.begin_selection)(selection, file_name)
        return ByteResponse(Delivery(service, *begun).archive(archive), safe_headers(file_name))
    except Refused as refusal:
        return await sync_to_async(shown)(request, str(refusal))


def prepare(request: PortalRequest) -> HttpResponse | tuple[Selection, Archive, str]:
    """What will be streamed, or the answer that comes instead. Raises Refused."""
    rows = [
        row
        for row in basket_of(request.access).select_related("backup__vm", "backup__hub", "backup__tenant")
        if str(row.backup.tenant_id or "") == request.POST.get("tenant", "")
    ]
    archive_format = request.POST.get("format", "zip")
    if not rows or archive_format not in WRITERS:
        raise Refused(_("There is nothing in the basket that could be taken."))
    selection = Selection.of_basket(rows)
    if answer := condition_for(request, Action.FILE_DOWNLOAD, selection.tenant_id):
        return answer
    if not request.access.can(Action.MOUNT_OPEN, selection.tenant_id):
        raise PermissionDenied(Action.MOUNT_OPEN.label)
    reason = reason_given(request.user, selection)
    if must_say_why(request.access, selection.tenant_id) and not reason:
        raise Refused(_("Open one of these restore points first, and say why."))
    actor = Actor.of(request)
    mounts = MountService(actor)
    must_be_on(selection.backup.tenant)
    try:
        extent = survey(selection.tops(mounts, reason))
    except HubBusy as error:
        if error.code is not Code.MOUNTS_FULL:
            raise
        messages.info(request, _("All places of the hub are in use: it is packed as soon as there is one."))
        extent = None
    tenant = selection.backup.tenant
    must_wait = tenant is not None and tenant.four_eyes_download
    if extent is None or must_wait or request.POST.get("later"):
        return asked(request, selection, archive_format, reason, extent)
    # A place that was there a moment ago may be somebody else's when its turn has come.
    wait = in_line(request.access.user, WAITS_FOR)
    tops = selection.tops(mounts, reason, wait_for_room=wait)
    archive = Archive(WRITERS[archive_format](), tops, selection.name, member_rule(tenant))
    return selection, archive, f"{selection.name}.{archive_format}"


def asked(
    request: PortalRequest, selection: Selection, archive_format: str, reason: str, extent: Extent | None
) -> HttpResponse:
    """Has it packed, and leads to where one sees how far it is."""
    parcel = parcels.ask(Actor.of(request), selection, archive_format, reason=reason, extent=extent)
    return redirect("restore:parcel_detail", parcel.pk)
