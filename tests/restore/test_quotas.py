"""Quotas of open restore points and of downloaded bytes."""

import io
import zipfile
from collections.abc import AsyncIterator
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db import connections
from django.http import HttpResponseBase, StreamingHttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from backups.models import Backup
from restore.models import Download, Mount
from restore.mounts import MountRefused, MountService
from restore.usage import PORTION, DayShare
from sendense_portal.audit.log import Actor
from sendense_portal.audit.models import AuditEntry, Outcome
from sendense_portal.quotas.enforcement import QuotaReached
from sendense_portal.quotas.models import DailyUse, Quota, QuotaKind
from tests.conftest import Cast
from tests.factories import make_backup, make_vm
from tests.restore.small_hub import SmallHub

BIG, SIZE = "/partition-1/big.bin", 256 * 12_000
MOUNTS, BYTES = QuotaKind.OPEN_MOUNTS, QuotaKind.DOWNLOAD_BYTES


def limit(cast: Cast, kind: QuotaKind, amount: int, *, is_hard: bool = True) -> Quota:
    return Quota.objects.create(tenant=cast.acme, kind=kind, limit=amount, is_hard=is_hard)


def fetch(client: Client, mount: Mount, path: str = BIG, view: str = "file_download", **headers: str) -> Any:
    """An answer and, if there is one, its body."""
    answer: HttpResponseBase = client.get(
        reverse(f"restore:{view}", args=[mount.pk]), {"path": path}, headers=headers
    )
    if not isinstance(answer, StreamingHttpResponse):
        return answer, b""

    async def collect() -> bytes:
        parts = answer.__aiter__()
        assert isinstance(parts, AsyncIterator)
        return b"".join([part async for part in parts])

    return answer, async_to_sync(collect)()


def used() -> int:
    return DailyUse.objects.get().amount


def test_a_point_beyond_the_limit_is_refused_in_words(
    restorer: Client, cast: Cast, mount: Mount, small_hub: SmallHub
) -> None:
    limit(cast, MOUNTS, 1)
    other = make_backup(make_vm("web02", cast.acme, hub=mount.hub))
    html = restorer.post("/restore/open/", {"backup": str(other.pk), "disk": "0"}).content.decode()
    assert "restore points open at once, 1 of 1 used" in html
    assert "administrator of the provider can raise it" in html
    assert len(small_hub.mounts) == 1
    entry = AuditEntry.objects.filter(action="mount.open").latest("id")
    assert (entry.outcome, entry.target_id, entry.tenant) == (Outcome.REFUSED, str(other.pk), cast.acme)


def test_joining_what_is_open_takes_nothing_more(service: MountService, cast: Cast, mount: Mount) -> None:
    limit(cast, MOUNTS, 1)
    assert service.open(backup=mount.backup, disk_index=0) == mount


def test_a_soft_limit_lets_through_and_says_so(restorer: Client, cast: Cast, mount: Mount) -> None:
    limit(cast, MOUNTS, 1, is_hard=False)
    other = make_backup(make_vm("web02", cast.acme, hub=mount.hub))
    answer = restorer.post("/restore/open/", {"backup": str(other.pk), "disk": "0"}, follow=True)
    assert "This goes beyond your quota: restore points open at once, 1 of 1" in answer.content.decode()
    assert Mount.objects.filter(state=Mount.State.OPEN).count() == 2
    entry = AuditEntry.objects.get(action="quota.exceeded")
    assert (entry.tenant, entry.parameters["limit"]) == (cast.acme, "1")


def test_one_that_ran_out_needs_room_again_and_one_that_the_hub_forgot_does_not(
    service: MountService, cast: Cast, mount: Mount, small_hub: SmallHub
) -> None:
    limit(cast, MOUNTS, 1)
    small_hub.forget_mounts()
    assert service.usable(mount, lost=mount.remote_id).is_open
    Mount.objects.filter(pk=mount.pk).update(state=Mount.State.EXPIRED)
    service.open(backup=make_backup(make_vm("web02", cast.acme, hub=mount.hub)), disk_index=0)
    with pytest.raises(MountRefused, match="quota is reached"):
        service.usable(mount)


