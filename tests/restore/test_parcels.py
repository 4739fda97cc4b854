"""What is packed in the background: for its person alone, for some days, and never for who has gone."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from restore import archives, parcel_files, parcels, selections, turns
from restore.models import Download, Mount, Parcel
from restore.mounts import MountService
from restore.spool import SpoolReader
from restore.views.baskets import WAITS_FOR
from sendense_portal.audit.models import AuditEntry, Outcome
from sendense_portal.hub import HubBusy
from sendense_portal.quotas.models import DailyUse
from sendense_portal.tenancy.models import HubConnection, Membership
from tests.conftest import AsPerson, Cast
from tests.factories import make_backup, make_vm
from tests.restore.baskets import packed, put, take
from tests.restore.conftest import actor_of
from tests.restore.evidence import handed_out, said_of
from tests.restore.small_hub import SmallHub
from tests.restore.test_archives import NOISE
from tests.restore.test_downloads import BIG, body, is_only_a_download
from tests.restore.unpacked import contents
from tests.waiting import wait_until


@pytest.mark.parametrize("archive_format", ["zip", "tar.zst"])
def test_a_parcel_is_packed_told_and_fetched_in_two_parts(
    restorer: Client, cast: Cast, mount: Mount, archive_format: str
) -> None:
    parcel = packed(restorer, cast, mount, archive_format)
    assert (parcel.state, parcel.files_done) == (Parcel.State.READY, 3)
    wait_until(lambda: len(mail.outbox) == 1, 5)
    assert mail.outbox[0].to == [cast.acme_restorer.email]
    assert reverse("restore:parcel_detail", args=[parcel.pk]) in mail.outbox[0].body
    url = reverse("restore:parcel_file", args=[parcel.pk])
    first = restorer.get(url, headers={"Range": "bytes=0-299"})
    assert (first.status_code, first.headers["Accept-Ranges"]) == (206, "bytes")
    head = body(first)
    rest = restorer.get(url, headers={"Range": "bytes=300-", "If-Range": first.headers["ETag"]})
    data = head + body(rest)
    assert len(data) == parcel.size
    assert BIG.rpartition("/")[2] in {name.rpartition("/")[2] for name in contents(data, archive_format)}
    row = Download.objects.get()
    assert (row.state, row.sha256) == (Download.State.COMPLETED, parcel.sha256)
    manifest = said_of(handed_out())
    assert manifest["sha256"] == parcel.sha256
    assert len(manifest["files"]) == 3
    assert DailyUse.objects.get().amount == parcel.size


def test_an_archive_is_only_ever_a_download(restorer: Client, cast: Cast, mount: Mount) -> None:
    folder = f"{reverse('restore:folder_download', args=[mount.pk])}?path=/partition-1"
    is_only_a_download(restorer.get(folder), "web01 partition-1.zip")
    parcel = packed(restorer, cast, mount)
    is_only_a_download(restorer.get(reverse("restore:parcel_file", args=[parcel.pk])), parcel.file_name)


def test_a_parcel_is_for_its_person_alone(
    restorer: Client, cast: Cast, mount: Mount, as_person: AsPerson
) -> None:
    parcel = packed(restorer, cast, mount)
    for person in (cast.acme_admin, cast.provider_admin, cast.borealis_admin):
        for route in ("parcel_detail", "parcel_file"):
            assert as_person(person).get(reverse(f"restore:{route}", args=[parcel.pk])).status_code in (
                403,
                404,
            )


def test_a_parcel_expires_with_its_bytes(restorer: Client, cast: Cast, mount: Mount) -> None:
    parcel = packed(restorer, cast, mount)
    assert parcel_files.path_of(parcel).exists()
    Parcel.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert restorer.get(reverse("restore:parcel_file", args=[parcel.pk])).status_code == 404
    parcels.tend()
    assert not parcel_files.path_of(parcel).exists()
    assert Parcel.objects.get().state == Parcel.State.EXPIRED
    assert AuditEntry.objects.filter(action="parcel.expire").count() == 1


@pytest.mark.parametrize("why", ["cancelled", "switched off", "role lost"])
def test_nobody_packs_for_who_has_gone_away(
    restorer: Client, cast: Cast, mount: Mount, small_hub: SmallHub, monkeypatch: Any, why: str
) -> None:
    small_hub.files["/partition-1/etc/noise"] = NOISE
    put(restorer, cast, mount, "/partition-1/etc")
    take(restorer, cast, later="1")
    parcel = Parcel.objects.get()
    reports: list[Parcel] = []

    def go_away(reported: Parcel) -> None:
        """After the first megabyte, as another process would see to it."""
        reports.append(reported)
        if why == "cancelled":
            Parcel.objects.update(is_unwanted=True)
        elif why == "switched off":
            type(cast.acme_restorer).objects.filter(pk=cast.acme_restorer.pk).update(is_active=False)
        else:
            Membership.objects.filter(user=cast.acme_restorer).delete()

    monkeypatch.setattr(parcels, "REPORT_EVERY", 0)
    monkeypatch.setattr(parcels, "tell", go_away)
    parcels.pack(parcel)
    parcel.refresh_from_db()
    assert len(reports) == 2  # one while it was packed, one at the end
    assert parcel.state == Parcel.State.CANCELLED
    assert list(parcel_files.path_of(parcel).parent.iterdir()) == []
    ended = AuditEntry.objects.filter(action="parcel.pack").latest("id")
    assert ended.outcome == Outcome.FAILED


def test_the_cancel_button_removes_what_is_ready(restorer: Client, cast: Cast, mount: Mount) -> None:
    parcel = packed(restorer, cast, mount)
    restorer.post(reverse("restore:parcel_cancel", args=[parcel.pk]))
    assert Parcel.objects.get().state == Parcel.State.CANCELLED
    assert not parcel_files.path_of(parcel).exists()


def test_a_hub_that_fails_ends_it_in_words(
    restorer: Client, cast: Cast, mount: Mount, small_hub: SmallHub
) -> None:
    small_hub.wrong.cuts, small_hub.wrong.cut_after = 99, 1
    parcel = packed(restorer, cast, mount)
    assert parcel.state == Parcel.State.FAILED
    assert "stopped sending" in parcel.problem
    assert not parcel_files.path_of(parcel).exists()
    assert mail.outbox == []


@pytest.fixture
def second(restorer: Client, cast: Cast, mount: Mount, connection: HubConnection) -> Mount:
    """Of another machine; the basket holds something of both."""
    put(restorer, cast, mount, "/partition-1", "nothing")
    other = make_backup(make_vm("db01", cast.acme, hub=connection))
    second = MountService(actor_of(cast)).open(backup=other, disk_index=0)
    put(restorer, cast, second, "/partition-1", "nothing")
    return second


@pytest.fixture
def pauses(small_hub: SmallHub, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds of each pause; after two of them the hub has room."""
    paused: list[float] = []

    def room_after_two(seconds: float) -> None:
        paused.append(seconds)
        if len(paused) == 2:
            small_hub.wrong.most_mounts = 2

    monkeypatch.setattr(turns, "sleep", room_after_two)
    return paused


