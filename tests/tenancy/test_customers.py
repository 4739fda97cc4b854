"""Customers are made, renamed, suspended and closed on their pages, and each step is in their trail."""

from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from sendense_portal.audit.log import PORTAL
from sendense_portal.audit.models import AuditEntry
from sendense_portal.tenancy.customers import CustomerRefused, change_state
from sendense_portal.tenancy.models import Membership, Tenant
from tests.conftest import AsPerson, Cast

pytestmark = pytest.mark.django_db


def trail_of(tenant: Tenant) -> list[str]:
    rows = AuditEntry.objects.filter(tenant=tenant).order_by("sequence")
    return [f"{entry.action} {entry.outcome}" for entry in rows]


def page_of(tenant: Tenant, rest: str = "") -> str:
    return f"/customers/{tenant.pk}/{rest}"


def test_a_customer_is_made_and_leads_to_its_page(cast: Cast, as_person: AsPerson) -> None:
    client = as_person(cast.provider_admin)
    answer = client.post("/customers/new/", {"name": "  Cobalt   Works "})
    made = Tenant.objects.get(name="Cobalt Works")
    assert answer["Location"] == page_of(made)
    assert client.get(page_of(made)).status_code == 200
    assert trail_of(made) == ["tenant.create ok"]


@pytest.mark.parametrize("name", ["Acme", "ACME", " acme "])
def test_a_name_that_is_taken_is_said_at_the_field_and_kept(
    cast: Cast, as_person: AsPerson, name: str
) -> None:
    answer = as_person(cast.provider_admin).post("/customers/new/", {"name": name})
    assert answer.status_code == 200
    assert "already" in answer.context["form"].errors["name"][0]
    assert f'value="{name}"' in answer.content.decode()
    assert Tenant.objects.count() == 2


def test_the_command_makes_customers_in_the_same_way(db: None) -> None:
    call_command("create_tenant", "Cobalt")
    assert trail_of(Tenant.objects.get()) == ["tenant.create ok"]
    with pytest.raises(CommandError, match="already"):
        call_command("create_tenant", "Cobalt")


def test_a_new_name_is_shown_and_the_trail_has_the_old_one(cast: Cast, as_person: AsPerson) -> None:
    client = as_person(cast.provider_admin)
    client.post(page_of(cast.acme, "edit/"), {"name": "Acme Group"})
    assert "Acme Group" in client.get(page_of(cast.acme)).content.decode()
    entry = AuditEntry.objects.get(action="tenant.rename")
    assert (entry.target_name, entry.parameters["before"]) == ("Acme Group", "Acme")
    taken = client.post(page_of(cast.acme, "edit/"), {"name": "Borealis"})
    assert "already" in taken.context["form"].errors["name"][0]
    assert "Rename Acme Group" in taken.content.decode(), "the heading keeps the name that it has"


def test_suspending_names_what_will_happen_and_shuts_its_people_out_at_once(
    cast: Cast, as_person: AsPerson
) -> None:
    staff, member = as_person(cast.provider_admin), as_person(cast.acme_admin)
    asked = staff.get(page_of(cast.acme, "state/?step=suspend")).content.decode()
    assert "5 people can no longer use the portal" in asked
    assert Tenant.objects.get(pk=cast.acme.pk).state == "active", "asking changes nothing"
    staff.post(page_of(cast.acme, "state/"), {"step": "suspend"})
    answer = member.get("/")
    assert answer.status_code == 403
    html = answer.content.decode()
    assert "access is switched off" in html
    assert "Acme" in html and "Sign out" in html
    assert as_person(cast.borealis_admin).get("/").status_code == 200
    staff.post(page_of(cast.acme, "state/"), {"step": "resume"})
    assert member.get("/").status_code == 200
    assert trail_of(cast.acme) == ["tenant.suspend ok", "tenant.resume ok"]


def test_the_shut_out_read_the_same_on_every_address(cast: Cast, as_person: AsPerson) -> None:
    change_state(PORTAL, cast.acme, "close")
    member = as_person(cast.acme_viewer)
    for address in ("/vms/", page_of(cast.acme), page_of(cast.borealis)):
        assert "access is switched off" in member.get(address).content.decode(), address
    assert "access is switched off" not in as_person(cast.stranger).get("/vms/").content.decode()


def test_a_person_of_two_customers_goes_on_with_the_other(cast: Cast, as_person: AsPerson) -> None:
    Membership.objects.create(user=cast.acme_admin, tenant=cast.borealis, role="viewer")
    change_state(PORTAL, cast.acme, "suspend")
    member = as_person(cast.acme_admin)
    assert member.get("/").status_code == 200
    assert member.get(page_of(cast.acme)).status_code == 404


def test_closing_needs_the_name_typed(cast: Cast, as_person: AsPerson) -> None:
    staff = as_person(cast.provider_admin)
    for typed in ("", "acme", "Borealis"):
        answer = staff.post(page_of(cast.acme, "state/"), {"step": "close", "typed": typed})
        assert answer.context["form"].errors["typed"]
        assert Tenant.objects.get(pk=cast.acme.pk).state == "active"
    staff.post(page_of(cast.acme, "state/"), {"step": "close", "typed": "Acme"})
    assert Tenant.objects.get(pk=cast.acme.pk).state == "closed"
    assert "This customer is closed." in staff.get(page_of(cast.acme)).content.decode()


def test_of_two_who_change_the_state_the_second_is_told(cast: Cast, as_person: AsPerson) -> None:
    change_state(PORTAL, cast.acme, "suspend")
    answer = as_person(cast.provider_admin).post(page_of(cast.acme, "state/"), {"step": "suspend"})
    assert "somebody else changed it" in answer.content.decode()
    with pytest.raises(CustomerRefused):
        change_state(PORTAL, cast.borealis, "resume")


@pytest.mark.parametrize("query", ["", "?step=", "?step=explode"])
def test_a_step_that_there_is_none_leads_back(cast: Cast, as_person: AsPerson, query: str) -> None:
    answer = as_person(cast.provider_admin).get(page_of(cast.acme, "state/") + query)
    assert answer["Location"] == page_of(cast.acme)


def test_a_customers_page_offers_only_what_one_may(cast: Cast, as_person: AsPerson) -> None:
    def html(person: Any) -> str:
        client: Client = as_person(person)
        return client.get(page_of(cast.acme)).content.decode()

    own, staff, operator = html(cast.acme_admin), html(cast.provider_admin), html(cast.provider_operator)
    rules = page_of(cast.acme, "rules/")
    assert rules in own and "step=close" not in own
    assert rules in staff and "step=close" in staff
    assert rules not in operator and "step=close" not in operator


def test_the_navigation_leads_a_customers_people_to_their_own(cast: Cast, as_person: AsPerson) -> None:
    own = as_person(cast.acme_admin)
    assert "/customers/own/" in own.get("/").content.decode()
    assert "/customers/own/" not in as_person(cast.acme_viewer).get("/").content.decode()
    assert "/customers/own/" not in as_person(cast.provider_admin).get("/").content.decode()
    assert own.get("/customers/own/")["Location"] == page_of(cast.acme)
    Membership.objects.create(user=cast.acme_admin, tenant=cast.borealis, role="tenant_admin")
    choice = own.get("/customers/own/").content.decode()
    assert page_of(cast.acme) in choice and page_of(cast.borealis) in choice
