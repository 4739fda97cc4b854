"""What a customer says of reading in the background."""

import pytest

from sendense_portal.audit.models import AuditEntry
from tests.conftest import AsPerson, Cast

pytestmark = pytest.mark.django_db
FORM = {"bin_days": "0", "trail_mail": ""}


def test_a_customer_sets_its_night_and_switches_reading_off(cast: Cast, as_person: AsPerson) -> None:
    address = f"/customers/{cast.acme.pk}/rules/"
    night = {"time_zone": "Europe/Vienna", "night_begins": "22", "night_ends": "0", "catalogue_off": "on"}
    browser = as_person(cast.acme_admin)
    assert browser.post(address, FORM | night).status_code == 302
    cast.acme.refresh_from_db()
    assert (cast.acme.time_zone, cast.acme.night_begins, cast.acme.night_ends) == ("Europe/Vienna", 22, 0)
    assert cast.acme.catalogue_off
    told = AuditEntry.objects.get(action="tenant.policy").parameters
    assert told["time_zone"] == "UTC → Europe/Vienna"
    html = browser.get(f"/customers/{cast.acme.pk}/").content.decode()
    assert "Not kept" in html


def test_what_the_form_leaves_out_of_the_night_stays(cast: Cast, as_person: AsPerson) -> None:
    address = f"/customers/{cast.acme.pk}/rules/"
    browser = as_person(cast.acme_admin)
    browser.post(address, FORM | {"night_begins": "0", "night_ends": "0"})
    browser.post(address, FORM)
    cast.acme.refresh_from_db()
    assert (cast.acme.time_zone, cast.acme.night_begins, cast.acme.night_ends) == ("UTC", 0, 0)
    answer = browser.post(address, FORM | {"time_zone": "Mars/Base", "night_begins": "25"})
    assert {"time_zone", "night_begins"} <= answer.context["form"].errors.keys()
