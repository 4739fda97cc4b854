"""What is packed in the background: asking for it, watching, fetching."""

import asyncio
import os
from pathlib import Path

from asgiref.sync import sync_to_async
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from restore import parcel_files, parcels
from restore.deliveries import OPAQUE, ByteResponse, Delivery, safe_headers
from restore.downloads import DownloadService
from restore.folders import FolderService
from restore.formats import WRITERS
from restore.guard import ROOT
from restore.handovers import is_allowed
from restore.models import Handover, Mount, Parcel
from restore.mounts import MountService
from restore.orders import bytes_wanted
from restore.reasons import has_said_why
from restore.refusals import Refused
from restore.selections import Item, Selection, reason_given
from restore.views.folders import to_opening
from restore.views.tabs import tabs
from sendense_portal.audit.log import Actor
from sendense_portal.tenancy.access import require
from sendense_portal.tenancy.requests import PortalRequest
from sendense_portal.tenancy.roles import Action
from sendense_portal.ui.pages import page


@require(Action.FILE_DOWNLOAD, on=Mount)
def folder_pack(request: PortalRequest, pk: str) -> HttpResponse:
    """GET says what packing a folder in the background means; POST has it done."""
    mount: Mount = request.target
    if not has_said_why(request.access, mount):
        return to_opening(request, mount)
    asked = request.POST if request.method == "POST" else request.GET
    folder = FolderService(MountService(Actor.of(request)), mount).folder(asked.get("path") or ROOT)
    problem = ""
    if request.method == "POST" and asked.get("format") in WRITERS:
        own = folder.path.rpartition("/")[2]
        selection = Selection(
            [Item(mount.backup, mount.disk_index, folder.path, is_file=False)],
            f"{mount.backup.vm.name} {own}".strip(),
        )
        reason = reason_given(request.user, selection)
        try:
            parcel = parcels.ask(Actor.of(request), selection, asked["format"], reason=reason)
            return redirect("restore:parcel_detail", parcel.pk)
        except Refused as refusal:
            problem = str(refusal)
    context = {
        "mount": mount,
        "folder": folder,
        "formats": Parcel.Format.choices,
        "is_large": "large" in request.GET,
        "problem": problem,
    }
    return page(request, "restore/folder_pack.html", context, status=409 if problem else 200)


@require(Action.FILE_DOWNLOAD, on=Parcel)
def parcel_detail(request: PortalRequest, pk: str) -> HttpResponse:
    """How far it is, and where to fetch it."""
    context = {
        "parcel": request.target,
        "tabs": tabs(request, "download_list"),
        "handovers": Handover.objects.visible_to(request.access).filter(parcel=request.target),
        "may_hand_over": request.target.is_ready and is_allowed(request.target),
    }
    return page(request, "restore/parcel_detail.html", context, part="live")


@require(Action.FILE_DOWNLOAD, on=Parcel)
@require_POST
def parcel_cancel(request: PortalRequest, pk: str) -> HttpResponse:
    """Its person does not want it any more."""
    parcels.cancel(Actor.of(request), request.target)
    messages.success(request, _("%(name)s was cancelled.") % {"name": request.target.shown_name})
    return redirect("restore:parcel_detail", pk)


@require(Action.FILE_DOWNLOAD, on=Parcel)
@require_safe
async def parcel_file(request: PortalRequest, pk: str) -> HttpResponseBase:
    """Its bytes, or those that Range asks for."""
    parcel: Parcel = request.target
    if not parcel.is_ready or not parcel_files.path_of(parcel).exists():
        raise Http404("not found")
    size, etag = parcel.size or 0, f'"{parcel.sha256}"'
    wanted, status, headers = bytes_wanted(request, size, etag)
    headers = safe_headers(parcel.file_name) | headers
    if wanted is None or request.method == "HEAD":
        return HttpResponse(status=status, content_type=OPAQUE, headers=headers)
    service = DownloadService(Actor.of(request))
    try:
        files = await sync_to_async(parcel_files.released)(parcel)
        begun = await sync_to_async(service.begin_parcel)(parcel, wanted.start, wanted.length)
    except Refused as refusal:
        return await sync_to_async(told)(request, str(refusal))
    reader = BuiltReader(parcel_files.path_of(parcel), parcel.sha256)
    return ByteResponse(Delivery(service, *begun).file(reader, wanted, files, parcel.note), headers, status)


def told(request: PortalRequest, problem: str) -> HttpResponse:
    """Why it can't be fetched now."""
    context = {"parcel": request.target, "problem": problem, "tabs": tabs(request, "download_list")}
    return page(request, "restore/parcel_detail.html", context, status=409)


class BuiltReader:
    """Reads what is packed; a reader keeps its bytes also when it is removed meanwhile."""

    def __init__(self, path: Path, sha256: str) -> None:
        self.handle: int | None = os.open(path, os.O_RDONLY)
        self.known_sha256 = sha256

    @property
    def sha256(self) -> str:
        """Of the whole file."""
        return self.known_sha256

    async def part(self, offset: int, count: int) -> bytes:
        """Bytes from ``offset``. Raises OSError when the file is cut."""
        assert self.handle is not None
        data = await asyncio.to_thread(os.pread, self.handle, count, offset)
        if not data:
            raise OSError("the file ends before its end")
        return data

    def close(self) -> None:
        """May be called more than once."""
        if self.handle is not None:
            os.close(self.handle)
            self.handle = None
