"""Downloads as browsers ask for them: whole, in part, resumed, shared, broken off."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Any
from urllib.parse import quote

import pytest
from asgiref.sync import async_to_sync
from django.http import HttpResponseBase, StreamingHttpResponse
from django.test import Client
from django.urls import reverse

from restore.models import Download, Mount, MountUse
from sendense_portal.audit.models import AuditEntry, Outcome
from sendense_portal.hub import HubCutShort
from sendense_portal.tenancy.models import HubConnection
from sendense_portal.tenancy.roles import Action
from tests.conftest import AsPerson, Cast
from tests.restore.small_hub import SmallHub

BIG = "/partition-1/big.bin"
CONTENT = bytes(range(256)) * 12_000
Get = Callable[..., HttpResponseBase]


@pytest.fixture
def get(restorer: Client, mount: Mount) -> Get:
    """``get(path, **headers)`` asks for a file of the mount."""

    def ask(path: str = BIG, **headers: str) -> HttpResponseBase:
        address = f"{reverse('restore:file_download', args=[mount.pk])}?path={quote(path)}"
        return restorer.get(address, headers=headers)

    return ask


def body(answer: HttpResponseBase) -> bytes:
    """What a server would send of it."""
    assert isinstance(answer, StreamingHttpResponse)

    async def collect() -> bytes:
        parts: AsyncIterator[Any] = aiter(answer)
        return b"".join([part async for part in parts])

    return async_to_sync(collect)()


def test_a_file_is_sent_whole_with_its_sum_on_record(get: Get, cast: Cast) -> None:
    answer = get()
    assert body(answer) == CONTENT
    assert answer.status_code == 200
    assert answer.headers["Content-Length"] == str(len(CONTENT))
    row = Download.objects.get()
    assert (row.state, row.size, row.sent_bytes) == (Download.State.COMPLETED, len(CONTENT), len(CONTENT))
    assert row.sha256 == hashlib.sha256(CONTENT).hexdigest()
    started, ended = AuditEntry.objects.filter(action=Action.FILE_DOWNLOAD).order_by("id")
    assert (started.outcome, ended.outcome) == (Outcome.STARTED, Outcome.OK)
    assert (ended.actor, ended.tenant, ended.parameters["path"]) == (cast.acme_restorer, cast.acme, BIG)
    assert ended.parameters["sha256"] == row.sha256
    assert ended.parameters["bytes"] == len(CONTENT)


@pytest.mark.parametrize("name", ["evil.html", "evil.svg", "evil.xhtml", "evil.pdf"])
def test_nothing_in_a_file_can_run_in_the_portal(get: Get, small_hub: SmallHub, name: str) -> None:
    small_hub.files[f"/partition-1/{name}"] = b"<script>alert(1)</script>"
    answer = get(f"/partition-1/{name}")
    is_only_a_download(answer, name)
    assert answer.headers["Content-Type"] == "application/octet-stream"
    body(answer)


def is_only_a_download(answer: HttpResponseBase, name: str) -> None:
    """What comes out of a backup is kept, never shown."""
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"].startswith(f'attachment; filename="{name}"')
    assert answer.headers["Content-Security-Policy"].startswith("sandbox;")
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert not answer.headers["Content-Type"].startswith(("text/", "image/"))


@pytest.mark.parametrize(
    ("asked", "start", "stop"), [("bytes=100-199", 100, 200), ("bytes=-5", len(CONTENT) - 5, len(CONTENT))]
)
def test_a_range_is_served_as_such(get: Get, asked: str, start: int, stop: int) -> None:
    answer = get(Range=asked)
    assert answer.status_code == 206
    assert answer.headers["Content-Range"] == f"bytes {start}-{stop - 1}/{len(CONTENT)}"
    assert body(answer) == CONTENT[start:stop]


def test_bytes_beyond_the_end_are_refused(get: Get, small_hub: SmallHub) -> None:
    answer = get(Range=f"bytes={len(CONTENT)}-")
    assert (answer.status_code, answer.headers["Content-Range"]) == (416, f"bytes */{len(CONTENT)}")
    assert small_hub.paths_of("download") == []


def test_a_resume_continues_its_row_and_only_on_the_same_file(get: Get, small_hub: SmallHub) -> None:
    small_hub.wrong.cuts, small_hub.wrong.cut_after = 2, 2_000_000
    broken = get()
    with pytest.raises(HubCutShort):
        body(broken)
    # One cut was spent or two: the fill tries again only while nobody has read of it.
    small_hub.wrong.cuts = 0
    row = Download.objects.get()
    assert row.state == Download.State.INCOMPLETE
    assert "before the file was whole" in row.reason
    rest = get(Range="bytes=1000000-", **{"If-Range": broken.headers["ETag"]})
    assert (rest.status_code, body(rest)) == (206, CONTENT[1_000_000:])
    row = Download.objects.get()
    assert (row.state, row.sha256) == (Download.State.COMPLETED, hashlib.sha256(CONTENT).hexdigest())
    other = get(Range="bytes=1000000-", **{"If-Range": '"another"'})
    assert (other.status_code, body(other)) == (200, CONTENT)


def test_asking_for_the_headers_takes_nothing(restorer: Client, mount: Mount, small_hub: SmallHub) -> None:
    answer = restorer.head(f"{reverse('restore:file_download', args=[mount.pk])}?path={BIG}")
    assert (answer.status_code, answer.headers["Content-Length"]) == (200, str(len(CONTENT)))
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert small_hub.paths_of("download") == []
    assert not Download.objects.exists()


def test_an_empty_file_is_whole_and_the_hub_is_not_asked(get: Get, small_hub: SmallHub) -> None:
    """The hub lists pipes and devices as empty files and hangs on opening them."""
    assert body(get("/partition-1/nothing")) == b""
    assert small_hub.paths_of("download") == []
    assert Download.objects.get().sha256 == hashlib.sha256(b"").hexdigest()


def test_a_second_person_is_served_from_what_the_first_one_fetched(
    get: Get, cast: Cast, mount: Mount, as_person: AsPerson, small_hub: SmallHub
) -> None:
    body(get())
    address = f"{reverse('restore:file_download', args=[mount.pk])}?path={BIG}"
    assert body(as_person(cast.acme_admin).get(address)) == CONTENT
    assert small_hub.paths_of("download") == [BIG]
    assert Download.objects.filter(state=Download.State.COMPLETED).count() == 2


def test_a_hub_that_lost_its_mounts_is_asked_again(get: Get, small_hub: SmallHub) -> None:
    body(get("/partition-1/etc/hostname"))
    small_hub.forget_mounts()
    assert body(get()) == CONTENT


def test_a_dead_hub_is_a_page_and_a_failed_row(get: Get, mount: Mount) -> None:
    body(get("/partition-1/etc/hostname"))
    HubConnection.objects.update(url="http://127.0.0.1:9")
    answer = get()
    assert answer.status_code == 503
    assert (
        Download.objects.filter(state=Download.State.FAILED, reason="The hub cannot be reached.").count() == 1
    )


def test_a_reader_who_leaves_ends_the_transfer(get: Get, small_hub: SmallHub) -> None:
    small_hub.wrong.seconds_per_chunk = 0.02
    answer = get()
    assert isinstance(answer, StreamingHttpResponse)

    async def leave_early() -> None:
        parts: Any = aiter(answer)
        await anext(parts)
        await parts.aclose()

    async_to_sync(leave_early)()
    row = Download.objects.get()
    assert (row.state, row.reason) == (Download.State.CANCELLED, "The reader went away.")
    assert AuditEntry.objects.filter(action=Action.FILE_DOWNLOAD, outcome=Outcome.FAILED).count() == 1


def test_a_reader_who_leaves_with_the_last_byte_has_it_all(get: Get) -> None:
    answer = get("/partition-1/etc/hostname")
    assert isinstance(answer, StreamingHttpResponse)

    async def hang_up_at_the_end() -> None:
        async def read() -> None:
            parts: Any = aiter(answer)
            async for _ in parts:
                # Cancelled as Django does, while the end is being written down.
                asyncio.get_running_loop().call_soon(reading.cancel)

        reading = asyncio.ensure_future(read())
        with suppress(asyncio.CancelledError):
            await reading

    async_to_sync(hang_up_at_the_end)()
    row = Download.objects.get()
    assert (row.state, row.sha256) == (Download.State.COMPLETED, hashlib.sha256(b"web01\n").hexdigest())


def test_a_file_larger_than_the_spool_is_refused_in_words(get: Get, settings: Any) -> None:
    settings.SPOOL_MAX_BYTES = 1_000_000
    answer = get()
    assert answer.status_code == 409
    assert b"larger than the portal can pass on" in getattr(answer, "content", b"")


def test_provider_staff_say_why_first(cast: Cast, mount: Mount, as_person: AsPerson) -> None:
    operator = as_person(cast.provider_operator)
    for route in ("folder_list", "file_download", "folder_download"):
        answer = operator.get(f"{reverse(f'restore:{route}', args=[mount.pk])}?path={BIG}")
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith(reverse("restore:mount_open"))
    form = {"backup": mount.backup_id, "disk": 0}
    assert b"Say why you look into" in operator.post(reverse("restore:mount_open"), form).content
    answer = operator.post(reverse("restore:mount_open"), form | {"reason": "Ticket 4711"})
    assert answer.headers["Location"] == reverse("restore:folder_list", args=[mount.pk])
    assert MountUse.objects.get(person=cast.provider_operator).reason == "Ticket 4711"
    assert operator.get(answer.headers["Location"]).status_code == 200
    listed = AuditEntry.objects.get(action=Action.FOLDER_LIST)
    assert (listed.actor, listed.parameters["path"]) == (cast.provider_operator, "/")
    assert AuditEntry.objects.filter(parameters__reason="Ticket 4711", tenant=cast.acme).exists()