def test_at_a_full_hub_it_is_packed_when_there_is_room_for_each_of_its_points(
    restorer: Client, cast: Cast, second: Mount, small_hub: SmallHub, pauses: list[float]
) -> None:
    MountService(actor_of(cast)).close(second)
    small_hub.wrong.most_mounts = 1
    answer = take(restorer, cast)
    parcel = Parcel.objects.get()
    assert answer.headers["Location"] == reverse("restore:parcel_detail", args=[parcel.pk])
    assert "as soon as there is one" in restorer.get(answer.headers["Location"]).content.decode()
    parcels.pack(parcel)
    parcel.refresh_from_db()
    assert (parcel.state, parcel.files_done, len(pauses)) == (Parcel.State.READY, 2, 2)


def test_an_archive_on_its_way_pauses_while_the_hub_is_full(
    restorer: Client, cast: Cast, second: Mount, small_hub: SmallHub, pauses: list[float]
) -> None:
    answer = take(restorer, cast)
    MountService(actor_of(cast)).close(second)
    small_hub.wrong.most_mounts = 1
    assert len(contents(body(answer), "zip")) == 2
    assert (Download.objects.get().state, len(pauses)) == (Download.State.COMPLETED, 2)


def test_it_pauses_only_for_so_long(
    restorer: Client, cast: Cast, second: Mount, small_hub: SmallHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    monkeypatch.setattr(turns, "sleep", waited.append)
    answer = take(restorer, cast)
    MountService(actor_of(cast)).close(second)
    small_hub.wrong.most_mounts = 1
    with pytest.raises(HubBusy):
        body(answer)
    row = Download.objects.get()
    assert (row.state, sum(waited)) == (Download.State.INCOMPLETE, WAITS_FOR)
    assert row.reason


def test_one_large_file_gives_signs_of_life_and_ends_when_it_is_unwanted(
    restorer: Client, cast: Cast, mount: Mount, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "USE_NOTED_EVERY", 0.0)
    put(restorer, cast, mount, "/partition-1")
    take(restorer, cast, later="1")
    parcel = Parcel.objects.get()
    waiting = SpoolReader.wait_until_whole
    touched: list[datetime] = []

    def long_wait(reader: SpoolReader, given_up: Callable[[], bool]) -> None:
        Parcel.objects.update(touched_at=timezone.now() - parcels.LOST_AFTER)
        given_up()
        touched.append(Parcel.objects.get().touched_at)
        Parcel.objects.update(is_unwanted=True)
        given_up()
        waiting(reader, given_up)

    monkeypatch.setattr(SpoolReader, "wait_until_whole", long_wait)
    parcels.pack(parcel)
    assert timezone.now() - touched[0] < parcels.LOST_AFTER
    assert len(touched) == 1
    assert Parcel.objects.get().state == Parcel.State.CANCELLED


def test_what_a_killed_process_left_is_packed_anew(restorer: Client, cast: Cast, mount: Mount) -> None:
    put(restorer, cast, mount, "/partition-1", "nothing")
    take(restorer, cast, later="1")
    Parcel.objects.update(state=Parcel.State.PACKING, touched_at=timezone.now() - timedelta(hours=1))
    begun: list[Parcel] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parcels, "pack", begun.append)
        patch.setattr(connection, "close", lambda: None)
        parcels.tend()
        wait_until(lambda: bool(begun), 5)
    assert Parcel.objects.get().state == Parcel.State.WAITING


