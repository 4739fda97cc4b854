"""Sessions, and seeing one customer only."""

import re

import pytest
from django.test import Client

from sendense_portal.audit.models import AuditEntry
from sendense_portal.tenancy.models import Membership, Tenant, User
from tests.conftest import PASSWORD, AsPerson, Cast
from tests.factories import make_vm

pytestmark = pytest.mark.django_db


def signed_in(person: User) -> Client:
    """A browser that went through the sign-in page, as every session begins."""
    browser = Client()
    assert browser.post("/sign-in/", {"login": person.email, "password": PASSWORD})["Location"] == "/"
    return browser


def test_sessions_are_listed_and_ended(cast: Cast) -> None:
    here, there = signed_in(cast.acme_viewer), signed_in(cast.acme_viewer)
    html = here.get("/profile/sessions/").content.decode()
    (pk,) = re.findall(r"/profile/sessions/(\d+)/end/", html)
    here.post(f"/profile/sessions/{pk}/end/")
    assert "/sign-in/" in there.get("/vms/")["Location"]
    assert here.get("/vms/").status_code == 200


def test_all_others_end_at_once_and_another_s_never(cast: Cast) -> None:
    here, there, else_where = (signed_in(cast.acme_viewer) for _ in range(3))
    stranger = signed_in(cast.acme_operator)
    here.post("/profile/sessions/others/")
    assert all("/sign-in/" in other.get("/vms/")["Location"] for other in (there, else_where))
    assert stranger.get("/vms/").status_code == 200
    assert here.get("/vms/").status_code == 200


def test_signing_in_changes_the_session_s_key(cast: Cast) -> None:
    browser = Client()
    browser.get("/sign-in/")
    browser.session["planted"] = True
    browser.session.save()
    before = browser.cookies.get("sessionid")
    browser.post("/sign-in/", {"login": cast.acme_viewer.email, "password": PASSWORD})
    after = browser.cookies["sessionid"].value
    assert before is None or before.value != after


def test_a_person_of_two_customers_switches(cast: Cast, as_person: AsPerson) -> None:
    Membership.objects.create(user=cast.acme_viewer, tenant=cast.borealis, role="operator")
    make_vm("of-acme", cast.acme)
    make_vm("of-borealis", cast.borealis)
    browser = as_person(cast.acme_viewer)
    both = browser.get("/vms/").content
    assert b"of-acme" in both
    assert b"of-borealis" in both
    browser.post("/customer/", {"customer": str(cast.acme.pk)})
    one = browser.get("/vms/").content
    assert b"of-acme" in one
    assert b"of-borealis" not in one
    assert browser.get("/backups/start/").status_code == 403, "a viewer there"
    browser.post("/customer/", {"customer": ""})
    assert browser.get("/backups/start/").status_code == 200


@pytest.mark.parametrize("key", ["another", "nonsense"])
def test_nobody_switches_to_another_s_customer(cast: Cast, as_person: AsPerson, key: str) -> None:
    make_vm("of-borealis", cast.borealis)
    browser = as_person(cast.acme_viewer)
    page = browser.post(
        "/customer/", {"customer": str(cast.borealis.pk) if key == "another" else key}, follow=True
    )
    assert b"not one of your customers" in page.content
    assert b"of-borealis" not in browser.get("/vms/").content


def test_staff_look_in_as_its_people_see_it_and_the_customer_can_read_so(
    cast: Cast, as_person: AsPerson
) -> None:
    make_vm("of-acme", cast.acme)
    make_vm("of-borealis", cast.borealis)
    make_vm("of-nobody")
    staff = as_person(cast.provider_operator)
    staff.post("/customer/", {"customer": str(cast.acme.pk)})
    html = staff.get("/vms/").content.decode()
    assert "You look at Acme as its people see it" in html
    assert "of-acme" in html
    assert "of-borealis" not in html
    assert "of-nobody" not in html
    assert staff.get("/hubs/").status_code == 403
    staff.post("/customer/", {"customer": ""})
    assert b"of-nobody" in staff.get("/vms/").content
    told = AuditEntry.objects.filter(tenant=cast.acme).order_by("id").values_list("action", flat=True)
    assert list(told) == ["tenant.look_in", "tenant.look_out"]


def test_looking_in_gives_no_right_that_staff_lack_and_none_of_the_customer_s_own(
    cast: Cast, as_person: AsPerson
) -> None:
    auditor = as_person(cast.provider_auditor)
    auditor.post("/customer/", {"customer": str(cast.acme.pk)})
    assert auditor.get("/backups/start/").status_code == 403
    Tenant.objects.filter(pk=cast.acme.pk).update(state="suspended")
    assert auditor.get("/vms/").status_code in (200, 403)
