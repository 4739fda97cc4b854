"""The navigation: groups that fold and stay so, and numbers that cost one query and follow what happens."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backups.models import BackupState
from tests.conftest import AsPerson, Cast
from tests.factories import make_backup, make_vm

pytestmark = pytest.mark.django_db


def numbers(html: str) -> dict[str, str]:
    """What stands beside the backups, without its tags."""
    found = re.findall(
        r'id="nav-counts-([\w-]+)"[^>]*>(.*?)(?=</a>|<span class="nav-counts"|$)', html, re.DOTALL
    )
    return {key: re.sub(r"<[^>]+>", " ", inside) for key, inside in found}


@pytest.fixture
def busy(cast: Cast) -> None:
    for tenant in (cast.acme, cast.borealis, cast.borealis):
        make_backup(make_vm("", tenant), BackupState.RUNNING)
        make_backup(make_vm("", tenant), BackupState.FAILED)


@pytest.mark.parametrize("path", ["/", "/vms/", "/backups/", "/activity/", "/navigation/"])
@pytest.mark.usefixtures("busy")
def test_running_and_failed_are_one_s_own_on_every_page(cast: Cast, as_person: AsPerson, path: str) -> None:
    for person, number in ((cast.acme_admin, 1), (cast.provider_admin, 3)):
        words = numbers(as_person(person).get(path).content.decode())["backups-backup_list"].split()
        assert words == [str(number), "failed:", str(number)]


@pytest.mark.usefixtures("busy")
def test_both_numbers_come_from_one_query(cast: Cast, as_person: AsPerson) -> None:
    client = as_person(cast.acme_admin)
    with CaptureQueriesContext(connection) as queries:
        client.get("/vms/")
    assert sum("backups_backup" in query["sql"] for query in queries.captured_queries) == 1


@pytest.mark.usefixtures("busy")
def test_an_open_page_gets_the_numbers_alone(cast: Cast, as_person: AsPerson) -> None:
    client = as_person(cast.acme_viewer)
    page = client.get("/vms/").content.decode()
    assert 'hx-get="/navigation/"' in page
    part = client.get("/navigation/", headers={"HX-Request": "true"}).content.decode()
    assert part.count('hx-swap-oob="true"') == part.count('id="nav-counts-') >= 1
    assert "<html" not in part
    assert "<a " not in part


def test_groups_fold_as_this_browser_keeps_them_but_for_the_one_that_one_is_in(
    cast: Cast, as_person: AsPerson
) -> None:
    client = as_person(cast.acme_admin)
    assert client.get("/vms/").content.decode().count('open>\n    <summary class="nav-heading"') == 4
    client.cookies["folded"] = "protect.know.nonsense"
    html = client.get("/vms/").content.decode()
    assert '<details class="nav-group" data-nav-group="protect" open>' in html
    assert '<details class="nav-group" data-nav-group="know">' in html
    assert '<details class="nav-group" data-nav-group="store" open>' in html