def test_a_large_folder_is_offered_for_the_background(
    restorer: Client, mount: Mount, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selections, "MOST_BYTES", 1_000_000)
    answer = restorer.get(reverse("restore:folder_download", args=[mount.pk]), {"path": "/partition-1"})
    assert answer.status_code == 302
    form = restorer.get(answer.headers["Location"])
    assert b"too large for one go" in form.content
    sent = restorer.post(
        reverse("restore:folder_pack", args=[mount.pk]), {"path": "/partition-1", "format": "tar.zst"}
    )
    parcel = Parcel.objects.get()
    assert sent.headers["Location"] == reverse("restore:parcel_detail", args=[parcel.pk])
    parcels.pack(parcel)
    parcel.refresh_from_db()
    assert parcel.is_ready


def test_more_than_a_few_at_once_are_refused(restorer: Client, cast: Cast, mount: Mount) -> None:
    put(restorer, cast, mount, "/partition-1", "nothing")
    for _ in range(parcels.MOST_PER_PERSON):
        take(restorer, cast, later="1")
    assert take(restorer, cast, later="1").status_code == 409
    assert Parcel.objects.count() == parcels.MOST_PER_PERSON


def test_a_machine_that_went_to_another_customer_takes_its_files_along(
    restorer: Client, cast: Cast, mount: Mount
) -> None:
    parcel = packed(restorer, cast, mount)
    type(mount.backup).objects.filter(pk=mount.backup_id).update(tenant=cast.borealis)
    answer = restorer.get(reverse("restore:parcel_file", args=[parcel.pk]))
    assert (answer.status_code, b"another customer" in getattr(answer, "content", b"")) == (409, True)
    Parcel.objects.update(state=Parcel.State.WAITING)
    parcels.pack(parcel)
    assert Parcel.objects.get().state == Parcel.State.FAILED
