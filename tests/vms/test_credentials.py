"""Credentials at a real small hub: added, changed, and deleted only when nothing hangs on them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from protection.causes import standing_of
from sendense_portal.audit.models import AuditEntry
from sendense_portal.tenancy.access import Access
from sendense_portal.tenancy.hubs import client_for, clients
from sendense_portal.tenancy.models import HubConnection
from tests.conftest import AsPerson, Cast
from tests.localhub_process import LocalHub
from vms.discovery.mirror import refresh_credentials
from vms.mirror import refresh_vms
from vms.models import Credential, VirtualMachine

pytestmark = pytest.mark.django_db


@pytest.fixture
def hub(tmp_path: Path, db: None) -> Iterator[HubConnection]:
    (tmp_path / "vms" / "web01").mkdir(parents=True)
    with (tmp_path / "vms" / "web01" / "disk.raw").open("wb") as disk:
        disk.truncate(1 << 20)
    with LocalHub(tmp_path / "vms", tmp_path / "state", inventory="discovered") as process:
        connection = HubConnection(name="Hub", url=process.url, state=HubConnection.State.UP)
        connection.token = process.token
        connection.save()
        refresh_credentials(connection, client_for(connection))
        yield connection
    clients.clear()


@pytest.fixture
def staff(cast: Cast, as_person: AsPerson) -> Client:
    return as_person(cast.provider_admin)


def fields(hub: HubConnection, **more: str) -> dict[str, str]:
    return {
        "hub": str(hub.pk), "name": "Lab", "vcenter_host": "localhub.invalid", "datacenter": "localhub",
        "username": "localhub", "password": "localhub", **more,
    }  # fmt: skip


def added(staff: Client, hub: HubConnection, **more: str) -> Credential:
    assert staff.post("/vms/credentials/add/", fields(hub, **more)).status_code == 302
    return Credential.objects.get(name=more.get("name", "Lab"))


def test_one_is_added_changed_and_deleted(staff: Client, hub: HubConnection) -> None:
    lab = added(staff, hub)
    assert (lab.vcenter, lab.username, lab.is_active) == ("localhub.invalid", "localhub", True)
    assert staff.post("/vms/credentials/add/", fields(hub)).context["form"].errors["name"]
    edit = f"/vms/credentials/{lab.pk}/edit/"
    unchanged = fields(hub, name="Lab two", password="")
    assert staff.post(edit, unchanged).status_code == 302
    assert len(client_for(hub).discovery.discover(lab.remote_id)) == 1, "the hub kept the password"
    elsewhere = staff.post(edit, {**unchanged, "vcenter_host": "evil.invalid"})
    assert elsewhere.context["form"].errors["password"], "the old password goes to no other host"
    lab.refresh_from_db()
    assert (lab.name, lab.vcenter) == ("Lab two", "localhub.invalid")
    assert staff.post(f"/vms/credentials/{lab.pk}/delete/").status_code == 302
    assert [one.name for one in client_for(hub).credentials.list()] == ["localhub"]
    said = {(entry.action, entry.outcome) for entry in AuditEntry.objects.all()}
    for action in ("credential.add", "credential.edit", "credential.delete"):
        assert {(action, "started"), (action, "ok")} <= said


def test_one_that_a_machine_uses_stays_also_if_the_portal_has_not_seen_the_machine_yet(
    cast: Cast, staff: Client, hub: HubConnection
) -> None:
    lab = added(staff, hub)
    client_for(hub).discovery.add(lab.remote_id, ["web01"])
    assert not VirtualMachine.objects.exists()
    delete = f"/vms/credentials/{lab.pk}/delete/"
    page = staff.post(delete).content.decode()
    assert "1 machine is backed up by it: web01" in page and "no way to give it another" in page
    assert "web01" in staff.get(f"/vms/credentials/{lab.pk}/").content.decode()
    assert len(client_for(hub).credentials.list()) == 2
    assert staff.get("/vms/credentials/").context["table"].data.data.get(pk=lab.pk).users == 1


def test_the_last_active_one_stays(staff: Client, hub: HubConnection) -> None:
    only = Credential.objects.get(hub=hub)
    assert "last active one" in staff.post(f"/vms/credentials/{only.pk}/delete/").content.decode()
    assert len(client_for(hub).credentials.list()) == 1


def test_a_machine_that_lost_its_credential_says_so_to_those_who_can_act(
    cast: Cast, staff: Client, hub: HubConnection
) -> None:
    lab = added(staff, hub)
    client_for(hub).discovery.add(lab.remote_id, ["web01"])
    client_for(hub).credentials.delete(lab.remote_id)
    list(refresh_vms(hub, client_for(hub)))
    list(refresh_credentials(hub, client_for(hub)))
    vm = VirtualMachine.objects.select_related("hub").get()
    vm.tenant = cast.acme
    vm.save()
    assert not vm.has_credential and vm.credential_remote_id is None
    lab.refresh_from_db()
    assert lab.gone_at

    def causes(person: Any) -> list[tuple[str, str]]:
        return [(one.text, one.url) for one in standing_of(vm, Access.of(person)).causes]

    text, url = next(one for one in causes(cast.provider_operator) if "credential" in one[0])
    assert url == "/vms/credentials/#without" and "no vCenter credential" in text
    assert next(one for one in causes(cast.acme_admin) if "credential" in one[0]) != ("", "")
    assert not any("/credentials/" in url for _text, url in causes(cast.acme_admin))
    assert "Machines without credential" in staff.get("/vms/credentials/").content.decode()


def test_a_hub_that_is_down_costs_a_sentence_and_nothing_typed_but_the_password(
    cast: Cast, staff: Client
) -> None:
    down = HubConnection.objects.create(name="Down", url="http://127.0.0.1:9")
    page = staff.post("/vms/credentials/add/", fields(down, name="Typed", password="geheim")).content.decode()
    assert "The hub cannot be reached" in page and 'value="Typed"' in page and "geheim" not in page
    credential = Credential.objects.create(hub=down, remote_id=7, name="Old")
    Credential.objects.create(hub=down, remote_id=8, name="Another")
    page = staff.post(f"/vms/credentials/{credential.pk}/delete/").content.decode()
    assert "It was not deleted" in page and "The hub" in page
