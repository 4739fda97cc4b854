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
