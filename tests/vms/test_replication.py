"""Replication as the hub tells it with its machines: states, progress, and whose they are."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from sendense_portal.tenancy.hubs import client_for, clients
from sendense_portal.tenancy.models import HubConnection
from tests.conftest import AsPerson, Cast
from tests.factories import make_vm
from tests.hub.servers import LOGGED_IN, Request, http, serving
from vms.mirror import refresh_vms
from vms.models import VirtualMachine
from vms.replication.mirror import WHILE_RUNNING, refresh_replications, replications_every

pytestmark = pytest.mark.django_db
PAGE = "/vms/replication/"
CONTEXT = {
    "context_id": "ctx-1", "vm_name": "web01", "current_status": "replicating", "current_job_id": "job-1",
    "total_jobs_run": 5, "successful_jobs": 4, "failed_jobs": 1, "last_job_at": "2026-03-04T05:06:07+01:00",
    "groups": [],
}  # fmt: skip
JOB: dict[str, Any] = {
    "id": "job-1", "status": "replicating", "current_operation": "Transfer", "progress_percent": 41.6,
    "bytes_transferred": 5, "total_bytes": 12,
}  # fmt: skip


@pytest.fixture
def hub(db: None) -> Iterator[HubConnection]:
    def answer(asked: Request, connection: object) -> bytes:
        if asked.path.endswith("/login"):
            return LOGGED_IN
        if asked.path.endswith("/vm-contexts"):
            other = CONTEXT | {"context_id": "ctx-2", "vm_name": "db01", "current_status": "discovered"}
            quiet = other | {"current_job_id": None, "total_jobs_run": 0, "last_job_at": None}
            return http(200, json.dumps({"vm_contexts": [CONTEXT, quiet], "count": 2}))
        if asked.path.endswith("/vm-contexts/by-id/ctx-1"):
            return http(200, json.dumps({"context": CONTEXT, "current_job": JOB, "job_history": None}))
        return http(200, json.dumps({"disks": []}))

    with serving(answer) as server:
        connection = HubConnection(name="Hub", url=server.url, state=HubConnection.State.UP)
        connection.token = "secret"
        connection.save()
        yield connection
        clients.clear()


def test_what_the_hub_says_of_its_machines_is_mirrored_with_its_progress(hub: HubConnection) -> None:
    list(refresh_vms(hub, client_for(hub)))
    assert replications_every(hub) == WHILE_RUNNING
    assert len(list(refresh_replications(hub, client_for(hub)))) == 1
    assert list(refresh_replications(hub, client_for(hub))) == [], "nothing new"
    web = VirtualMachine.objects.get(name="web01")
    assert (web.replication_runs, web.replication_failures, web.replication_operation) == (5, 1, "Transfer")
    assert round(web.replication_percent) == 42
    assert web.replicated_at is not None
    assert web.replicated_at.isoformat() == "2026-03-04T04:06:07+00:00"


def test_the_list_has_replicated_machines_of_one_s_own_and_nothing_to_press(
    cast: Cast, as_person: AsPerson
) -> None:
    make_vm("acme-web", cast.acme, replication_status="replicating", replication_percent=41.6)
    make_vm("acme-app", cast.acme, replication_status="ready_for_failover", replication_runs=3)
    make_vm("acme-plain", cast.acme, replication_status="discovered")
    make_vm("borealis-db", cast.borealis, replication_status="failed", replication_failures=2)
    html = as_person(cast.acme_viewer).get(PAGE).content.decode()
    assert "1 machine is being replicated" in html
    assert "41 %" in html, "rounded down, as backups are"
    assert "Ready for failover" in html
    for other in ("acme-plain", "borealis-db"):
        assert other not in html
    assert "<form" not in (table := html[html.index('id="replications"') : html.index("</table>")])
    assert "<button" not in table
    only = as_person(cast.provider_operator).get(f"{PAGE}?state=failed").content.decode()
    assert "borealis-db" in only
    assert "acme-app" not in only


def test_without_any_the_page_says_where_they_are_made(cast: Cast, as_person: AsPerson) -> None:
    assert "console of the hub" in as_person(cast.acme_viewer).get(PAGE).content.decode()


def test_the_dashboard_counts_them_where_there_are_any(cast: Cast, as_person: AsPerson) -> None:
    viewer = as_person(cast.acme_viewer)
    vm = make_vm("acme-web", cast.acme)
    assert "Replicating now" not in viewer.get("/").content.decode()
    vm.replication_status = "replicating"
    vm.save()
    html = viewer.get("/").content.decode()
    assert "Replicating now" in html
    assert f"{PAGE}?state=replicating" in html
