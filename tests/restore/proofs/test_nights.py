"""When it is night for a customer, wherever it is."""

from datetime import UTC, datetime

import pytest

from restore.proofs.nights import night_of, nights
from sendense_portal.tenancy.models import Tenant
from tests.conftest import Cast

NOON = datetime(2026, 6, 15, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "begins", "ends", "now", "began"),
    [
        ("UTC", 1, 5, "2026-06-15T03:00", "2026-06-15T01:00"),
        ("UTC", 1, 5, "2026-06-15T05:00", None),
        ("UTC", 22, 4, "2026-06-15T23:30", "2026-06-15T22:00"),
        ("UTC", 22, 4, "2026-06-15T03:59", "2026-06-14T22:00"),
        ("Europe/Vienna", 1, 5, "2026-06-15T00:30", "2026-06-14T23:00"),
        ("Asia/Tokyo", 1, 5, "2026-06-15T18:00", "2026-06-15T16:00"),
        ("America/New_York", 0, 0, "2026-06-15T03:59", "2026-06-14T04:00"),
    ],
)
def test_a_night_is_where_its_customer_is(
    zone: str, begins: int, ends: int, now: str, began: str | None
) -> None:
    tenant = Tenant(time_zone=zone, night_begins=begins, night_ends=ends)
    expected = datetime.fromisoformat(began).replace(tzinfo=UTC) if began else None
    assert night_of(tenant, datetime.fromisoformat(now).replace(tzinfo=UTC)) == expected


def test_who_switched_it_off_has_no_night(cast: Cast) -> None:
    Tenant.objects.update(night_begins=11, night_ends=13)
    Tenant.objects.filter(pk=cast.borealis.pk).update(catalogue_off=True)
    assert list(nights(NOON).values()) == [[cast.acme.pk]]
    Tenant.objects.filter(pk=cast.acme.pk).update(proofs_off=True)
    assert nights(NOON) == {}
