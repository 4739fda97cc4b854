"""Downloads through the server as it runs: memory, cuts, resumes, readers who leave."""

import hashlib
import time
from collections.abc import Callable, Iterator
from threading import Thread

import pytest
import requests

from tests.restore.conftest import small_hub_files
from tests.restore.served import ServedPortal
from tests.restore.small_hub import Misbehaviour, SmallHub, Zeros
from tests.waiting import wait_until

CONTENT = bytes(range(256)) * 12_000
HUGE_SIZE = 2 << 30
HUGE, LEFT, KILLED = (f"/partition-1/huge-{name}.img" for name in ("read", "left", "killed"))
CUT, BROKEN, AFTER, WHOLE = (f"/partition-1/{name}.bin" for name in ("cut", "broken", "after", "whole"))
FILES = small_hub_files() | dict.fromkeys((HUGE, LEFT, KILLED), Zeros(HUGE_SIZE))
FILES |= dict.fromkeys((CUT, BROKEN, AFTER, WHOLE), CONTENT)
"""One for each test: what one test has brought into the spool is not asked of the hub again."""
MIB = 1 << 20

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ServedPortal, SmallHub]]:
    """One portal for all tests here; starting it costs seconds."""
    with (
        SmallHub(FILES) as hub,
        ServedPortal(tmp_path_factory.mktemp("portal"), hub.url) as portal,
    ):
        yield portal, hub


@pytest.fixture
def portal(served: tuple[ServedPortal, SmallHub]) -> ServedPortal:
    return served[0]


@pytest.fixture
def hub(served: tuple[ServedPortal, SmallHub]) -> SmallHub:
    """The hub of the portal, well-behaved again."""
    hub = served[1]
    hub.wrong = Misbehaviour(chunk=MIB)
    hub.sent = hub.broken_pipes = 0
    return hub


def read_at(answer: requests.Response, bytes_per_second: int | None, until: Callable[[], bool]) -> int:
    """Reads a body at a pace, to its end or until told to stop; the bytes read."""
    began, count = time.monotonic(), 0
    for part in answer.iter_content(MIB):
        count += len(part)
        if until():
            break
        if bytes_per_second:
            time.sleep(max(0.0, began + count / bytes_per_second - time.monotonic()))
    answer.close()
    return count


def test_memory_stays_within_64_mib_however_slow_the_readers(portal: ServedPortal, hub: SmallHub) -> None:
    for _ in range(5):
        portal.get(portal.url("/restore/")).content  # noqa: B018  # what a process in use holds anyway
    idle, peak, done = portal.resident_kib(), 0, False
    url = portal.file_url(HUGE)
    slow = [
        Thread(target=read_at, args=(portal.get(url), 10 * MIB, lambda: done), daemon=True) for _ in range(3)
    ]
    fast_count = []
    fast = Thread(target=lambda: fast_count.append(read_at(portal.get(url), None, lambda: False)))
    for thread in [*slow, fast]:
        thread.start()
    slowest_page = 0.0
    while fast.is_alive():
        peak = max(peak, portal.resident_kib())
        began = time.monotonic()
        assert portal.get(portal.url("/restore/mounts/")).status_code == 200
        slowest_page = max(slowest_page, time.monotonic() - began)
        time.sleep(0.1)
    for _ in range(10):
        peak = max(peak, portal.resident_kib())
        time.sleep(0.1)
    done = True
    for thread in slow:
        thread.join()
    print(f"idle {idle >> 10} MiB, peak {peak >> 10} MiB, slowest page {slowest_page * 1000:.0f} ms")  # noqa: T201
    assert fast_count == [HUGE_SIZE]
    assert peak - idle <= 64 << 10
    assert slowest_page < 2


def test_a_cut_shows_as_a_failed_download(portal: ServedPortal, hub: SmallHub) -> None:
    hub.wrong.cuts, hub.wrong.cut_after = 2, 2_500_000
    answer = portal.get(portal.file_url(CUT))
    assert answer.headers["Content-Length"] == str(len(CONTENT))
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        answer.content  # noqa: B018  # reading it is the test
    # The server has not lost its footing; whether it spent one cut or two depends on who was faster.
    hub.wrong.cuts = 0
    assert portal.get(portal.file_url(CUT)).content == CONTENT


def test_an_archive_cut_shows_as_a_failed_download(portal: ServedPortal, hub: SmallHub) -> None:
    hub.wrong.cuts, hub.wrong.cut_after = 99, 1
    url = portal.file_url("/partition-1/etc").replace("/file/", "/folder/")
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        portal.get(url).content  # noqa: B018


def test_a_broken_download_resumes_where_it_was(portal: ServedPortal, hub: SmallHub) -> None:
    first = portal.get(portal.file_url(BROKEN))
    head = first.raw.read(1_000_000)
    first.close()
    rest = portal.get(portal.file_url(BROKEN), Range="bytes=1000000-", **{"If-Range": first.headers["ETag"]})
    assert rest.status_code == 206
    assert head + rest.content == CONTENT


def test_a_reader_who_leaves_stops_the_hub_and_frees_the_spool(portal: ServedPortal, hub: SmallHub) -> None:
    hub.wrong.seconds_per_chunk = 0.01
    answer = portal.get(portal.file_url(LEFT))
    assert len(answer.raw.read(MIB)) == MIB
    answer.close()
    wait_until(lambda: hub.broken_pipes > 0, 10)
    assert hub.sent < HUGE_SIZE // 2
    spooled = [path.stat().st_size for path in portal.spool.rglob("*") if path.is_file()]
    assert not any(MIB < size < HUGE_SIZE for size in spooled if size != len(CONTENT))


def test_a_killed_portal_leaves_nothing_in_the_spool_of_the_next(portal: ServedPortal, hub: SmallHub) -> None:
    hub.wrong.seconds_per_chunk = 0.01
    answer = portal.get(portal.file_url(KILLED))
    assert answer.raw.read(1000)
    (left,) = portal.spool.iterdir()
    portal.process.kill()
    portal.process.wait()
    answer.close()
    assert left.exists()
    hub.wrong.seconds_per_chunk = 0
    portal.start()
    assert portal.get(portal.file_url(AFTER), Range="bytes=100-").content == CONTENT[100:]
    assert not left.exists()


def test_the_sum_is_that_of_the_file(portal: ServedPortal, hub: SmallHub) -> None:
    digest = hashlib.sha256()
    for part in portal.get(portal.file_url(WHOLE)).iter_content(MIB):
        digest.update(part)
    assert digest.hexdigest() == hashlib.sha256(CONTENT).hexdigest()
