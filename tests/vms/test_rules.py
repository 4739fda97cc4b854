"""Rules give new machines to customers: what fits, whose turn it is, and never one that has a customer."""

from typing import Any

import pytest
from django.test import Client

from sendense_portal.audit.models import AuditEntry
from sendense_portal.quotas.models import Quota, QuotaKind
from sendense_portal.tenancy.models import Tenant
from tests.conftest import AsPerson, Cast
from tests.factories import make_hub, make_vm
from vms.assignment.rules import fits, preview, take_new
from vms.models import AssignmentRule, VirtualMachine

pytestmark = pytest.mark.django_db
NEW = "/vms/rules/new/"


def make_rule(tenant: Tenant, name_pattern: str = "", **fields: Any) -> AssignmentRule:
    return AssignmentRule.objects.create(tenant=tenant, name_pattern=name_pattern, **fields)


def owner_of(vm: VirtualMachine) -> Tenant | None:
    return VirtualMachine.objects.select_related("tenant").get(pk=vm.pk).tenant


def form_of(tenant: Tenant, **fields: str) -> dict[str, str]:
    return {"tenant": str(tenant.pk), "priority": "100", "enabled": "on", **fields}


def previewed(client: Client, form: dict[str, str], address: str = NEW) -> dict[str, str]:
    """The form with the digest that its preview gave."""
    return form | {"previewed": client.post(address, form).context["digest"]}


@pytest.mark.parametrize(
    ("pattern", "name", "expected"),
    [
        ("acme-*", "acme-web", True),
        ("acme-*", "ACME-Web", True),
        ("acme-*", "acme", False),
        ("acme-*", "my-acme-web", False),
        ("*", "anything", True),
        ("web??", "web01", True),
        ("web??", "web1", False),
        ("a.c", "abc", False),
        ("[web]", "[web]", True),
        ("[web]", "w", False),
        ("*-db*", "acme-db-01", True),
        ("****a", "b" * 200, False),
    ],
)
def test_a_pattern_has_two_wildcards_and_no_other_signs(pattern: str, name: str, expected: bool) -> None:
    rule = AssignmentRule(name_pattern=pattern)
    assert fits(rule)(VirtualMachine(name=name)) is expected


def test_all_that_a_rule_names_must_fit() -> None:
    vm = VirtualMachine(name="web", vcenter="vc1", datacenter="north", groups=["Finance", "Web"])
    assert fits(AssignmentRule(vcenter="vc1", datacenter="north", group="Finance"))(vm)
    assert not fits(AssignmentRule(vcenter="vc1", datacenter="south"))(vm)
    assert not fits(AssignmentRule(group="Fin"))(vm)
    assert not fits(AssignmentRule())(vm), "a rule that names nothing fits nothing"


def test_a_preview_counts_what_would_be_taken_and_what_not_and_why(cast: Cast) -> None:
    for number in range(60):
        make_vm(f"acme-{number:02}")
    make_vm("acme-theirs", cast.borealis)
    make_vm("acme-own", cast.acme)
    make_vm("acme-db")
    make_vm("acme-gone", gone_at="2026-11-01T00:00:00Z")
    make_vm("other")
    make_rule(cast.borealis, "*-db", priority=10)
    make_rule(cast.borealis, "*", priority=10, enabled=False)
    seen = preview(AssignmentRule(tenant=cast.acme, name_pattern="acme-*"))
    assert (seen.taken_count, len(seen.taken), seen.over) == (60, 50, 10)
    assert [(vm.name, vm.tenant) for vm in seen.assigned] == [("acme-theirs", cast.borealis)]
    assert [vm.name for vm, _rule in seen.earlier] == ["acme-db"]
    assert seen.own_count == 1
    assert not VirtualMachine.objects.filter(name="acme-00", tenant__isnull=False).exists()


def test_nothing_is_saved_before_its_preview_was_seen(cast: Cast, as_person: AsPerson) -> None:
    make_vm("acme-web")
    client, form = as_person(cast.provider_operator), form_of(cast.acme, name_pattern="acme-*")
    first = client.post(NEW, form)
    assert "Takes 1 machine" in first.content.decode()
    assert not AssignmentRule.objects.exists()
    seen = previewed(client, form)
    other = client.post(NEW, seen | {"name_pattern": "*"})
    assert not AssignmentRule.objects.exists(), "that was another rule"
    assert 'value="*"' in other.content.decode()
    saved = client.post(NEW, seen)
    rule = AssignmentRule.objects.get()
    assert saved["Location"] == f"/vms/rules/{rule.pk}/apply/"
    assert rule.created_by == cast.provider_operator
    assert AuditEntry.objects.get(action="rule.create").tenant == cast.acme


