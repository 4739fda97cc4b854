"""Taking files and folders out, and the list of what was taken."""

from pathlib import Path

from asgiref.sync import sync_to_async
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from django_tables2 import RequestConfig

from restore import evidence
from restore.archives import Archive, Top
from restore.deliveries import OPAQUE, ByteResponse, Delivery, opened, safe_headers, stepwise
from restore.downloads import DownloadService
from restore.files import FileService
from restore.folders import FolderService
from restore.formats import WRITERS
from restore.guard import ROOT
from restore.models import Download, Manifest, Mount, Parcel, SigningKey
from restore.mounts import MountService
from restore.names import archived
from restore.orders import FileOrder
from restore.reasons import has_said_why
from restore.refusals import Refused
from restore.releases import member_rule
from restore.selections import survey
from restore.tables import DownloadTable
from restore.views.folders import to_opening
from restore.views.tabs import tabs
from sendense_portal.audit.log import Actor
from sendense_portal.hub import UnsafePath
from sendense_portal.tenancy.access import require
from sendense_portal.tenancy.requests import PortalRequest
from sendense_portal.tenancy.roles import Action
from sendense_portal.ui.pages import page
from vms.customers import has_several

VERIFIER = Path(evidence.__file__).parent / "standalone" / "verify_manifest.py"


@require(Action.FILE_DOWNLOAD)
def download_list(request: PortalRequest) -> HttpResponse:
    """Who took what, and how it ended."""
    rows = Download.objects.visible_to(request.access).select_related(
        "backup__vm", "mount", "tenant", "manifest"
    )
    table = DownloadTable(rows, exclude=() if has_several(request.access) else ("customer",))
    RequestConfig(request, paginate={"per_page": DownloadTable.per_page}).configure(table)
    key = SigningKey.objects.first()
    context = {
        "tabs": tabs(request, "download_list"),
        "table": table,
        "key": key,
        "parcels": Parcel.objects.visible_to(request.access)[:20],
    }
    return page(request, "restore/download_list.html", context, part="table")


@require(Action.FILE_DOWNLOAD, on=Download)
@require_safe
def download_manifest(request: PortalRequest, pk: str) -> ByteResponse:
    """The signed manifest of a download that ended well."""
    download: Download = request.target
    manifest = get_object_or_404(Manifest, download=download)
    return ByteResponse(stepwise(manifest.pieces()), safe_headers(f"{download.shown_name}.manifest.json"))


@require(Action.FILE_DOWNLOAD)
@require_safe
def manifest_verifier(request: PortalRequest) -> HttpResponse:
    """The script that checks a manifest, for whoever has Python and nothing of ours."""
    return HttpResponse(VERIFIER.read_bytes(), OPAQUE, headers=safe_headers(VERIFIER.name))


@require(Action.FILE_DOWNLOAD, on=Mount)
@require_safe
async def file_download(request: PortalRequest, pk: str) -> HttpResponseBase:
    """The file at ``?path=``, or the bytes of it that Range asks for."""
    try:
        prepared = await sync_to_async(prepare)(request)
        if isinstance(prepared, HttpResponse):
            return prepared
        order = await sync_to_async(order_of)(request, prepared)
        if order.wanted is None or request.method == "HEAD":
            return HttpResponse(status=order.status, content_type=OPAQUE, headers=order.headers())
        return await deliver_file(order, prepared)
    except Refused as refusal:
        return await sync_to_async(told)(request, refusal)


@require(Action.FILE_DOWNLOAD, on=Mount)
@require_safe
async def folder_download(request: PortalRequest, pk: str) -> HttpResponseBase:
    """The folder at ``?path=`` with all below it, as a zip or what ``?format=`` says; a large one is for the
    background."""
    try:
        prepared = await sync_to_async(prepare)(request)
        if isinstance(prepared, HttpResponse):
            return prepared
        path, name = await sync_to_async(folder_of)(request, prepared)
        kind = request.GET.get("format", "zip")
        writer = WRITERS.get(kind, WRITERS["zip"])()
        headers = safe_headers(f"{name}.{kind if kind in WRITERS else 'zip'}")
        if request.method == "HEAD":
            return HttpResponse(content_type=OPAQUE, headers=headers)
        # Folders seen before are listed without the hub; that their files can't be had any more must be said
        # while there is still a page to say it on.
        prepared.mount = await sync_to_async(prepared.mounts.usable)(prepared.mount)
        files = FileService(prepared.mounts, prepared.mount)
        top = Top(prepared, files, path, archived(name))
        if await sync_to_async(survey)(iter([top])) is None:
            query = urlencode({"path": path, "large": ""})
            return redirect(f"{reverse('restore:folder_pack', args=[pk])}?{query}")
        service = DownloadService(prepared.mounts.actor)
        begun = await sync_to_async(service.begin)(prepared.mount, path, Download.Kind.FOLDER)
        archive = Archive(writer, [top], name, member_rule(begun[0].tenant))
        return ByteResponse(Delivery(service, *begun).archive(archive), headers)
    except Refused as refusal:
        return await sync_to_async(told)(request, refusal)


def prepare(request: PortalRequest) -> FolderService | HttpResponse:
    """The folders to look into, or the question that comes before."""
    mount: Mount = request.target
    if not has_said_why(request.access, mount):
        return to_opening(request, mount)
    mounts = MountService(Actor.of(request))
    mounts.note_use(mount)
    return FolderService(mounts, mount)


def order_of(request: PortalRequest, folders: FolderService) -> FileOrder:
    """What is asked for; a path that the guard refuses is in the trail."""
    try:
        return FileOrder.of(request, folders)
    except UnsafePath as error:
        refuse(request, folders, error)
        raise


def folder_of(request: PortalRequest, folders: FolderService) -> tuple[str, str]:
    """The same for a folder: its path, and what its zip is called."""
    try:
        path = folders.folder(request.GET.get("path") or ROOT).path
    except UnsafePath as error:
        refuse(request, folders, error)
        raise
    own = path.rpartition("/")[2]
    vm = folders.mount.backup.vm.name
    return path, own if own and not own.startswith("partition-") else f"{vm} {own}".strip()


def refuse(request: PortalRequest, folders: FolderService, error: UnsafePath) -> None:
    """Records who asked for what is not given."""
    service = DownloadService(folders.mounts.actor)
    service.refused(folders.mount, request.GET.get("path", ""), error.sentence)


async def deliver_file(order: FileOrder, folders: FolderService) -> HttpResponseBase:
    """Begins the download: in the trail first, then at the hub."""
    assert order.wanted is not None
    service, size, wanted = DownloadService(folders.mounts.actor), order.entry.size, order.wanted
    begun = await sync_to_async(service.begin)(
        order.mount,
        order.path,
        Download.Kind.FILE,
        size=size,
        start=wanted.start,
        wanted=wanted.length,
    )
    delivery = Delivery(service, *begun)
    try:
        # An empty file is not asked for: the hub lists pipes and devices like one, and hangs on opening them.
        reader = await opened(FileService(folders.mounts, order.mount), order.path, size) if size else None
    except BaseException as error:
        await delivery.broke_off(error, Download.State.FAILED)
        raise
    return ByteResponse(delivery.file(reader, wanted), order.headers(), order.status)


def told(request: PortalRequest, refusal: Refused) -> HttpResponse:
    """A page that says why there is no download, and leads back."""
    context = {"mount": request.target, "text": str(refusal), "title": _("This can't be downloaded now")}
    return page(request, "restore/download_refused.html", context, status=409)
