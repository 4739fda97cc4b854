"""Machines go to customers by hand and in bulk; history, quota and trail go with them."""

from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from backups.mirror import rows
from backups.models import Backup
from restore.models import Mount
from sendense_portal.audit.log import PORTAL
from sendense_portal.audit.models import AuditEntry
from sendense_portal.quotas.models import Quota, QuotaKind
from sendense_portal.tenancy.models import Tenant
from tests.conftest import AsPerson, Cast
from tests.factories import make_backup, make_hub, make_vm
from vms.assignment.services import AssignmentRefused, assign
from vms.models import VirtualMachine

pytestmark = pytest.mark.django_db
ASSIGN = "/vms/assign/"


def owner_of(vm: VirtualMachine) -> Tenant | None:
    return VirtualMachine.objects.select_related("tenant").get(pk=vm.pk).tenant


def names_in(client: Client, query: str = "") -> list[str]:
    answer = client.get("/vms/unassigned/" + query)
    return [row.record.name for row in answer.context["table"].paginated_rows]


def trail_of(chain: str) -> list[str]:
    rows = AuditEntry.objects.filter(chain=chain).order_by("sequence")
    return [f"{entry.action} {entry.target_name} {entry.outcome}" for entry in rows]


def test_the_list_has_what_is_nobodys_and_still_there(cast: Cast, as_person: AsPerson) -> None:
    make_vm("free")
    make_vm("gone", gone_at="2026-11-01T00:00:00Z")
    make_vm("acme-web", cast.acme)
    assert names_in(as_person(cast.provider_operator)) == ["free"]


def test_the_list_filters_by_place(cast: Cast, as_person: AsPerson) -> None:
    make_vm("a", vcenter="vc1", datacenter="north")
    make_vm("b", vcenter="vc2", datacenter="south", hub=make_hub("Hub two", "http://127.0.0.1:8"))
    client = as_person(cast.provider_admin)
    assert names_in(client, "?vcenter=vc1") == ["a"]
    assert names_in(client, "?datacenter=south") == ["b"]
    assert names_in(client, f"?hub={make_hub('Hub two').pk}") == ["b"]
    assert names_in(client, "?search=A") == ["a"]


def test_nothing_is_given_before_its_meaning_was_read(cast: Cast, as_person: AsPerson) -> None:
    vm = make_vm("web", restore_point_count=3)
    answer = as_person(cast.provider_operator).get(f"{ASSIGN}?vm={vm.pk}&customer={cast.acme.pk}")
    html = answer.content.decode()
    assert "3 restore points" in html
    assert f'value="{cast.acme.pk}" selected' in html
    assert owner_of(vm) is None


def test_many_go_at_once_and_each_has_its_result(cast: Cast, as_person: AsPerson) -> None:
    vms = [make_vm(f"web{number}") for number in range(3)]
    taken = make_vm("theirs", cast.borealis)
    form = {"vm": [str(vm.pk) for vm in (*vms, taken)], "customer": str(cast.acme.pk)}
    answer = as_person(cast.provider_operator).post(ASSIGN, form)
    assert [result.done for result in answer.context["results"]] == [False, True, True, True]
    assert "has a customer already" in answer.content.decode()
    assert [owner_of(vm) for vm in vms] == [cast.acme] * 3
    assert owner_of(taken) == cast.borealis, "nothing is stolen"


def test_all_of_a_filtered_list_can_be_chosen(cast: Cast, as_person: AsPerson) -> None:
    for number in range(60):
        make_vm(f"acme-{number:02}")
    make_vm("other")
    client = as_person(cast.provider_admin)
    answer = client.get(f"{ASSIGN}?all=1&search=acme&customer={cast.acme.pk}")
    chosen = [str(vm.pk) for vm in answer.context["vms"]]
    assert len(chosen) == 60
    assert "and 10 more" in answer.content.decode()
    client.post(ASSIGN, {"vm": chosen, "customer": str(cast.acme.pk)})
    assert VirtualMachine.objects.filter(tenant=cast.acme).count() == 60
    assert names_in(client) == ["other"]


@pytest.mark.parametrize("form", [{}, {"vm": "nonsense"}, {"vm": "00000000-0000-0000-0000-000000000000"}])
def test_choosing_nothing_leads_back(cast: Cast, as_person: AsPerson, form: dict[str, str]) -> None:
    client = as_person(cast.provider_admin)
    assert client.get(ASSIGN, form)["Location"] == "/vms/unassigned/"
    assert client.post(ASSIGN, form)["Location"] == "/vms/unassigned/"


@pytest.mark.parametrize("customer", ["", "nonsense", "suspended"])
def test_without_an_active_customer_nothing_is_given_and_the_machines_stay_chosen(
    cast: Cast, as_person: AsPerson, customer: str
) -> None:
    Tenant.objects.filter(pk=cast.borealis.pk).update(state="suspended")
    vm = make_vm("web")
    given = str(cast.borealis.pk) if customer == "suspended" else customer
    answer = as_person(cast.provider_admin).post(ASSIGN, {"vm": str(vm.pk), "customer": given})
    assert answer.context["form"].errors["customer"]
    assert f'name="vm" value="{vm.pk}"' in answer.content.decode()
    assert owner_of(vm) is None


