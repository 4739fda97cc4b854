"""Folders as zip: every member whole, nothing followed, nothing lost in silence."""

import asyncio
import io
import random
import time
import zipfile
from contextlib import suppress
from urllib.parse import quote

import pytest
from asgiref.sync import async_to_sync
from django.http import HttpResponseBase, StreamingHttpResponse
from django.test import Client
from django.urls import reverse

from restore.models import Download, Mount
from restore.mounts import MountService
from restore.spool import spool
from sendense_portal.hub import HubCutShort
from tests.restore.small_hub import Link, SmallHub
from tests.restore.test_downloads import body

NOISE = random.Random(1).randbytes(3_000_000)


def ask(restorer: Client, mount: Mount, path: str) -> HttpResponseBase:
    return restorer.get(f"{reverse('restore:folder_download', args=[mount.pk])}?path={quote(path)}")


def zip_of(answer: HttpResponseBase) -> zipfile.ZipFile:
    archive = zipfile.ZipFile(io.BytesIO(body(answer)))
    assert archive.testzip() is None
    return archive


def test_all_files_and_empty_folders_are_in_it(restorer: Client, mount: Mount, small_hub: SmallHub) -> None:
    small_hub.files |= {
        "/partition-1/etc/noise": NOISE,
        "/partition-1/etc/deep": None,
        "/partition-1/etc/deep/er": None,
        "/partition-1/etc/deep/er/ünï 'c\"ode": b"yes",
        "/partition-1/etc/-rf": b"dash",
    }
    archive = zip_of(ask(restorer, mount, "/partition-1/etc"))
    assert {info.filename: len(archive.read(info)) for info in archive.infolist()} == {
        "etc/": 0, "etc/hostname": 6, "etc/empty/": 0, "etc/noise": 3_000_000, "etc/deep/": 0,
        "etc/deep/er/": 0, "etc/deep/er/ünï 'c\"ode": 3, "etc/-rf": 4,
    }  # fmt: skip
    assert archive.read("etc/noise") == NOISE
    assert archive.getinfo("etc/hostname").date_time == (2026, 3, 4, 4, 6, 6)
    assert archive.getinfo("etc/hostname").external_attr >> 16 == 0o100640
    row = Download.objects.get()
    assert (row.state, row.kind, row.reason) == (Download.State.COMPLETED, "folder", "")
    assert row.size == row.sent_bytes > 3_000_000
    assert len(row.sha256) == 64


def test_links_are_named_and_not_followed(restorer: Client, mount: Mount, small_hub: SmallHub) -> None:
    archive = zip_of(ask(restorer, mount, "/partition-1"))
    assert not any(b"root of the hub" in archive.read(name) for name in archive.namelist())
    note = archive.read("web01 partition-1/_not-included.txt").decode()
    assert "/partition-1/away\ta link" in note
    assert "/partition-1/secret.txt\ta link" in note
    assert {"/partition-1/away", "/partition-1/secret.txt"}.isdisjoint(small_hub.paths_of("download"))
    assert Download.objects.get().reason == "2 links are not included."


def test_what_looks_empty_is_not_opened(restorer: Client, mount: Mount, small_hub: SmallHub) -> None:
    archive = zip_of(ask(restorer, mount, "/partition-1"))
    assert archive.read("web01 partition-1/nothing") == b""
    assert "/partition-1/nothing" not in small_hub.paths_of("download")


def test_names_can_leave_no_folder_where_they_are_unpacked(
    restorer: Client, mount: Mount, small_hub: SmallHub
) -> None:
    small_hub.files |= {
        "/partition-1/etc/a\\b": b"1",
        "/partition-1/etc/a_b": b"2",
        "/partition-1/etc/..\\up": b"3",
        "/partition-1/etc/%2e%2e": b"4",
        "/partition-1/etc/NUL": b"5",
        "/partition-1/etc/caf\ufffd": b"6",
    }
    archive = zip_of(ask(restorer, mount, "/partition-1/etc"))
    names = set(archive.namelist())
    assert names == {
        "etc/", "etc/hostname", "etc/empty/", "etc/a_b", "etc/a_b (2)", "etc/_NUL", "etc/_not-included.txt",
    }  # fmt: skip
    assert (archive.read("etc/a_b"), archive.read("etc/a_b (2)")) == (b"2", b"1")
    assert archive.read("etc/_not-included.txt").count(b"\n/partition-1") == 3
    assert Download.objects.get().reason.startswith("3 could not be included")