@pytest.mark.parametrize(
    "change",
    [{"name_pattern": ""}, {"tenant": ""}, {"priority": "-1"}, {"priority": "99999"}, {"vcenter": "nowhere"}],
)
def test_bad_rules_are_refused_and_kept(cast: Cast, as_person: AsPerson, change: dict[str, str]) -> None:
    form = form_of(cast.acme, name_pattern="acme-*", datacenter="") | change
    answer = as_person(cast.provider_admin).post(NEW, form)
    assert answer.context["form"].errors
    assert "preview" not in answer.context


def test_a_rule_changes_but_for_its_customer(cast: Cast, as_person: AsPerson) -> None:
    rule, client = make_rule(cast.acme, "acme-*", vcenter="old-vc"), as_person(cast.provider_admin)
    address = f"/vms/rules/{rule.pk}/"
    assert "old-vc" in client.get(address).content.decode(), "kept, though no machine is there any more"
    form = form_of(cast.borealis, name_pattern="ac-*", vcenter="old-vc", priority="5")
    client.post(address, previewed(client, form, address))
    rule.refresh_from_db()
    assert (rule.tenant, rule.name_pattern, rule.priority) == (cast.acme, "ac-*", 5)


def test_applying_takes_what_is_free_and_tells_each(cast: Cast, as_person: AsPerson) -> None:
    free, theirs = make_vm("acme-web"), make_vm("acme-theirs", cast.borealis)
    rule, client = make_rule(cast.acme, "acme-*"), as_person(cast.provider_operator)
    address = f"/vms/rules/{rule.pk}/apply/"
    client.get(address)
    assert owner_of(free) is None
    answer = client.post(address)
    assert [(result.vm.name, result.done) for result in answer.context["results"]] == [("acme-web", True)]
    assert (owner_of(free), owner_of(theirs)) == (cast.acme, cast.borealis)
    entry = AuditEntry.objects.get(action="vm.assign")
    assert entry.parameters["rule"] == "acme-* → Acme"
    assert not client.post(address).context["results"]


@pytest.mark.parametrize(("enabled", "state"), [(False, "active"), (True, "suspended"), (True, "closed")])
def test_a_rule_that_rests_or_whose_customer_is_shut_takes_nothing(
    cast: Cast, as_person: AsPerson, enabled: bool, state: str
) -> None:
    Tenant.objects.filter(pk=cast.acme.pk).update(state=state)
    vm, rule = make_vm("acme-web"), make_rule(cast.acme, "acme-*", enabled=enabled)
    as_person(cast.provider_admin).post(f"/vms/rules/{rule.pk}/apply/")
    take_new([vm])
    assert owner_of(vm) is None


def test_of_several_that_fit_the_lowest_priority_takes_and_then_the_oldest(cast: Cast) -> None:
    make_rule(cast.acme, "*", priority=50)
    make_rule(cast.borealis, "*", priority=50)
    make_rule(cast.borealis, "*-db", priority=1)
    web, db = make_vm("x-web"), make_vm("x-db")
    assert take_new([web, db]) == [cast.acme.pk, cast.borealis.pk]
    assert (owner_of(web), owner_of(db)) == (cast.acme, cast.borealis)


def test_a_quota_leaves_the_machine_nobodys_and_the_trail_says_why(cast: Cast) -> None:
    Quota.objects.create(tenant=cast.acme, kind=QuotaKind.VMS, limit=1)
    make_rule(cast.acme, "*")
    first, second = make_vm("a"), make_vm("b")
    take_new([first, second])
    assert (owner_of(first), owner_of(second)) == (cast.acme, None)
    assert AuditEntry.objects.get(outcome="refused").target_name == "b"


def test_a_rule_can_be_of_one_hub(cast: Cast) -> None:
    two = make_hub("Hub two", "http://127.0.0.1:8")
    rule = make_rule(cast.acme, hub=two)
    one, other = make_vm("a"), make_vm("b", hub=two)
    assert [vm.pk for vm in preview(rule).taken] == [other.pk]
    take_new([one, other])
    assert (owner_of(one), owner_of(other)) == (None, cast.acme)


def test_deleting_a_rule_takes_nothing_back(cast: Cast, as_person: AsPerson) -> None:
    rule, vm = make_rule(cast.acme, "*"), make_vm("a")
    take_new([vm])
    client = as_person(cast.provider_admin)
    client.get(f"/vms/rules/{rule.pk}/delete/")
    assert AssignmentRule.objects.exists()
    client.post(f"/vms/rules/{rule.pk}/delete/")
    assert not AssignmentRule.objects.exists()
    assert owner_of(vm) == cast.acme
    assert AuditEntry.objects.get(action="rule.delete").target_name == "* → Acme"


def test_the_unassigned_list_names_the_rule_that_would_take_a_machine(
    cast: Cast, as_person: AsPerson
) -> None:
    make_vm("acme-web")
    rule = make_rule(cast.acme, "acme-*")
    html = as_person(cast.provider_admin).get("/vms/unassigned/").content.decode()
    assert f"/vms/rules/{rule.pk}/apply/" in html