def test_history_and_what_is_open_go_with_the_machine(cast: Cast) -> None:
    vm = make_vm("web")
    backup = make_backup(vm)
    mount = Mount.objects.create(hub=vm.hub, backup=backup, remote_id="m-1", state=Mount.State.OPEN)
    assign(PORTAL, vm, cast.acme)
    assert Backup.objects.get(pk=backup.pk).tenant == cast.acme
    assert Mount.objects.get(pk=mount.pk).tenant == cast.acme
    assign(PORTAL, vm, None)
    assert Backup.objects.get(pk=backup.pk).tenant is None
    assert Mount.objects.get(pk=mount.pk).tenant is None


def test_taking_away_says_what_goes_with_it_and_then_does(cast: Cast, as_person: AsPerson) -> None:
    vm = make_vm("web", cast.acme, restore_point_count=2)
    client, member = as_person(cast.provider_operator), as_person(cast.acme_admin)
    asked = client.get(f"/vms/{vm.pk}/release/").content.decode()
    assert "2 restore points can no longer be restored by them" in asked
    assert owner_of(vm) == cast.acme
    client.post(f"/vms/{vm.pk}/release/")
    assert owner_of(vm) is None
    assert member.get(f"/vms/{vm.pk}/").status_code == 404
    again = client.post(f"/vms/{vm.pk}/release/")
    assert again.status_code == 302 and trail_of(str(cast.acme.pk)) == ["vm.release web ok"]


def test_no_customers_trail_names_another(cast: Cast) -> None:
    vm = make_vm("web", cast.acme)
    assign(PORTAL, vm, cast.borealis, may_move=True)
    assert trail_of(str(cast.acme.pk)) == ["vm.release web ok"]
    assert trail_of(str(cast.borealis.pk)) == ["vm.assign web ok"]
    assert "Borealis" not in str(AuditEntry.objects.filter(chain=cast.acme.pk).values())
    assert "Acme" not in str(AuditEntry.objects.filter(chain=cast.borealis.pk).values())


def test_a_quota_of_machines_holds_for_every_way(cast: Cast, as_person: AsPerson) -> None:
    Quota.objects.create(tenant=cast.acme, kind=QuotaKind.VMS, limit=1)
    first, second = make_vm("a"), make_vm("b")
    form = {"vm": [str(first.pk), str(second.pk)], "customer": str(cast.acme.pk)}
    answer = as_person(cast.provider_admin).post(ASSIGN, form)
    assert [result.done for result in answer.context["results"]] == [True, False]
    assert "The quota is reached" in answer.content.decode()
    with pytest.raises(AssignmentRefused, match="quota"):
        assign(PORTAL, second, cast.acme)
    with pytest.raises(CommandError, match="quota"):
        call_command("assign_vms", "Acme", "b")
    assert owner_of(second) is None


def test_the_command_moves_and_takes_back(cast: Cast, capsys: Any) -> None:
    vm = make_vm("web", cast.acme)
    call_command("assign_vms", "Borealis", "web")
    assert owner_of(vm) == cast.borealis
    call_command("assign_vms", "Borealis", "web")
    call_command("assign_vms", "-", "web")
    assert owner_of(vm) is None
    assert trail_of(str(cast.borealis.pk)) == ["vm.assign web ok", "vm.release web ok"]


def test_one_hub_serves_many_customers_and_a_customer_has_several_hubs(
    cast: Cast, as_person: AsPerson
) -> None:
    one, two = make_hub("Hub one"), make_hub("Hub two", "http://127.0.0.1:8")
    for hub in (one, two):
        for tenant in (cast.acme, cast.borealis):
            assign(PORTAL, make_vm(f"{tenant.name.lower()}-{hub.name[-3:]}", hub=hub), tenant)
    own = as_person(cast.acme_viewer).get("/vms/")
    assert [row.record.name for row in own.context["table"].paginated_rows] == ["acme-one", "acme-two"]
    staff = as_person(cast.provider_admin).get(f"/customers/{cast.acme.pk}/").content.decode()
    assert "Hub one" in staff and "Hub two" in staff
    member = as_person(cast.acme_admin).get(f"/customers/{cast.acme.pk}/").content.decode()
    assert "Hub one" not in member, "which hubs there are is the provider's"


def test_queries_do_not_grow_with_machines(
    cast: Cast, as_person: AsPerson, django_assert_max_num_queries: Any
) -> None:
    for number in range(60):
        make_vm(f"vm{number:02}")
    client = as_person(cast.provider_admin)
    for path, most in (("/vms/unassigned/", 14), ("/vms/rules/", 10), (f"/customers/{cast.acme.pk}/", 16)):
        with django_assert_max_num_queries(most):
            client.get(path)


def test_sync_never_gives_a_backup_back_to_a_customer_that_its_machine_has_left(cast: Cast) -> None:
    vm = make_vm("web", cast.acme)
    stale = Backup.objects.select_related("vm").get(pk=make_backup(vm).pk)
    fresh = Backup(
        hub=vm.hub, vm=stale.vm, tenant=cast.acme, remote_id="new", type="full", state="running",
        created_at=timezone.now(),
    )  # fmt: skip
    assign(PORTAL, vm, cast.borealis, may_move=True)
    rows.save(stale)
    rows.save(fresh)
    assert {backup.tenant for backup in Backup.objects.all()} == {cast.borealis}