@pytest.mark.usefixtures("removable_trail")
@pytest.mark.django_db(transaction=True)
def test_of_ten_openings_at_once_three_get_the_three_that_are_left(
    small_hub: SmallHub, cast: Cast, point: Backup
) -> None:
    limit(cast, MOUNTS, 3)
    points = [make_backup(make_vm(hub=point.hub, tenant=cast.acme)) for _ in range(10)]
    together, refused = Barrier(10), []

    def open_it(backup: Backup) -> None:
        together.wait()
        try:
            MountService(Actor(cast.acme_restorer, "x")).open(backup=backup, disk_index=0)
        except MountRefused as refusal:
            refused.append(refusal)
        finally:
            connections.close_all()

    threads = [Thread(target=open_it, args=(backup,)) for backup in points]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(small_hub.mounts), len(refused)) == (3, 7)


def test_what_was_delivered_counts_and_what_was_not_is_given_back(
    restorer: Client, cast: Cast, mount: Mount
) -> None:
    _answer, body = fetch(restorer, mount)
    assert used() == len(body) == SIZE
    fetch(restorer, mount, Range="bytes=0-999")
    assert used() == SIZE + 1000
    _answer, archive = fetch(restorer, mount, "/partition-1/etc", "folder_download")
    assert used() == SIZE + 1000 + len(archive)


def test_a_file_that_does_not_fit_into_the_day_is_refused_before_its_first_byte(
    restorer: Client, cast: Cast, mount: Mount, small_hub: SmallHub
) -> None:
    limit(cast, BYTES, 2 * SIZE - 1)
    assert fetch(restorer, mount)[0].status_code == 200
    answer, _body = fetch(restorer, mount)
    assert answer.status_code == 409
    assert "downloads a day, 2.9 MiB of 5.9 MiB used" in answer.content.decode()
    entry = AuditEntry.objects.filter(action="file.download").latest("id")
    assert (entry.outcome, entry.parameters["path"]) == (Outcome.REFUSED, BIG)
    assert Download.objects.count() == 1
    assert used() == SIZE


def test_the_next_day_begins_with_nothing_taken(restorer: Client, cast: Cast, mount: Mount) -> None:
    limit(cast, BYTES, SIZE)
    fetch(restorer, mount)
    assert fetch(restorer, mount)[0].status_code == 409
    yesterday = timezone.now().date() - timedelta(days=1)
    DailyUse.objects.update(day=yesterday)
    assert fetch(restorer, mount)[0].status_code == 200
    assert dict(DailyUse.objects.values_list("day", "amount")) == {
        yesterday: SIZE,
        timezone.now().date(): SIZE,
    }


def test_a_zip_that_outgrows_the_day_breaks_off_and_is_no_whole_zip(
    restorer: Client, cast: Cast, mount: Mount
) -> None:
    limit(cast, BYTES, 100)
    answer = restorer.get(reverse("restore:folder_download", args=[mount.pk]), {"path": "/partition-1/etc"})
    got: list[bytes] = []

    async def collect() -> None:
        parts: AsyncIterator[bytes] = aiter(answer)  # type: ignore[arg-type]  # the test client's answer streams
        async for part in parts:
            got.append(part)

    with pytest.raises(QuotaReached):
        async_to_sync(collect)()
    assert not zipfile.is_zipfile(io.BytesIO(b"".join(got)))
    download = Download.objects.get()
    assert (download.state, download.sent_bytes) == (Download.State.INCOMPLETE, sum(map(len, got)))
    assert "The quota is reached: downloads a day" in download.reason
    assert used() == download.sent_bytes


def test_a_zip_that_just_fits_into_the_day_is_whole(restorer: Client, cast: Cast, mount: Mount) -> None:
    _answer, archive = fetch(restorer, mount, "/partition-1/etc", "folder_download")
    limit(cast, BYTES, 2 * len(archive))
    _answer, again = fetch(restorer, mount, "/partition-1/etc", "folder_download")
    assert zipfile.is_zipfile(io.BytesIO(again))


def test_two_customers_do_not_share_a_day(restorer: Client, cast: Cast, mount: Mount) -> None:
    Quota.objects.create(tenant=cast.borealis, kind=BYTES, limit=0)
    assert fetch(restorer, mount)[0].status_code == 200


def test_a_soft_limit_of_a_day_is_told_once_a_download(cast: Cast) -> None:
    limit(cast, BYTES, 10, is_hard=False)
    share = DayShare(Actor(cast.acme_restorer, "restorer"), cast.acme.pk)
    for sent in (20, PORTION + 1, 3 * PORTION):
        share.make_room(sent)
    assert AuditEntry.objects.filter(action="quota.exceeded").count() == 1
    share.settle(PORTION)
    assert used() == PORTION
