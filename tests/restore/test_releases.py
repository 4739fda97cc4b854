"""A customer's rules of taking files out, tried at every way out there is."""

import io
import zipfile
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponseBase
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from restore import parcel_files, parcels
from restore.downloads import LOST_AFTER, DownloadService, settle_lost
from restore.models import Download, Mount, Parcel
from sendense_portal.approvals.models import ApprovalRequest
from sendense_portal.audit.models import AuditEntry, Outcome
from sendense_portal.quotas.models import DailyUse, Quota, QuotaKind
from sendense_portal.tenancy.models import Tenant
from sendense_portal.tenancy.policies import endings_of, lets_more_out
from tests.conftest import AsPerson, Cast
from tests.restore.baskets import packed, put, take
from tests.restore.conftest import actor_of
from tests.restore.evidence import handed_out, said_of
from tests.restore.small_hub import SmallHub
from tests.restore.test_downloads import BIG, body

Way = Callable[[Client, Cast, Mount], HttpResponseBase]


def by_file(browser: Client, cast: Cast, mount: Mount) -> HttpResponseBase:
    return browser.get(reverse("restore:file_download", args=[mount.pk]), {"path": BIG})


def by_folder(browser: Client, cast: Cast, mount: Mount) -> HttpResponseBase:
    return browser.get(reverse("restore:folder_download", args=[mount.pk]), {"path": "/partition-1/etc"})


def by_basket(browser: Client, cast: Cast, mount: Mount) -> HttpResponseBase:
    put(browser, cast, mount, "/partition-1", "big.bin")
    return take(browser, cast)


def by_packing(browser: Client, cast: Cast, mount: Mount) -> HttpResponseBase:
    form = {"path": "/partition-1", "format": "zip"}
    return browser.post(reverse("restore:folder_pack", args=[mount.pk]), form)


def by_parcel(browser: Client, cast: Cast, mount: Mount) -> HttpResponseBase:
    """One that was packed before the rule."""
    return browser.get(reverse("restore:parcel_file", args=[Parcel.objects.get().pk]))


@pytest.mark.parametrize("way", [by_file, by_folder, by_basket, by_packing, by_parcel])
def test_nothing_leaves_where_downloads_are_off(restorer: Client, cast: Cast, mount: Mount, way: Way) -> None:
    if way is by_parcel:
        packed(restorer, cast, mount)
    Tenant.objects.update(downloads_off=True)
    answer = way(restorer, cast, mount)
    assert answer.status_code == 409
    assert "let no files leave" in getattr(answer, "content", b"").decode()
    assert not Download.objects.exists()
    html = restorer.get(reverse("restore:folder_list", args=[mount.pk])).content.decode()
    assert "let no files leave" in html
    assert "/file/?path" not in html


@pytest.mark.parametrize("way", [by_file, by_folder, by_parcel])
def test_without_a_second_person_nothing_leaves(restorer: Client, cast: Cast, mount: Mount, way: Way) -> None:
    if way is by_parcel:
        packed(restorer, cast, mount)
    Tenant.objects.update(four_eyes_download=True)
    answer = way(restorer, cast, mount)
    assert answer.status_code == 409
    assert "needs a second person" in getattr(answer, "content", b"").decode()
    refused = AuditEntry.objects.filter(action="file.download", outcome=Outcome.REFUSED)
    assert refused.get().tenant == cast.acme


@pytest.mark.parametrize("way", [by_basket, by_packing])
def test_what_a_second_person_approves_is_packed_and_leaves(
    restorer: Client, cast: Cast, mount: Mount, as_person: AsPerson, way: Way
) -> None:
    Tenant.objects.update(four_eyes_download=True)
    answer = way(restorer, cast, mount)
    parcel = Parcel.objects.get()
    assert (answer.status_code, parcel.state) == (302, Parcel.State.ASKED)
    parcels.pack(parcel)
    parcel.refresh_from_db()
    assert parcel.state == Parcel.State.ASKED
    asked = ApprovalRequest.objects.get()
    second = as_person(cast.acme_admin)
    assert (
        "/partition-1" in second.get(reverse("approvals:approval_detail", args=[asked.pk])).content.decode()
    )
    approve = reverse("approvals:approval_approve", args=[asked.pk])
    assert restorer.post(approve).status_code == 404
    second.post(approve)
    parcel.refresh_from_db()
    assert (parcel.state, parcel.approved_by_name) == (Parcel.State.WAITING, str(cast.acme_admin))
    parcels.pack(parcel)
    taken = body(restorer.get(reverse("restore:parcel_file", args=[parcel.pk])))
    assert zipfile.ZipFile(io.BytesIO(taken)).testzip() is None
    assert said_of(handed_out())["approved_by"] == str(cast.acme_admin)


