"""What stands around a page: parts, caching, navigation, banners, the policy against scripts."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from sendense_portal.tenancy.access import Access
from sendense_portal.tenancy.models import HubConnection
from sendense_portal.ui import banners, navigation
from tests.conftest import AsPerson, Cast
from tests.factories import make_hub

HTMX = {"HX-Request": "true"}


def labels(client: Client) -> list[str]:
    page = client.get("/profile/")
    return [str(link.label) for group in page.context["nav"] for link in group.links]


def test_htmx_gets_the_part_and_everybody_else_the_page(cast: Cast, as_person: AsPerson) -> None:
    client = as_person(cast.provider_admin)
    whole = client.get("/hubs/")
    part = client.get("/hubs/", headers=HTMX)
    boosted = client.get("/hubs/", headers=HTMX | {"HX-Boosted": "true"})
    restored = client.get("/hubs/", headers=HTMX | {"HX-History-Restore-Request": "true"})
    assert b"<html" in whole.content and b'id="hubs"' in whole.content
    assert b"<html" not in part.content and b'id="hubs"' in part.content
    assert b"<html" in boosted.content and b"<html" in restored.content


def test_caches_keep_part_and_page_apart_and_browsers_keep_neither(cast: Cast, as_person: AsPerson) -> None:
    answer = as_person(cast.provider_admin).get("/hubs/")
    assert {"HX-Request", "HX-Target"} <= {name.strip() for name in answer["Vary"].split(",")}
    assert "no-store" in answer["Cache-Control"] and "private" in answer["Cache-Control"]


def test_a_part_costs_no_queries_for_the_frame(
    cast: Cast, as_person: AsPerson, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client = as_person(cast.provider_admin)
    with django_assert_max_num_queries(4):  # session, person, memberships, hubs
        client.get("/hubs/", headers=HTMX)


@pytest.mark.django_db
def test_every_page_forbids_foreign_and_inline_code() -> None:
    policy = Client().get("/sign-in/")["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy and "style-src 'self'" in policy
    assert "unsafe" not in policy


def test_the_navigation_offers_only_what_one_may_open(cast: Cast, as_person: AsPerson) -> None:
    viewer, auditor = labels(as_person(cast.acme_viewer)), labels(as_person(cast.acme_auditor))
    assert viewer == ["Dashboard", "Virtual machines", "Backups", "Protection", "Replication", "Quotas"]
    assert "Activity" in auditor and "Restore" in auditor and "Hubs" not in auditor
    assert labels(as_person(cast.stranger)) == []


def test_every_place_of_the_navigation_opens_for_the_administrator(cast: Cast, as_person: AsPerson) -> None:
    client = as_person(cast.provider_admin)
    links = [link for group in client.get("/profile/").context["nav"] for link in group.links]
    places = [place for group in navigation.GROUPS for place in group.places]
    assert len(links) == len([place for place in places if not place.for_customers])
    for link in links:
        page = client.get(link.url)
        assert page.status_code == 200
        assert f'href="{link.url}" title="{link.label}" aria-current="page"' in page.content.decode()


def test_the_frame_says_on_whose_behalf_one_is_here(cast: Cast, as_person: AsPerson) -> None:
    assert b"Provider" in as_person(cast.provider_operator).get("/hubs/").content
    assert b'brand-tenant">Acme<' in as_person(cast.acme_viewer).get("/vms/").content


def test_side_panels_stay_as_this_browser_likes_them(cast: Cast, as_person: AsPerson) -> None:
    client = as_person(cast.acme_viewer)
    client.cookies["nav"], client.cookies["panel"] = "closed", "closed"
    assert b'class="app nav-closed panel-closed"' in client.get("/vms/").content


def test_the_provider_reads_which_hub_is_down_and_since_when(cast: Cast) -> None:
    hub = make_hub()
    hub.state = HubConnection.State.DOWN
    hub.save()
    (banner,) = banners.banners_for(Access.of(cast.provider_operator))
    assert hub.name in str(banner.title)
    assert banner.as_of == hub.last_sync_at


def test_a_customer_reads_that_it_is_down_and_nothing_about_the_hub(cast: Cast) -> None:
    hub = make_hub()
    hub.state = HubConnection.State.DOWN
    hub.save()
    banner = banners.customer_banner(hub)
    assert banner.as_of == hub.last_sync_at
    assert hub.name not in f"{banner.title}{banner.text}" and hub.url not in f"{banner.title}{banner.text}"


def test_a_disabled_hub_and_one_that_answers_need_no_banner(cast: Cast) -> None:
    hub = make_hub()
    assert banners.banners_for(Access.of(cast.provider_admin)) == []
    hub.state, hub.enabled = HubConnection.State.DOWN, False
    hub.save()
    assert banners.banners_for(Access.of(cast.provider_admin)) == []


def test_the_links_drawn_for_one_person_are_not_given_to_another(cast: Cast, as_person: AsPerson) -> None:
    """The links are drawn once for all who get the same ones."""
    clients = {
        person: as_person(person) for person in (cast.provider_admin, cast.acme_viewer, cast.acme_admin)
    }
    for _ in range(2):
        for person, client in clients.items():
            html = client.get("/profile/").content.decode()
            assert ('href="/hubs/"' in html) is (person == cast.provider_admin)
            assert ('href="/activity/"' in html) is (person != cast.acme_viewer)
        here = clients[cast.acme_viewer].get("/vms/").content.decode()
        assert 'href="/vms/" title="Virtual machines" aria-current="page"' in here
