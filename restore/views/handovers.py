"""Links for people outside: making and revoking them, and the page behind them."""

from collections.abc import AsyncGenerator
from typing import Any

from asgiref.sync import sync_to_async
from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_POST

from restore import handovers, parcel_files
from restore.deliveries import ByteResponse, Delivery, safe_headers
from restore.downloads import DownloadService
from restore.models import Handover, Parcel
from restore.ranges import ByteRange
from restore.refusals import Refused
from restore.views.parcels import BuiltReader
from sendense_portal.audit.log import Actor
from sendense_portal.people.mails import address
from sendense_portal.tenancy.access import public, require
from sendense_portal.tenancy.requests import PortalRequest
from sendense_portal.tenancy.roles import Action
from sendense_portal.ui.pages import page


class HandoverForm(forms.Form):
    """Who it is for, and for how long."""

    recipient = forms.CharField(label=_lazy("For whom"), max_length=200)
    hours = forms.TypedChoiceField(
        label=_lazy("Works for"), coerce=int, initial=24,
        choices=[(4, _lazy("4 hours")), (24, _lazy("1 day")), (72, _lazy("3 days"))],
    )  # fmt: skip


@require(Action.FILE_DOWNLOAD, on=Parcel)
def handover_make(request: PortalRequest, pk: str) -> HttpResponse:
    """GET asks for whom; POST makes the link and shows it with its pass-phrase, this once."""
    parcel: Parcel = request.target
    data = request.POST if request.method == "POST" else None
    form = HandoverForm(data)
    context: dict[str, Any] = {"parcel": parcel, "form": form, "is_allowed": handovers.is_allowed(parcel)}
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data
        try:
            made = handovers.make(Actor.of(request), parcel, chosen["recipient"], chosen["hours"])
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            handover, token, passphrase = made
            link = address(reverse("handover", args=[token]))
            context |= {"handover": handover, "link": link, "passphrase": passphrase}
    return page(request, "restore/handover_make.html", context)


@require(Action.FILE_DOWNLOAD, on=Handover)
@require_POST
def handover_revoke(request: PortalRequest, pk: str) -> HttpResponse:
    """Ends a link of one's own."""
    handover: Handover = request.target
    handovers.revoke(Actor.of(request), handover)
    messages.success(request, _("The link for %(name)s works no longer.") % {"name": handover.recipient})
    return redirect("restore:parcel_detail", handover.parcel_id)


@public
async def handover(request: PortalRequest, token: str) -> HttpResponseBase:
    """GET shows a field for the pass-phrase and nothing else, whatever the link; POST gives the file."""
    if request.method in ("GET", "HEAD"):
        return await sync_to_async(ask)(request)
    if request.method != "POST":
        return HttpResponseNotAllowed(["GET", "POST"])
    came_from = request.META.get("REMOTE_ADDR") or ""
    claimed = await sync_to_async(handovers.claim)(came_from, token, request.POST.get("passphrase", "")[:200])
    if claimed is None:
        return await sync_to_async(ask)(request, is_wrong=True)
    try:
        return await sync_to_async(deliver)(claimed, came_from)
    except BaseException as error:
        await sync_to_async(Handover.objects.filter(pk=claimed.pk).update)(claimed_at=None)
        if not isinstance(error, Refused | OSError):
            raise
        return await sync_to_async(ask)(request, is_wrong=True)


def ask(request: PortalRequest, *, is_wrong: bool = False) -> HttpResponse:
    """The page of every link."""
    # No 4xx: Django's log would have the address, and with it the link.
    response = page(request, "restore/handover.html", {"is_wrong": is_wrong})
    # The link itself must not travel on.
    response["Referrer-Policy"] = "same-origin"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


def deliver(claimed: Handover, came_from: str) -> ByteResponse:
    """The whole file. Raises Refused, OSError."""
    parcel = claimed.parcel
    files = parcel_files.released(parcel)
    service = DownloadService(handovers.outsider(claimed, came_from))
    reader = BuiltReader(parcel_files.path_of(parcel), parcel.sha256)
    size = parcel.size or 0
    try:
        delivery = Delivery(service, *service.begin_parcel(parcel, 0, size))
    except BaseException:
        reader.close()
        raise
    headers = safe_headers(parcel.file_name) | {"Content-Length": str(size)}
    parts = delivery.file(reader, ByteRange(0, size), files, parcel.note)
    return ByteResponse(with_receipt(parts, delivery, claimed, came_from), headers)


async def with_receipt(
    parts: AsyncGenerator[bytes], delivery: Delivery, claimed: Handover, came_from: str
) -> AsyncGenerator[bytes]:
    """The bytes; then, however it ended, the link learns of it."""
    try:
        async for part in parts:
            yield part
    finally:
        await parts.aclose()
        await sync_to_async(handovers.ended)(claimed, delivery.download, came_from)