def test_what_is_declined_ends(restorer: Client, cast: Cast, mount: Mount, as_person: AsPerson) -> None:
    Tenant.objects.update(four_eyes_download=True)
    by_basket(restorer, cast, mount)
    asked = ApprovalRequest.objects.get()
    as_person(cast.acme_admin).post(reverse("approvals:approval_decline", args=[asked.pk]))
    parcels.tend()
    assert Parcel.objects.get().state == Parcel.State.CANCELLED


def test_only_kinds_that_are_allowed_leave(
    restorer: Client, cast: Cast, mount: Mount, small_hub: SmallHub
) -> None:
    small_hub.files |= {"/partition-1/etc/good.TXT": b"good", "/partition-1/etc/bad.exe": b"bad"}
    Tenant.objects.update(download_endings="pdf, .txt")
    refused = restorer.get(
        reverse("restore:file_download", args=[mount.pk]), {"path": "/partition-1/etc/bad.exe"}
    )
    assert (refused.status_code, b"pdf, txt" in getattr(refused, "content", b"")) == (409, True)
    file = reverse("restore:file_download", args=[mount.pk])
    assert body(restorer.get(file, {"path": "/partition-1/etc/good.TXT"})) == b"good"
    with zipfile.ZipFile(io.BytesIO(body(by_folder(restorer, cast, mount)))) as archive:
        assert archive.namelist() == ["etc/", "etc/good.TXT", "etc/empty/", "etc/_not-included.txt"]
        assert b"bad.exe\tThe safety rules" in archive.read("etc/_not-included.txt")
    parcel = packed(restorer, cast, mount)
    assert [file.name.rpartition("/")[2] for file in parcel_files.released(parcel)] == ["good.TXT"]
    Tenant.objects.update(download_endings="pdf")
    later = restorer.get(reverse("restore:parcel_file", args=[parcel.pk]))
    assert (later.status_code, b"have changed" in getattr(later, "content", b"")) == (409, True)


@pytest.mark.parametrize(
    ("name", "before", "after", "loosens"),
    [
        ("downloads_off", True, False, True),
        ("downloads_off", False, True, False),
        ("handover_allowed", False, True, True),
        ("download_endings", "pdf", "pdf, exe", True),
        ("download_endings", "pdf", "", True),
        ("download_endings", "pdf, txt", "TXT", False),
        ("download_endings", "", "pdf", False),
    ],
)
def test_opening_a_way_out_is_loosening(name: str, before: Any, after: Any, loosens: bool) -> None:
    assert lets_more_out(name, before, after) is loosens


def test_endings_are_read_as_people_write_them() -> None:
    assert endings_of(" PDF, .docx;txt ,") == {"pdf", "docx", "txt"}


def test_a_killed_download_gives_back_what_it_did_not_deliver(cast: Cast, mount: Mount) -> None:
    Quota.objects.create(tenant=cast.acme, kind=QuotaKind.DOWNLOAD_BYTES, limit=10_000_000, is_hard=True)
    service = DownloadService(actor_of(cast))
    _row, share = service.begin(mount, BIG, Download.Kind.FILE, size=3_000_000, wanted=3_000_000)
    share.make_room(4_000_000)
    taken = DailyUse.objects.get().amount
    assert taken > 3_000_000
    Download.objects.update(
        sent_bytes=1_000_000, touched_at=timezone.now() - LOST_AFTER - timedelta(minutes=1)
    )
    list(settle_lost(mount.hub))
    assert DailyUse.objects.get().amount == 1_000_000
