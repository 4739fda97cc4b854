"""Lists: stable order, links that work without htmx, an empty state."""

import django_tables2 as tables
import pytest
from django.http import HttpRequest
from django.test import RequestFactory

from sendense_portal.tenancy.models import Tenant
from sendense_portal.ui.tables import PortalTable

pytestmark = pytest.mark.django_db


class TenantTable(PortalTable):
    name = tables.Column()
    state = tables.Column(attrs={"td": {"class": "num"}})

    class Meta(PortalTable.Meta):
        order_by = "name"


def a_request(query: str = "") -> HttpRequest:
    return RequestFactory().get(f"/customers/{query}")


def shown(query: str = "", per_page: int = 2) -> str:
    request = a_request(query)
    table = TenantTable(Tenant.objects.all())
    tables.RequestConfig(request, paginate={"per_page": per_page}).configure(table)
    return str(table.as_html(request))


def test_equal_values_are_told_apart_by_their_key() -> None:
    table = TenantTable(Tenant.objects.all())
    table.order_by = "-state"
    assert list(table.data.data.query.order_by) == ["-state", "pk"]


def test_rows_that_were_cut_already_keep_their_order() -> None:
    rows = Tenant.objects.order_by("-created_at")[:5]
    assert list(TenantTable(rows, order_by=()).data.data.query.order_by) == ["-created_at"]


def test_headers_sort_and_say_which_way() -> None:
    Tenant.objects.create(name="Acme")
    html = shown("?sort=-name&page=1")
    assert 'aria-sort="descending"' in html
    assert 'href="?sort=name"' in html and 'hx-get="?sort=name"' in html
    assert 'id="sort-state"' in html


def test_numbers_and_their_header_stand_at_the_end() -> None:
    Tenant.objects.create(name="Acme")
    assert " data-end data-column=" in shown()


def test_pages_are_counted_and_keep_the_filters() -> None:
    for name in ("Acme", "Borealis", "Corvus"):
        Tenant.objects.create(name=name)
    html = shown("?search=o")
    assert "<strong>1–2</strong> of 3" in html
    assert 'href="?search=o&amp;page=2"' in html and 'aria-current="page">1<' in html


def test_nothing_is_said_and_not_shown_as_an_empty_grid() -> None:
    html = shown()
    assert "<table" not in html and "Nothing here yet" in html


def test_pages_of_a_long_list_lead_to_the_neighbours_and_both_ends() -> None:
    Tenant.objects.bulk_create(Tenant(name=f"Customer {number:02}") for number in range(20))
    html = shown("?search=a%26b&page=5", per_page=2)
    assert 'id="page-previous" href="?search=a%26b&amp;page=4" rel="prev" aria-label="Previous page"' in html
    assert 'id="page-next" href="?search=a%26b&amp;page=6" rel="next" aria-label="Next page"' in html
    assert 'id="page-1"' in html and 'id="page-10"' in html and html.count('class="page-gap"') == 2
    assert 'hx-get="?search=a%26b&amp;page=4" hx-target="closest :not(a)[id][hx-get]"' in html


def test_what_the_address_says_cannot_leave_its_attribute() -> None:
    Tenant.objects.create(name="Acme")
    html = shown("?search=%22%3E%3Cscript%3E&next='onload='")
    assert "<script>" not in html and "'onload=" not in html
