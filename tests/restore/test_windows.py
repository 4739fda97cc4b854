"""Any stretch of a folder, however it is sorted; paths as people paste them; listings that take long."""

import time
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from restore import listings
from restore.folders import FolderService
from restore.models import FileEntry, Folder, Mount
from restore.mounts import MountService
from restore.views import folders as folder_views
from restore.windows import Window
from sendense_portal.tenancy.models import HubConnection
from tests.conftest import Cast
from tests.restore.conftest import actor_of
from tests.restore.small_hub import Link, SmallHub
from tests.restore.test_pages import files_url

ROWS = {"HX-Request": "true", "HX-Target": "file-rows"}
MANY = 100_000


@pytest.fixture
def folder(cast: Cast, mount: Mount, small_hub: SmallHub) -> Folder:
    """Seven folders, twenty files, three links; sizes and names in different orders."""
    top = "/partition-1/etc"
    small_hub.files |= {f"{top}/dir{n}": None for n in range(7)}
    small_hub.files |= {f"{top}/file{n:02}": bytes((n * 7) % 20) for n in range(20)}
    small_hub.files |= {f"{top}/link{n}": Link("/host") for n in range(3)}
    return FolderService(MountService(actor_of(cast)), mount).folder(top)


@pytest.mark.parametrize("is_descending", [False, True])
@pytest.mark.parametrize("sort", ["name", "size", "modified"])
@pytest.mark.parametrize("search", ["", "1"])
def test_every_stretch_is_the_one_of_the_whole_order(
    folder: Folder, sort: str, is_descending: bool, search: str
) -> None:
    window = Window(folder, search)
    window.sort, window.is_descending = sort, is_descending
    whole = window.rows(0, window.total)
    assert len(whole) == window.total == len({entry.pk for entry in whole})
    column = {"name": "sort_name", "size": "size", "modified": "modified_at"}[sort]
    for kind in FileEntry.Kind.values:
        values = [(getattr(entry, column), entry.pk) for entry in whole if entry.kind == kind]
        assert values == sorted(values, reverse=is_descending)
    assert [entry.kind for entry in whole] == sorted(entry.kind for entry in whole)
    for first in range(0, window.total, 4):
        assert window.rows(first, first + 9) == whole[first : first + 9]
    for beginning in ("file1", "dir", "link2", "FILE05"):
        names = [entry.sort_name for entry in whole]
        places = [place for place, name in enumerate(names) if name.startswith(beginning.casefold())]
        assert window.position(beginning) == (places[0] if places else None)


def test_htmx_gets_rows_alone_and_a_typed_name_turns_to_its_page(
    restorer: Client, mount: Mount, small_hub: SmallHub
) -> None:
    small_hub.files |= {f"/partition-1/etc/file-{number:04}": b"" for number in range(350)}
    url = files_url(mount, "/partition-1/etc")
    rows = restorer.get(f"{url}&page=2", headers=ROWS).content.decode().strip()
    assert rows.startswith('<tbody data-page="2"')
    assert rows.count("<tr") == 100
    found = restorer.get(f"{url}&jump=FILE-0250", headers=ROWS).content.decode()
    # One folder and the file "hostname" are around them: folders first.
    assert 'data-page="3"' in found
    assert 'data-found="251"' in found
    assert "file-0250" in found
    nothing = restorer.get(f"{url}&jump=zzz", headers=ROWS).content.decode()
    assert "data-found" not in nothing


@pytest.mark.parametrize(
    "pasted",
    ["/partition-1/etc/hostname", "/etc/hostname", "etc/hostname", r"C:\etc\hostname", '"/etc/hostname"'],
)
def test_a_pasted_path_leads_to_its_file(restorer: Client, mount: Mount, pasted: str) -> None:
    answer = restorer.get(files_url(mount, "/partition-1", f"&go={quote(pasted)}"))
    assert answer.status_code == 302
    assert answer.headers["Location"].endswith("/files/?path=%2Fpartition-1%2Fetc&jump=hostname")
    assert b'data-found="1"' in restorer.get(answer.headers["Location"]).content


