"""Customers and the provider who ask everyone for a second factor."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from channels.testing import WebsocketCommunicator
from django.test import Client

from sendense_portal.asgi import application
from sendense_portal.audit.models import AuditEntry
from sendense_portal.live import consumer
from sendense_portal.tenancy.models import Membership, ProviderPolicy, User
from tests.conftest import AsPerson, Cast

pytestmark = pytest.mark.django_db

WithApp = Callable[[User], list[str]]
PAGES = ("/", "/vms/", "/backups/", "/restore/", "/profile/", "/profile/sessions/", "/customer/")


def demand(cast: Cast) -> None:
    cast.acme.require_second_factor = True
    cast.acme.save()


@pytest.mark.parametrize("path", PAGES)
def test_without_a_factor_every_page_leads_to_the_set_up(cast: Cast, as_person: AsPerson, path: str) -> None:
    demand(cast)
    answer = as_person(cast.acme_operator).get(path)
    assert (answer.status_code, answer["Location"]) == (302, "/profile/security/")


def test_a_part_of_a_page_moves_the_whole_page_there(cast: Cast, as_person: AsPerson) -> None:
    demand(cast)
    answer = as_person(cast.acme_viewer).get("/vms/", headers={"HX-Request": "true"})
    assert answer["HX-Redirect"] == "/profile/security/"


def test_nothing_can_be_done_by_post_either(cast: Cast, as_person: AsPerson) -> None:
    demand(cast)
    browser = as_person(cast.acme_admin)
    member = Membership.objects.get(user=cast.acme_viewer)
    answer = browser.post(f"/people/members/{member.pk}/role/", {"role": "operator"})
    assert answer["Location"] == "/profile/security/"
    member.refresh_from_db()
    assert member.role == "viewer"


def test_set_up_and_sign_out_stay_open(cast: Cast, as_person: AsPerson) -> None:
    demand(cast)
    browser = as_person(cast.acme_viewer)
    page = browser.get("/profile/security/").content.decode()
    assert "A second factor is asked of you" in page
    assert browser.get("/confirm/").status_code == 200
    assert browser.post("/sign-out/").status_code == 302
    assert browser.get("/profile/security/")["Location"].startswith("/sign-in/")


def test_with_a_factor_all_is_open(cast: Cast, as_person: AsPerson, with_app: WithApp) -> None:
    demand(cast)
    with_app(cast.acme_viewer)
    assert as_person(cast.acme_viewer).get("/vms/").status_code == 200


def test_only_the_people_of_that_customer_are_asked(cast: Cast, as_person: AsPerson) -> None:
    demand(cast)
    assert as_person(cast.borealis_admin).get("/vms/").status_code == 200
    assert as_person(cast.provider_admin).get("/vms/").status_code == 200


def test_the_provider_asks_its_staff(cast: Cast, as_person: AsPerson, with_app: WithApp) -> None:
    ProviderPolicy.objects.create(require_second_factor=True)
    for person in (cast.provider_admin, cast.provider_operator, cast.provider_auditor):
        assert as_person(person).get("/vms/")["Location"] == "/profile/security/"
    with_app(cast.provider_admin)
    assert as_person(cast.provider_admin).get("/vms/").status_code == 200
    assert as_person(cast.acme_viewer).get("/vms/").status_code == 200


def test_looking_into_a_customer_does_not_lead_around_it(cast: Cast, as_person: AsPerson) -> None:
    ProviderPolicy.objects.create(require_second_factor=True)
    browser = as_person(cast.provider_admin)
    session = browser.session
    session["tenant"] = str(cast.acme.pk)
    session.save()
    assert browser.get("/vms/")["Location"] == "/profile/security/"


def test_a_customer_s_rule_counts_whichever_customer_one_looks_at(cast: Cast, as_person: AsPerson) -> None:
    demand(cast)
    Membership.objects.create(user=cast.acme_viewer, tenant=cast.borealis, role="viewer")
    browser = as_person(cast.acme_viewer)
    session = browser.session
    session["tenant"] = str(cast.borealis.pk)
    session.save()
    assert browser.get("/vms/")["Location"] == "/profile/security/"


def test_sockets_show_nothing_until_then_and_close_when_it_is_asked_for(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer, "RIGHTS_AGAIN_EVERY", 0.1)

    async def scene() -> tuple[int, Any, Any]:
        socket = await sync_to_async(socket_of)(cast.acme_viewer)
        assert (await socket.connect())[0]
        await socket.send_to(text_data=json.dumps({"watch": []}))
        await asyncio.sleep(0.3)
        await sync_to_async(demand)(cast)
        closed = await socket.receive_output(3)
        again = await sync_to_async(socket_of)(cast.acme_viewer)
        await again.connect()
        refused = await again.receive_output(3)
        return 0, closed, refused

    _none, closed, refused = async_to_sync(scene)()
    assert (closed["type"], closed["code"]) == ("websocket.close", 4403)
    assert (refused["type"], refused["code"]) == ("websocket.close", 4403)


def socket_of(person: User) -> WebsocketCommunicator:
    cookie = AsPerson()(person).cookies["sessionid"].value
    headers = [
        (b"host", b"testserver"),
        (b"origin", b"http://testserver"),
        (b"cookie", f"sessionid={cookie}".encode()),
    ]
    return WebsocketCommunicator(application, "/live/", headers=headers)


def test_the_staff_s_rules_are_the_administrator_s_and_in_the_trail(cast: Cast, as_person: AsPerson) -> None:
    browser = as_person(cast.provider_admin)
    assert "you too will set one up next" in browser.get("/administration/staff-rules/").content.decode()
    browser.post("/administration/staff-rules/", {"require_second_factor": "on", "trail_mail": ""})
    assert ProviderPolicy.current().require_second_factor
    entry = AuditEntry.objects.get(action="staff.policy")
    assert entry.parameters == {"require_second_factor": "– → True"}
    assert browser.get("/vms/")["Location"] == "/profile/security/"


def test_bad_input_stays_in_the_form(cast: Cast, as_person: AsPerson) -> None:
    answer = as_person(cast.provider_admin).post("/administration/staff-rules/", {"trail_mail": "no address"})
    assert b'value="no address"' in answer.content
    assert not ProviderPolicy.objects.exists()


def test_a_stranger_reaches_neither_the_rules_nor_the_set_up() -> None:
    for path in ("/administration/staff-rules/", "/profile/security/"):
        assert Client().get(path)["Location"].startswith("/sign-in/")
