"""Credentials and discovery at localhub in both dialects: its vCenter is the folder it was started with."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sendense_portal.hub import Code, Dialect, Hub, HubError, HubRejected, HubUnavailable
from sendense_portal.hub.credentials import CredentialFields
from sendense_portal.hub.transport import Ask
from tests.hub.servers import LOGGED_IN, Request, http, replay, serving
from tests.hub.transcripts import recorded
from tests.localhub_process import LocalHub

PASSWORD = 'geheim"ün'
LOCAL = CredentialFields("Folder", "localhub.invalid", "localhub", "localhub", "localhub")


@pytest.fixture(scope="module", params=list(Dialect))
def hub(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    folder = tmp_path_factory.mktemp("discovery")
    vms = folder / "vms"
    for name, mib in (("web01", 1), ("db01", 3), ("mail01", 1)):
        (vms / name).mkdir(parents=True)
        with (vms / name / "disk.raw").open("wb") as disk:
            disk.truncate(mib << 20)
    (vms / "db01" / "vm.toml").write_text('cpu = 4\nmemory_mb = 8192\nos = "windows"\n')
    with LocalHub(vms, folder / "state", dialect=request.param.value, inventory="discovered") as process:
        yield Hub(process.url, process.token)


def test_credentials_are_kept_changed_and_deleted(hub: Hub) -> None:
    made = hub.credentials.add(LOCAL)
    assert (made.name, made.vcenter_host, made.is_active) == ("Folder", "localhub.invalid", True)
    listed = {one.id: one for one in hub.credentials.list()}
    assert listed[made.id].created_at and listed[made.id].last_used_at is None
    changed = CredentialFields("Renamed", "localhub.invalid", "localhub", "localhub")
    hub.credentials.change(made.id, changed)
    assert {one.name for one in hub.credentials.list()} == {"localhub", "Renamed"}
    assert len(hub.discovery.discover(made.id)) == 3, "an empty password keeps the old one"
    hub.credentials.delete(made.id)
    assert [one.name for one in hub.credentials.list()] == ["localhub"]
    with pytest.raises(HubRejected) as refused:
        hub.credentials.delete(1)
    assert refused.value.code is Code.CREDENTIAL_KEPT, "the last active one stays"


def test_what_is_not_known_yet_is_discovered_and_added_once(hub: Hub) -> None:
    assert hub.vms.list() == []
    found = {vm.name: vm for vm in hub.discovery.discover(1)}
    assert set(found) == {"web01", "db01", "mail01"}
    database = found["db01"]
    assert (database.cpu_count, database.memory_mb, database.guest_os) == (4, 8192, "windows")
    assert database.disk_count == 1 and database.disk_bytes and not database.is_known
    assert [vm.name for vm in hub.discovery.discover(1, "WEB")] == ["web01"]

    (added,) = hub.discovery.add(1, ["web01", "ghost"])
    assert (added.name, added.error) == ("web01", ""), "of what is not there the hub says nothing"
    (context,) = hub.vms.list()
    assert (context.vm_name, context.context_id, context.credential_id) == ("web01", added.context_id, 1)
    assert hub.discovery.add(1, ["web01"]) == [], "nor of what it knows already"
    assert {vm.name: vm.is_known for vm in hub.discovery.discover(1)} == {
        "web01": True, "db01": False, "mail01": False,
    }  # fmt: skip


def test_a_deleted_credential_leaves_its_machines_without(hub: Hub) -> None:
    made = hub.credentials.add(LOCAL)
    hub.discovery.add(made.id, ["mail01"])
    hub.credentials.delete(made.id)
    assert {vm.vm_name: vm.credential_id for vm in hub.vms.list()}["mail01"] is None


def test_a_wrong_login_is_told_and_an_unknown_credential_too(hub: Hub) -> None:
    wrong = hub.credentials.add(
        CredentialFields("Wrong", "localhub.invalid", "localhub", "localhub", PASSWORD)
    )
    with pytest.raises(HubRejected) as refused:
        hub.discovery.discover(wrong.id)
    assert refused.value.code is Code.VCENTER_LOGIN
    hub.credentials.delete(wrong.id)
    with pytest.raises(HubRejected) as unknown:
        hub.discovery.discover(wrong.id)
    assert unknown.value.code is Code.NO_CREDENTIAL


def test_what_a_real_hub_said_is_read() -> None:
    said = (one for one in recorded() if one.number in {"024", "028"})
    with serving(replay(*said)) as server:
        real = Hub(server.url)
        (credential,) = real.credentials.list()
        assert (credential.id, credential.name, credential.is_default) == (2, "lab", True)
        (found,) = real.discovery.discover(2, "db")
        assert (found.name, found.disk_count, found.disk_bytes, found.is_known) == ("db01", 2, 2 << 30, True)


def test_a_vcenter_that_takes_too_long_changes_nothing() -> None:
    def answer(request: Request, connection: object) -> bytes:
        return LOGGED_IN if request.path.endswith("/login") else b""

    with serving(answer) as server, pytest.raises(HubUnavailable) as slow:
        Hub(server.url, "token", timeout=(3.05, 0.3)).discovery.discover(1)
    assert "15 seconds" in slow.value.sentence


def test_a_password_is_in_no_repr_and_not_in_what_a_hub_repeats(caplog: pytest.LogCaptureFixture) -> None:
    def answer(request: Request, connection: object) -> bytes:
        return LOGGED_IN if request.path.endswith("/login") else http(500, f"cannot store {PASSWORD}")

    caplog.set_level("DEBUG")
    fields = CredentialFields("N", "v", "u", "d", PASSWORD)
    with serving(answer) as server:
        hub = Hub(server.url, "token")
        with pytest.raises(HubError) as failed:
            hub.credentials.add(fields)
    told = [repr(fields), repr(Ask("POST", "/", {}, fields.body())), repr(failed.value), repr(hub)]
    assert not any("geheim" in text for text in (*told, failed.value.detail, caplog.text))
