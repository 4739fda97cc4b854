"""Replications started by the provider's people, and what hubs remember of those that there were."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from sendense_portal.audit.models import AuditEntry
from sendense_portal.tenancy.hubs import client_for, clients
from sendense_portal.tenancy.models import HubConnection
from tests.conftest import AsPerson, Cast
from tests.factories import make_vm
from tests.hub.servers import LOGGED_IN, NO_ROUTE, Request, http, serving
from tests.lists.test_lists import file_of
from tests.localhub_process import LocalHub
from vms.discovery.mirror import refresh_credentials
from vms.mirror import refresh_vms
from vms.models import ReplicationRun, VirtualMachine
from vms.replication import starts
from vms.replication.mirror import WHILE_RUNNING, refresh_replications, replications_every
from vms.replication.starts import LOST_AFTER, tend

pytestmark = pytest.mark.django_db
State = ReplicationRun.State
RUNS = "/vms/replication/runs/"
FOUND = {
    "id": "4200", "name": "acme-web", "path": "/DC/vm/acme-web", "power_state": "poweredOn",
    "guest_os": "debian12_64Guest", "memory_mb": 2048, "num_cpu": 2, "vmx_version": "vmx-19",
    "disks": [{"id": "disk-2000", "path": "[store] acme-web.vmdk", "size_gb": 1, "datastore": "store"}],
    "networks": [{"label": "Network adapter 1", "network_name": "VLAN 253"}],
    "existing": True, "context_id": "ctx-acme-web",
}  # fmt: skip


@dataclass
class Told:
    """What the hub says, and what it was asked."""

    found: list[dict[str, Any]] = field(default_factory=lambda: [FOUND])
    start: bytes | None = field(
        default_factory=lambda: http(201, '{"job_id":"job-1","status":"replicating","created_volumes":[]}')
    )
    history: list[dict[str, Any]] = field(default_factory=list)
    listed: list[dict[str, Any]] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def hub(told: Told, db: None) -> Iterator[HubConnection]:
    def answer(asked: Request, connection: object) -> bytes | None:
        if asked.path.endswith("/login"):
            return LOGGED_IN
        if asked.path.endswith("/discover-vms"):
            return http(200, json.dumps({"discovered_vms": told.found}))
        if asked.path.endswith("/replications"):
            told.asked.append(json.loads(asked.body))
            return told.start
        if "/vm-contexts/by-id/" in asked.path:
            context = {"context_id": asked.path.rsplit("/", 1)[1]}
            return http(200, json.dumps({"context": context, "job_history": told.history or None}))
        if asked.path.endswith("/vm-contexts"):
            return http(200, json.dumps({"vm_contexts": told.listed}))
        if asked.path.endswith("/disks"):
            return http(200, '{"disks": []}')
        return NO_ROUTE

    with serving(answer) as server:
        connection = HubConnection(name="Hub", url=server.url, state=HubConnection.State.UP)
        connection.token = "secret"
        connection.save()
        yield connection
        clients.clear()


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(starts.threads, "begin", lambda key, work: work())


@pytest.fixture
def web(cast: Cast, hub: HubConnection) -> VirtualMachine:
    return make_vm(
        "acme-web", cast.acme, hub=hub, remote_id="ctx-acme-web", credential_remote_id=7, vcenter="vc.test",
        datacenter="DC", replication_target=3,
    )  # fmt: skip


@pytest.fixture
def staff(cast: Cast, as_person: AsPerson) -> Client:
    return as_person(cast.provider_operator)


def start(staff: Client, vm: VirtualMachine, **more: Any) -> ReplicationRun:
    """As a person asks, and the chore acts."""
    answer = staff.post(f"/vms/{vm.pk}/replicate/", {"target": 3} | more)
    assert answer["Location"] == RUNS
    run = ReplicationRun.objects.get()
    assert run.state == State.ASKED, "the page did not wait for the hub"
    tend()
    run.refresh_from_db()
    return run


def test_the_hub_is_told_what_its_vcenter_has_and_who_asked_is_on_record(
    cast: Cast, staff: Client, web: VirtualMachine, told: Told
) -> None:
    html = staff.get(f"/vms/{web.pk}/replicate/").content.decode()
    assert 'value="3"' in html, "the machine's own target"
    assert "makes a volume at the target" in html
    assert "What has changed" not in html, "there is nothing yet that changes could be added to"
    run = start(staff, web)
    assert (run.state, run.remote_id, run.kind) == (State.RUNNING, "job-1", "initial")
    [asked] = told.asked
    assert asked["source_vm"] == {
        "id": "4200", "name": "acme-web", "path": "/DC/vm/acme-web", "datacenter": "DC", "cpus": 2,
        "memory_mb": 2048, "power_state": "poweredOn", "os_type": "debian12_64Guest",
        "disks": FOUND["disks"], "networks": FOUND["networks"],
    }  # fmt: skip
    assert (asked["ossea_config_id"], asked["replication_type"], asked["vcenter_host"]) == (
        3,
        "initial",
        "vc.test",
    )
    entries = AuditEntry.objects.filter(action="replication.start", tenant=cast.acme)
    assert [entry.outcome for entry in entries.order_by("sequence")] == ["started", "ok"]
    assert {entry.actor_name for entry in entries} == {cast.provider_operator.email}
    page = staff.get(RUNS).content.decode()
    assert "acme-web" in page
    assert cast.provider_operator.email in page
    tend()
    assert len(told.asked) == 1, "nothing is asked for twice"


def test_changes_alone_are_offered_once_everything_was_copied(
    staff: Client, web: VirtualMachine, told: Told
) -> None:
    VirtualMachine.objects.update(replication_runs=2, replication_failures=1)
    assert "What has changed" in staff.get(f"/vms/{web.pk}/replicate/").content.decode()
    assert start(staff, web, kind="incremental").kind == "incremental"
    assert told.asked[0]["replication_type"] == "incremental"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"credential_remote_id": None}, "no credential"),
        ({"replication_status": "replicating"}, "replicated already"),
        ({"replication_status": "failed_over_live"}, "would overwrite it"),
        ({"replication_status": "cleanup_required"}, "Clean up at the hub first"),
        ({"gone_at": "2026-01-01T00:00:00Z"}, "no longer lists"),
    ],
    ids=["credential", "running", "failed-over", "cleanup", "gone"],
)
def test_what_stands_in_the_way_is_said_before_and_refused_after(
    staff: Client, web: VirtualMachine, told: Told, values: dict[str, Any], words: str
) -> None:
    VirtualMachine.objects.update(**values)
    page = f"/vms/{web.pk}/replicate/"
    for answer in (staff.get(page), staff.post(page, {"target": 3})):
        html = answer.content.decode()
        assert words in html
        assert (
            "<button" not in html[html.index("can’t be replicated now") : html.index("Back to the machine")]
        )
    assert page not in staff.get(f"/vms/{web.pk}/").content.decode(), "nor is it offered"
    assert not ReplicationRun.objects.exists()


@pytest.mark.parametrize("target", ["", "0", "-1", "one", str(2**40)])
def test_a_wrong_target_is_said_at_the_field_and_kept(
    staff: Client, web: VirtualMachine, target: str
) -> None:
    html = staff.post(f"/vms/{web.pk}/replicate/", {"target": target}).content.decode()
    assert "is-error" in html or "aria-invalid" in html
    assert f'value="{target}"' in html or not target
    assert not ReplicationRun.objects.exists()


def test_two_who_ask_at_once_start_one(staff: Client, web: VirtualMachine, told: Told) -> None:
    page = f"/vms/{web.pk}/replicate/"
    assert staff.post(page, {"target": 3}).status_code == 302
    assert "Somebody has just asked for it" in staff.post(page, {"target": 3}).content.decode()
    tend()
    assert len(told.asked) == 1


@pytest.mark.parametrize("found", [[], [FOUND, FOUND], [FOUND | {"context_id": "ctx-of-another"}]])
def test_a_machine_that_the_vcenter_has_not_just_once_is_not_replicated(
    staff: Client, web: VirtualMachine, told: Told, found: list[dict[str, Any]]
) -> None:
    told.found = found
    run = start(staff, web)
    assert (run.state, run.said) == (State.REFUSED, "The vCenter has no machine, or several, of this name.")
    assert not told.asked
    assert run.said in staff.get(RUNS).content.decode()


def test_the_hub_s_own_words_are_for_staff_alone(
    cast: Cast, as_person: AsPerson, staff: Client, web: VirtualMachine, told: Told
) -> None:
    told.start = http(
        400, '{"error":"CloudStack prerequisites not met","details":"zone secret","timestamp":""}'
    )
    assert start(staff, web).state == State.REFUSED
    assert "zone secret" in staff.get(RUNS).content.decode()
    seen = as_person(cast.acme_admin).get(RUNS).content.decode()
    assert "The hub refuses this." in seen
    assert "zone secret" not in seen


def test_an_answer_that_got_lost_is_found_among_the_runs_and_not_asked_for_again(
    staff: Client, web: VirtualMachine, told: Told, hub: HubConnection
) -> None:
    told.start = None
    run = start(staff, web)
    assert run.state == State.UNKNOWN
    assert "did not say whether it began" in staff.get(RUNS).content.decode()
    told.history = [
        {"id": "job-9", "replication_type": "initial", "status": "failed", "error_message": "no room",
         "started_at": timezone.now().isoformat(), "completed_at": timezone.now().isoformat()},
    ]  # fmt: skip
    assert len(list(refresh_replications(hub, client_for(hub)))) == 1
    run.refresh_from_db()
    assert (run.state, run.remote_id, run.error_text) == (State.FAILED, "job-9", "no room")
    assert ReplicationRun.objects.count() == len(told.asked) == 1
    assert list(refresh_replications(hub, client_for(hub))) == [], "nothing new"


def test_who_was_killed_in_the_middle_leaves_a_run_of_which_nothing_is_known(
    staff: Client, web: VirtualMachine, told: Told
) -> None:
    staff.post(f"/vms/{web.pk}/replicate/", {"target": 3})
    ReplicationRun.objects.update(state=State.STARTING, began_at=timezone.now() - LOST_AFTER)
    tend()
    assert ReplicationRun.objects.get().state == State.UNKNOWN
    assert not told.asked
    web.refresh_from_db()
    assert web.replication_unread


def test_who_lost_the_right_meanwhile_starts_nothing(
    cast: Cast, staff: Client, web: VirtualMachine, told: Told
) -> None:
    staff.post(f"/vms/{web.pk}/replicate/", {"target": 3})
    cast.provider_operator.is_active = False
    cast.provider_operator.save()
    tend()
    run = ReplicationRun.objects.get()
    assert (run.state, run.said) == (State.REFUSED, "You may no longer do this.")
    assert not told.asked


def test_runs_are_kept_with_their_machine_for_those_who_may_see_it(
    cast: Cast, as_person: AsPerson, staff: Client, web: VirtualMachine, told: Told, hub: HubConnection
) -> None:
    began = timezone.now() - timedelta(days=3)
    copied = {"replication_type": "incremental", "bytes_transferred": 5 * 2**30}
    told.history = [
        copied | {"id": f"job-{n}", "status": status, "error_message": "at /var/lib/hub/x.qcow2"}
        | {"started_at": begun.isoformat(), "completed_at": (begun + timedelta(minutes=30)).isoformat()}
        for n, status in enumerate(("completed", "failed", "strange"))
        for begun in [began + timedelta(hours=n)]
    ]  # fmt: skip
    VirtualMachine.objects.update(replication_unread=True)
    assert len(list(refresh_replications(hub, client_for(hub)))) == 1
    states = dict(ReplicationRun.objects.values_list("remote_id", "state"))
    assert states == {"job-0": State.COMPLETED, "job-1": State.FAILED, "job-2": State.UNKNOWN}
    html = as_person(cast.acme_viewer).get(RUNS).content.decode()
    assert html.count("took 30 min") == 3
    assert "5.0 GiB" in html
    assert "/var/lib" not in staff.get(RUNS).content.decode(), "what reveals the hub's machine is blanked"
    assert "acme-web" not in as_person(cast.borealis_admin).get(RUNS).content.decode()
    one = as_person(cast.acme_viewer).get(f"{RUNS}?state=failed&search=web").content.decode()
    assert one.count("took 30 min") == 1
    rows = file_of(as_person(cast.acme_viewer), "/lists/replication-runs/export.csv")
    assert [row["status"] for row in rows] == ["unknown", "failed", "completed"]


def test_a_machine_is_asked_about_when_the_list_says_that_something_became_of_it(
    web: VirtualMachine, told: Told, hub: HubConnection
) -> None:
    assert list(refresh_replications(hub, client_for(hub))) == []
    told.history = [{"id": "job-1", "status": "completed", "created_at": "2026-03-04T05:06:07+01:00"}]
    assert list(refresh_replications(hub, client_for(hub))) == [], "not asked: nothing is new of it"
    told.listed = [
        {"context_id": web.remote_id, "vm_name": web.name, "total_jobs_run": 1, "ossea_config_id": 4}
    ]
    list(refresh_vms(hub, client_for(hub)))
    assert replications_every(hub) == WHILE_RUNNING
    assert len(list(refresh_replications(hub, client_for(hub)))) == 1
    assert replications_every(hub) > WHILE_RUNNING
    assert ReplicationRun.objects.get().remote_id == "job-1"
    web.refresh_from_db()
    assert web.replication_target == 4


def test_localhub_has_no_target_and_says_so_as_a_hub_does(cast: Cast, staff: Client, tmp_path: Path) -> None:
    (tmp_path / "vms" / "acme-web").mkdir(parents=True)
    with (tmp_path / "vms" / "acme-web" / "disk.raw").open("wb") as disk:
        disk.truncate(1 << 20)
    with LocalHub(tmp_path / "vms", tmp_path / "state") as process:
        connection = HubConnection(name="Hub", url=process.url, state=HubConnection.State.UP)
        connection.token = process.token
        connection.save()
        refresh_credentials(connection, client_for(connection))
        list(refresh_vms(connection, client_for(connection)))
        vm = VirtualMachine.objects.get(name="acme-web")
        assert "Number of the target" in staff.get(f"/vms/{vm.pk}/replicate/").content.decode()
        run = start(staff, vm)
        clients.clear()
    assert (run.state, run.said) == (State.REFUSED, "The hub refuses this.")
    assert "no CloudStack configuration is active" in run.error_text