def test_a_folder_that_links_back_ends(restorer: Client, mount: Mount, small_hub: SmallHub) -> None:
    small_hub.files["/partition-1/etc/loop"] = Link("/partition-1/etc")
    assert "etc/loop" not in zip_of(ask(restorer, mount, "/partition-1/etc")).namelist()


@pytest.mark.parametrize("cut_after", [100_000, 2_900_000])
def test_a_member_cut_for_good_leaves_a_zip_without_end(
    restorer: Client, mount: Mount, small_hub: SmallHub, cut_after: int
) -> None:
    small_hub.files["/partition-1/etc/noise"] = NOISE
    small_hub.wrong.cuts, small_hub.wrong.cut_after = 99, cut_after
    with pytest.raises(HubCutShort):
        body(ask(restorer, mount, "/partition-1/etc"))
    row = Download.objects.get()
    assert (row.state, row.sha256) == (Download.State.INCOMPLETE, "")


def test_what_is_larger_than_the_portal_can_pass_on_is_left_out_and_named(
    restorer: Client, mount: Mount, small_hub: SmallHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_hub.files["/partition-1/etc/noise"] = NOISE
    monkeypatch.setattr(spool(), "max_bytes", 1_000_000)
    archive = zip_of(ask(restorer, mount, "/partition-1/etc"))
    assert archive.read("etc/hostname")
    assert "etc/noise" not in archive.namelist()
    assert "noise\tThis file is larger than" in archive.read("etc/_not-included.txt").decode()
    assert Download.objects.get().state == Download.State.COMPLETED


def test_a_member_cut_once_is_fetched_again(restorer: Client, mount: Mount, small_hub: SmallHub) -> None:
    small_hub.wrong.cuts, small_hub.wrong.cut_after = 1, 3
    assert zip_of(ask(restorer, mount, "/partition-1/etc")).read("etc/hostname") == b"web01\n"


def test_a_hub_restart_in_the_middle_is_survived(restorer: Client, mount: Mount, small_hub: SmallHub) -> None:
    small_hub.files["/partition-1/etc/noise"] = NOISE
    answer = ask(restorer, mount, "/partition-1/etc")
    small_hub.forget_mounts()
    assert zip_of(answer).read("etc/noise") == NOISE


def test_a_reader_who_leaves_ends_the_transfer_behind_the_zip(
    restorer: Client, mount: Mount, small_hub: SmallHub
) -> None:
    small_hub.files["/partition-1/etc/noise"] = NOISE
    small_hub.wrong.chunk, small_hub.wrong.seconds_per_chunk = 10_000, 0.05
    answer = ask(restorer, mount, "/partition-1/etc")
    assert isinstance(answer, StreamingHttpResponse)

    async def leave_early() -> None:
        async def read() -> None:
            async for _ in aiter(answer):
                pass

        reading = asyncio.ensure_future(read())
        await asyncio.sleep(0.3)
        reading.cancel()
        with suppress(asyncio.CancelledError):
            await reading

    began = time.monotonic()
    async_to_sync(leave_early)()
    assert time.monotonic() - began < 5  # all of it would take 15 s
    assert Download.objects.get().state == Download.State.CANCELLED


def test_what_was_closed_says_so_before_an_archive_begins(
    restorer: Client, mount: Mount, service: MountService
) -> None:
    body(ask(restorer, mount, "/partition-1"))
    service.close(mount)
    answer = ask(restorer, mount, "/partition-1")
    assert answer.status_code == 409
    assert b"was closed. Open it again" in getattr(answer, "content", b"")
    assert Download.objects.count() == 1
    again = service.open(backup=mount.backup, disk_index=0)
    assert body(ask(restorer, mount, "/partition-1")), (
        "who has the old address gets it out of the one that is open now"
    )
    assert Download.objects.order_by("started_at").last().mount == again  # type: ignore[union-attr]
