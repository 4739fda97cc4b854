"""How far replications are: real sizes, many at once, machines called alike, and numbers that stop."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from sendense_portal.tenancy.hubs import client_for, clients
from sendense_portal.tenancy.models import HubConnection
from tests.conftest import AsPerson, Cast
from tests.factories import make_vm
from tests.hub.servers import LOGGED_IN, NO_ROUTE, Request, http, serving
from tests.lists.test_lists import file_of
from vms.models import VirtualMachine
from vms.replication.mirror import ASKED_AT_ONCE, refresh_replications
from vms.replication.progress import progress_of

pytestmark = pytest.mark.django_db
TIB = 2**40
JOB: dict[str, Any] = {
    "id": "job-1", "status": "replicating", "current_operation": "Transfer", "progress_percent": 41.6,
    "bytes_transferred": 4 * TIB, "total_bytes": 10 * TIB, "transfer_speed_bps": 3 * 2**30,
}  # fmt: skip


@contextmanager
def hub_of(details: Callable[[str], object], *, by_id: bool = True) -> Iterator[HubConnection]:
    """A hub that answers for a machine, named by its context or (``by_id`` not) by its name alone."""

    def answer(asked: Request, connection: object) -> bytes:
        if asked.path.endswith("/login"):
            return LOGGED_IN
        rest = asked.path.removeprefix("/api/v1/vm-contexts/")
        if rest.startswith("by-id/") != by_id:
            return NO_ROUTE
        found = details(rest.removeprefix("by-id/"))
        return http(200, found if isinstance(found, str) else json.dumps(found))

    with serving(answer) as server:
        connection = HubConnection(name="Hub", url=server.url, state=HubConnection.State.UP)
        connection.token = "secret"
        connection.save()
        yield connection
        clients.clear()


def replicating(hub: HubConnection, *names: str) -> list[VirtualMachine]:
    return [
        make_vm(name, hub=hub, remote_id=f"ctx-{name}", replication_status="replicating") for name in names
    ]


def of(context_id: str, **job: object) -> dict[str, object]:
    return {"context": {"context_id": context_id}, "current_job": JOB | job}


@pytest.mark.parametrize("by_id", [True, False])
def test_terabytes_are_mirrored_from_hubs_of_both_dialects(by_id: bool) -> None:
    with hub_of(lambda asked: of("ctx-web01"), by_id=by_id) as hub:
        [vm] = replicating(hub, "web01")
        assert len(list(refresh_replications(hub, client_for(hub)))) == 1
    vm.refresh_from_db()
    assert (vm.replication_bytes, vm.replication_total_bytes) == (4 * TIB, 10 * TIB)
    assert vm.replication_bytes_per_second == 3 * 2**30


def test_of_machines_called_alike_none_gets_the_numbers_of_another() -> None:
    with hub_of(lambda asked: of("ctx-of-somebody-else"), by_id=False) as hub:
        [vm] = replicating(hub, "web01")
        assert list(refresh_replications(hub, client_for(hub))) == []
    vm.refresh_from_db()
    assert (vm.replication_percent, vm.replication_operation) == (0, "")


def test_a_strange_answer_about_one_machine_does_not_keep_the_others_from_being_asked() -> None:
    def details(asked: str) -> object:
        return '{"current_job":{"progress_percent":"much"}}' if asked == "ctx-a" else of(asked)

    with hub_of(details) as hub:
        strange, fine = replicating(hub, "a", "b")
        assert len(list(refresh_replications(hub, client_for(hub)))) == 1
    fine.refresh_from_db()
    strange.refresh_from_db()
    assert (strange.replication_percent, fine.replication_percent) == (0, 41.6)


def test_of_more_than_one_round_can_ask_each_gets_its_turn() -> None:
    asked: list[str] = []

    def details(context: str) -> object:
        asked.append(context)
        return of(context)

    names = [f"vm{number:02}" for number in range(ASKED_AT_ONCE + 5)]
    with hub_of(details) as hub:
        replicating(hub, *names)
        for _round in range(2):
            list(refresh_replications(hub, client_for(hub)))
    assert set(asked) == {f"ctx-{name}" for name in names}
    assert len(asked) == 2 * ASKED_AT_ONCE


def test_the_next_replication_does_not_begin_with_the_numbers_of_the_last() -> None:
    with hub_of(of) as hub:
        [vm] = replicating(hub, "web01")
        list(refresh_replications(hub, client_for(hub)))
        VirtualMachine.objects.update(replication_status="ready_for_failover")
        list(refresh_replications(hub, client_for(hub)))
    vm.refresh_from_db()
    assert (vm.replication_percent, vm.replication_bytes, vm.replication_asked_at) == (0, 0, None)


def test_what_is_left_is_told_only_while_numbers_move() -> None:
    now = timezone.now()
    vm = make_vm(
        "web01", replication_status="replicating", replication_percent=50,
        replicated_at=now - timedelta(hours=1), replication_asked_at=now, replication_moved_at=now,
    )  # fmt: skip
    moving = progress_of(vm)
    assert (moving.percent, moving.silent_since) == (50, None)
    assert moving.seconds_left is not None
    assert 3500 < moving.seconds_left <= 3660
    vm.replication_moved_at = now - timedelta(minutes=20)
    still = progress_of(vm)
    assert (still.seconds_left, still.silent_since) == (None, vm.replication_moved_at)
    vm.replication_asked_at = vm.replication_moved_at
    assert progress_of(vm).silent_since is None, "the hub is down: nobody asked it since"
    vm.replication_percent, vm.replication_moved_at = 0, None
    assert progress_of(vm).percent is None, "hubs of today no longer fill the column"


def test_the_machine_s_page_and_panel_say_how_far_it_is(cast: Cast, as_person: AsPerson) -> None:
    now = timezone.now()
    vm = make_vm(
        "acme-web", cast.acme, replication_status="replicating", replication_percent=97.9,
        replication_operation="Transfer", replication_bytes=4 * TIB, replication_total_bytes=10 * TIB,
        replication_bytes_per_second=2**20, replication_asked_at=now, replication_moved_at=now,
    )  # fmt: skip
    plain = make_vm("acme-plain", cast.acme, replication_status="discovered")
    viewer = as_person(cast.acme_viewer)
    for page in (f"/vms/{vm.pk}/", f"/vms/{vm.pk}/panel/", "/vms/replication/"):
        html = viewer.get(page).content.decode()
        assert "Replicating" in html, page
        assert "97 %" in html, "rounded down, as backups are"
        assert "4.0 TiB of 10.0 TiB" in html, page
        assert "1.0 MiB/s" in html, page
        assert 'class="meter"' not in html[html.index("97 %") - 400 : html.index("97 %")], (
            "nothing is too full"
        )
    assert "Replicating" not in viewer.get(f"/vms/{plain.pk}/").content.decode()
    assert as_person(cast.borealis_admin).get(f"/vms/{vm.pk}/").status_code == 404


def test_a_hub_that_does_not_say_how_far_gets_no_empty_bar(cast: Cast, as_person: AsPerson) -> None:
    make_vm("acme-web", cast.acme, replication_status="replicating")
    html = as_person(cast.acme_viewer).get("/vms/replication/").content.decode()
    assert "The hub does not say how far it is." in html
    assert "<progress" not in html


def test_the_list_leaves_as_a_file_and_keeps_the_columns_of_one_s_choice(
    cast: Cast, as_person: AsPerson
) -> None:
    make_vm(
        "acme-web", cast.acme, replication_status="replicating", replication_percent=97.9, replication_runs=3,
        replication_failures=1, replication_bytes=4 * TIB, replication_total_bytes=10 * TIB,
    )  # fmt: skip
    make_vm("acme-app", cast.acme, replication_status="failed", replication_runs=2)
    make_vm("acme-plain", cast.acme, replication_status="discovered")
    make_vm("borealis-db", cast.borealis, replication_status="replicating")
    viewer = as_person(cast.acme_viewer)
    [row] = file_of(viewer, "/lists/replications/export.csv?state=replicating")
    assert (row["name"], row["status"], row["percent"], row["runs"]) == ("acme-web", "replicating", "97", "3")
    assert row["copied_bytes"] == str(4 * TIB)
    assert [row["name"] for row in file_of(viewer, "/lists/replications/export.csv?sort=name")] == [
        "acme-app", "acme-web",
    ]  # fmt: skip
    assert "Runs" in head_of(viewer.get("/vms/replication/").content.decode())
    viewer.post("/lists/replications/columns/", {"column": ["last"]})
    assert "Runs" not in head_of(viewer.get("/vms/replication/").content.decode())


def head_of(html: str) -> str:
    """The headings of the table on a page."""
    return html.partition("<thead")[2].partition("</thead>")[0]
