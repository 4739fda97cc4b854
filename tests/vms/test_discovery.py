"""Machines found at a real small hub's vCenter, which is its folder; added, given to customers, told of."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from sendense_portal.audit.models import AuditEntry
from sendense_portal.hub.credentials import CredentialFields
from sendense_portal.quotas.models import Quota, QuotaKind
from sendense_portal.tenancy.hubs import client_for, clients
from sendense_portal.tenancy.models import HubConnection
from tests.conftest import AsPerson, Cast
from tests.hub.servers import LOGGED_IN, Request, http, serving
from tests.localhub_process import LocalHub
from vms.discovery.adding import add_waiting
from vms.discovery.mirror import refresh_credentials
from vms.discovery.runs import discover, tend
from vms.mirror import refresh_vms
from vms.models import AssignmentRule, Credential, Discovery, FoundMachine, VirtualMachine

pytestmark = pytest.mark.django_db
NAMES = ("acme-web", "acme-db", "spare", "with-disk1", "nodisk")
State = FoundMachine.State


@pytest.fixture
def process(tmp_path: Path) -> Iterator[LocalHub]:
    for name in NAMES:
        (tmp_path / "vms" / name).mkdir(parents=True)
        if name != "nodisk":
            with (tmp_path / "vms" / name / "disk.raw").open("wb") as disk:
                disk.truncate(1 << 20)
    with LocalHub(tmp_path / "vms", tmp_path / "state", inventory="discovered") as hub:
        yield hub


@pytest.fixture
def hub(process: LocalHub, db: None) -> Iterator[HubConnection]:
    connection = HubConnection(name="Hub", url=process.url, state=HubConnection.State.UP)
    connection.token = process.token
    connection.save()
    refresh_credentials(connection, client_for(connection))
    yield connection
    clients.clear()


@pytest.fixture
def staff(cast: Cast, as_person: AsPerson) -> Client:
    return as_person(cast.provider_operator)


def found_by(staff: Client, hub: HubConnection, **more: str) -> Discovery:
    """A discovery as a person begins it, done as the chore does it."""
    credential = Credential.objects.get(hub=hub, name=more.pop("credential", "localhub"))
    answer = staff.post("/vms/discovery/run/", {"credential": str(credential.pk), **more})
    discovery = Discovery.objects.get(pk=answer["Location"].split("/")[-2])
    assert discovery.state == Discovery.State.ASKED, "the page did not wait for the hub"
    assert "takes up to 15 seconds" in staff.get(answer["Location"]).content.decode()
    discover(discovery)
    discovery.refresh_from_db()
    return discovery


def states(discovery: Discovery) -> dict[str, str]:
    return dict(discovery.machines.values_list("name", "state"))


def post_add(staff: Client, discovery: Discovery, *names: str, **more: Any) -> Any:
    keys = [str(row.pk) for row in discovery.machines.filter(name__in=names)]
    return staff.post(f"/vms/discovery/{discovery.pk}/add/", {"row": keys, **more})


def test_machines_are_found_added_and_given_to_a_customer_before_any_rule(
    cast: Cast, staff: Client, hub: HubConnection
) -> None:
    AssignmentRule.objects.create(tenant=cast.borealis, name_pattern="acme-*")
    discovery = found_by(staff, hub)
    assert states(discovery) == {
        "acme-web": State.NEW, "acme-db": State.NEW, "spare": State.NEW, "with-disk1": State.UNUSABLE,
        "nodisk": State.UNUSABLE,
    }  # fmt: skip
    page = staff.get(f"/vms/discovery/{discovery.pk}/").content.decode()
    assert page.count('name="row"') == 3 and "no disk that could be backed up" in page
    assert "acme-web" in staff.get(f"/vms/discovery/{discovery.pk}/?search=WEB").content.decode()

    chosen = discovery.machines.get(name="acme-web")
    asked = staff.get(f"/vms/discovery/{discovery.pk}/add/", {"row": str(chosen.pk)}).content.decode()
    assert "no way to forget a machine" in asked and "within its quota" in asked
    assert post_add(staff, discovery, "acme-web", "with-disk1", customer=str(cast.acme.pk)).status_code == 302
    assert not VirtualMachine.objects.exists(), "nothing is done within the request"
    add_waiting(discovery)

    vm = VirtualMachine.objects.get()
    assert (vm.name, vm.tenant, vm.has_credential, vm.disk_count) == ("acme-web", cast.acme, True, 1)
    machine = discovery.machines.get(name="acme-web")
    assert (machine.state, machine.vm, machine.said) == (State.ADDED, vm, "It belongs to Acme.")
    said = {(entry.action, entry.outcome) for entry in AuditEntry.objects.all()}
    assert {("discovery.run", "ok"), ("vm.add", "started"), ("vm.add", "ok"), ("vm.assign", "ok")} <= said
    added = AuditEntry.objects.get(action="vm.add", outcome="ok")
    assert added.actor == cast.provider_operator and added.parameters["machines"] == "acme-web"
    assert states(found_by(staff, hub))["acme-web"] == State.KNOWN


def test_without_a_customer_the_rules_decide_and_a_quota_is_told_of_each(
    cast: Cast, staff: Client, hub: HubConnection
) -> None:
    AssignmentRule.objects.create(tenant=cast.acme, name_pattern="acme-w*")
    Quota.objects.create(tenant=cast.borealis, kind=QuotaKind.VMS, limit=0)
    discovery = found_by(staff, hub)
    post_add(staff, discovery, "acme-web", "spare")
    add_waiting(discovery)
    post_add(staff, discovery, "acme-db", customer=str(cast.borealis.pk))
    add_waiting(discovery)
    told = dict(discovery.machines.filter(state=State.ADDED).values_list("name", "said"))
    assert told["acme-web"] == "A rule gave it to Acme."
    assert told["spare"] == "It has no customer: no rule takes it."
    assert told["acme-db"].startswith("It was not given to Borealis: ")
    owners = {vm.name: vm.tenant for vm in VirtualMachine.objects.select_related("tenant")}
    assert owners == {"acme-web": cast.acme, "spare": None, "acme-db": None}


def test_what_the_vcenter_has_lost_meanwhile_is_said_of_that_machine_alone(
    staff: Client, hub: HubConnection, process: LocalHub
) -> None:
    discovery = found_by(staff, hub)
    (process.vms / "spare").rename(process.vms / ".gone")
    post_add(staff, discovery, "spare", "acme-db")
    add_waiting(discovery)
    assert states(discovery)["acme-db"] == State.ADDED
    spare = discovery.machines.get(name="spare")
    assert spare.state == State.REFUSED and "says nothing of it" in spare.said


def test_what_a_dead_process_had_in_hand_is_looked_for_and_not_asked_again(
    staff: Client, hub: HubConnection
) -> None:
    discovery = found_by(staff, hub)
    client_for(hub).discovery.add(1, ["spare"])
    discovery.machines.filter(name__in=["spare", "acme-db"]).update(state=State.ADDING)
    add_waiting(discovery)
    assert states(discovery)["spare"] == State.ADDED
    lost = discovery.machines.get(name="acme-db")
    assert lost.state == State.REFUSED and "interrupted" in lost.said
    assert not AuditEntry.objects.filter(action="vm.add").exists()


def test_a_wrong_login_is_said_with_the_way_to_the_credential(staff: Client, hub: HubConnection) -> None:
    fields = CredentialFields("Wrong", "localhub.invalid", "localhub", "localhub", "geheim")
    client_for(hub).credentials.add(fields)
    refresh_credentials(hub, client_for(hub))
    discovery = found_by(staff, hub, credential="Wrong")
    assert discovery.state == Discovery.State.FAILED
    page = staff.get(f"/vms/discovery/{discovery.pk}/").content.decode()
    assert "does not accept this user name and password" in page
    assert f"/vms/credentials/{discovery.credential_id}/" in page
    assert AuditEntry.objects.filter(action="discovery.run", outcome="refused").exists()


def test_a_hub_that_is_down_costs_a_sentence_and_an_interrupted_look_is_told(
    cast: Cast, staff: Client
) -> None:
    down = HubConnection.objects.create(name="Down", url="http://127.0.0.1:9")
    Credential.objects.create(hub=down, remote_id=1, name="localhub")
    discovery = found_by(staff, down)
    assert (discovery.state, discovery.said) == ("failed", "The hub cannot be reached.")
    discovery = found_by(staff, down)
    Discovery.objects.filter(pk=discovery.pk).update(state="asking", began_at="2020-01-01T00:00Z")
    tend()
    discovery.refresh_from_db()
    assert discovery.state == "failed" and "interrupted" in discovery.said


def test_who_lost_the_right_adds_nothing_any_more(cast: Cast, staff: Client, hub: HubConnection) -> None:
    discovery = found_by(staff, hub)
    post_add(staff, discovery, "spare")
    type(cast.provider_operator).objects.filter(pk=cast.provider_operator.pk).update(provider_role="")
    add_waiting(Discovery.objects.get(pk=discovery.pk))
    assert discovery.machines.get(name="spare").said == "You may no longer do this."
    assert not client_for(hub).vms.list()


def test_who_adds_what_another_discovered_is_who_the_trail_names(
    cast: Cast, staff: Client, as_person: AsPerson, hub: HubConnection
) -> None:
    discovery = found_by(staff, hub)
    post_add(as_person(cast.provider_admin), discovery, "spare")
    add_waiting(Discovery.objects.get(pk=discovery.pk))
    assert AuditEntry.objects.get(action="vm.add", outcome="ok").actor == cast.provider_admin


def test_empty_pages_say_the_next_step(cast: Cast, as_person: AsPerson) -> None:
    admin = as_person(cast.provider_admin)
    assert "No hub is connected yet" in admin.get("/vms/credentials/").content.decode()
    page = admin.get("/vms/discovery/").content.decode()
    assert "No hub has a vCenter credential yet" in page and "/vms/credentials/add/" in page
    assert "/vms/discovery/" in admin.get("/vms/").content.decode()
    assert "/vms/discovery/" not in as_person(cast.acme_admin).get("/vms/").content.decode()


def test_the_search_leads_there_who_may_discover(cast: Cast, as_person: AsPerson) -> None:
    def hits(person: Any) -> str:
        return as_person(person).get("/search/?q=discover").content.decode()

    assert "Discover machines" in hits(cast.provider_operator)
    assert "Discover machines" not in hits(cast.acme_admin) + hits(cast.provider_auditor)


def test_the_pages_take_few_queries(
    staff: Client, hub: HubConnection, django_assert_max_num_queries: Any
) -> None:
    discovery = found_by(staff, hub)
    for path in ("discovery/", f"discovery/{discovery.pk}/", "credentials/"):
        with django_assert_max_num_queries(15):
            staff.get(f"/vms/{path}")


def test_a_hub_without_such_a_call_has_no_credentials(cast: Cast) -> None:
    def answer(request: Request, connection: object) -> bytes:
        return LOGGED_IN if request.path.endswith("/login") else http(404, "404 page not found")

    with serving(answer) as server:
        hub = HubConnection.objects.create(name="Old", url=server.url)
        assert list(refresh_credentials(hub, client_for(hub))) == []


def test_no_password_is_anywhere(
    cast: Cast, as_person: AsPerson, hub: HubConnection, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    admin, secret = as_person(cast.provider_admin), 'geheim"ün'
    form = {
        "hub": str(hub.pk), "name": "Lab", "vcenter_host": "vc.invalid", "datacenter": "DC",
        "username": "backup", "password": secret,
    }  # fmt: skip
    wrong = admin.post("/vms/credentials/add/", {**form, "name": ""}).content.decode()
    made = admin.post("/vms/credentials/add/", form)
    detail = admin.get(made["Location"]).content.decode()
    edit = admin.get(made["Location"] + "edit/").content.decode()
    trail = [str(entry.parameters) for entry in AuditEntry.objects.all()]
    stored = [str(row) for row in Credential.objects.values()]
    assert "vc.invalid" in detail and 'value="backup"' in edit and 'value="vc.invalid"' in wrong
    for text in (wrong, detail, edit, caplog.text, *trail, *stored):
        assert "geheim" not in text


def test_who_reads_the_list_while_another_does_inserts_nothing_twice(
    cast: Cast, hub: HubConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    AssignmentRule.objects.create(tenant=cast.acme, name_pattern="*")
    client = client_for(hub)
    client.discovery.add(Credential.objects.get().remote_id, ["acme-web", "acme-db"])
    listing = client.vms.list

    def meanwhile() -> Any:
        told = listing()
        one = told[0]
        VirtualMachine.objects.create(hub=hub, remote_id=one.context_id, name=one.vm_name)
        return told

    monkeypatch.setattr(client.vms, "list", meanwhile)
    list(refresh_vms(hub, client))
    assert VirtualMachine.objects.filter(hub=hub).count() == len(listing())
    ruled = VirtualMachine.objects.filter(hub=hub, tenant=cast.acme)
    assert ruled.count() == len(listing()) - 1, "the other one's rules are for who inserted it"
    credentials = client.credentials.list
    Credential.objects.all().delete()

    def both() -> Any:
        told = credentials()
        Credential.objects.create(hub=hub, remote_id=told[0].id, name="of the other")
        return told

    monkeypatch.setattr(client.credentials, "list", both)
    list(refresh_credentials(hub, client))
    assert Credential.objects.get().name == "localhub"