@pytest.mark.parametrize(
    "pasted", ["/nowhere", "../../etc/passwd", "/away/passwd", "\x00", "/etc/hostname/x"]
)
def test_a_pasted_path_that_is_nowhere_is_said_so_and_kept(
    restorer: Client, mount: Mount, small_hub: SmallHub, pasted: str
) -> None:
    html = restorer.get(files_url(mount, "/partition-1", f"&go={quote(pasted)}")).content.decode()
    assert "There is no “" in html
    assert "big.bin" in html
    assert not any("passwd" in path for path in small_hub.paths_of("files"))


def test_a_slow_hub_is_waited_for_beside_the_page(
    restorer: Client, mount: Mount, small_hub: SmallHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder_views, "PATIENCE", 0.05)
    listing = small_hub.listing

    def slow(path: str) -> list[dict[str, Any]]:
        time.sleep(0.4)
        return listing(path)

    monkeypatch.setattr(small_hub, "listing", slow)
    answers: list[Any] = []
    until = time.monotonic() + 10
    while not answers or answers[-1].status_code == 202:
        assert time.monotonic() < until
        answers.append(restorer.get(files_url(mount)))
    assert "The hub is listing the folder" in answers[0].content.decode()
    assert answers[-1].status_code == 200
    assert small_hub.paths_of("files") == ["/"]  # asked for once, however often the page asked
    assert listings.running == {}


def test_what_went_wrong_beside_the_page_is_said_once_and_can_be_tried_again(
    restorer: Client, mount: Mount, small_hub: SmallHub
) -> None:
    small_hub.wrong.listing_error = "disk on fire"
    assert restorer.get(files_url(mount)).status_code == 502
    small_hub.wrong.listing_error = ""
    assert restorer.get(files_url(mount)).status_code == 200


def test_a_folder_once_seen_stays_after_its_mount_is_closed(
    restorer: Client, mount: Mount, small_hub: SmallHub
) -> None:
    restorer.get(files_url(mount, "/partition-1/etc"))
    restorer.post(reverse("restore:mount_close", args=[mount.pk]))
    HubConnection.objects.update(url="http://127.0.0.1:9")
    answer = restorer.get(files_url(mount, "/partition-1/etc", "&sort=-size"))
    assert (answer.status_code, b"hostname" in answer.content) == (200, True)


def test_any_rows_of_a_long_folder_are_found_by_an_index(
    restorer: Client, mount: Mount, small_hub: SmallHub
) -> None:
    """Which is what keeps them below 200 ms of 100,000 names: ``script/bench folder``."""
    small_hub.files |= {f"/partition-1/etc/file-{number:06}.log": bytes(number % 7) for number in range(3000)}
    while restorer.get(files_url(mount, "/partition-1/etc")).status_code == 202:
        pass  # being listed
    for sort in ("name", "-name", "size", "-size", "modified", "-modified"):
        for more in ("&page=1", "&page=15", "&page=31", "&q=99&page=2", "&jump=file-00"):
            url = files_url(mount, "/partition-1/etc", f"&sort={sort}{more}")
            with CaptureQueriesContext(database) as queries:
                answer = restorer.get(url, headers=ROWS)
            assert answer.status_code == 200
            assert len(queries) <= 15
            plans = [plan_of(query["sql"]) for query in queries if "restore_fileentry" in query["sql"]]
            assert plans
            assert not any("SCAN restore_fileentry" in plan for plan in plans), (url, plans)
            if "page" in more and "q=" not in more:
                assert not any("TEMP B-TREE FOR ORDER BY" in plan for plan in plans), (url, plans)


def plan_of(sql: str) -> str:
    """How SQLite answers a query."""
    with database.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
        return "; ".join(str(row[3]) for row in cursor.fetchall())
