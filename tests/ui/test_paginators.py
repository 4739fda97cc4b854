"""Pages of a list: the same rows in the same order from whichever end they are read, and how far for."""

from typing import Any

import django_tables2 as tables
import pytest
from django.core.paginator import EmptyPage
from django.db import connection
from django.db.models import F, QuerySet
from django.test.utils import CaptureQueriesContext

from sendense_portal.tenancy.models import Tenant
from sendense_portal.ui.tables import PortalTable

pytestmark = pytest.mark.django_db


class TenantTable(PortalTable):
    name = tables.Column()


@pytest.fixture
def names() -> list[str]:
    found = [f"Customer {number}" for number in range(1, 8)]
    Tenant.objects.bulk_create(Tenant(name=name, bin_days=int(name[-1]) % 2) for name in found)
    return found


def page(rows: Any, number: int, **options: Any) -> list[str]:
    table = TenantTable(rows, order_by=())
    table.paginate(per_page=2, page=number, **options)
    return [row.record.name for row in table.paginated_rows]


@pytest.mark.parametrize(
    "rows",
    [
        Tenant.objects.order_by("name"),
        Tenant.objects.order_by("-bin_days", "name"),
        Tenant.objects.order_by(F("bin_days").desc(nulls_last=True), "-name"),
        Tenant.objects.all(),
    ],
)
def test_all_pages_together_are_the_list(names: list[str], rows: QuerySet[Tenant]) -> None:
    found = [name for number in range(1, 5) for name in page(rows.all(), number)]
    assert found == [tenant.name for tenant in rows.all()]


def test_the_last_page_is_read_from_the_end(names: list[str]) -> None:
    with CaptureQueriesContext(connection) as captured:
        assert page(Tenant.objects.order_by("name"), 4, known_count=7) == ["Customer 7"]
    (query,) = captured
    assert "OFFSET" not in query["sql"] and "DESC" in query["sql"]


def test_rows_without_an_order_are_read_from_their_beginning(names: list[str]) -> None:
    table = TenantTable(Tenant.objects.all())
    table.data.data = Tenant.objects.order_by()
    with CaptureQueriesContext(connection) as captured:
        table.paginate(per_page=2, page=4)
        assert len(table.paginated_rows) == 1
    assert "OFFSET 6" in captured[-1]["sql"]


def test_rows_cut_before_and_rows_in_memory_have_pages_too(names: list[str]) -> None:
    assert page(Tenant.objects.order_by("name")[:3], 2) == ["Customer 3"]
    assert page(list(Tenant.objects.order_by("name")), 4) == ["Customer 7"]


def test_a_page_that_is_not_there_is_refused(names: list[str]) -> None:
    with pytest.raises(EmptyPage):
        page(Tenant.objects.order_by("name"), 5)
    assert page(Tenant.objects.filter(name="nobody").order_by("name"), 1) == []
