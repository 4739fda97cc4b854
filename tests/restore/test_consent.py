"""The provider's people before a customer's files: reason, consent, and what the customer can read of it."""

from datetime import timedelta
from urllib.parse import quote

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from backups.models import Backup
from restore.models import Mount
from sendense_portal.audit.models import AuditEntry, Outcome
from sendense_portal.tenancy.models import Tenant
from sendense_portal.visits.models import Consent
from tests.conftest import AsPerson, Cast

pytestmark = pytest.mark.django_db

REASON = "Ticket 4711: the invoice of March is missing"


@pytest.fixture(autouse=True)
def asks(cast: Cast) -> None:
    Tenant.objects.filter(pk=cast.acme.pk).update(consent_required=True)


@pytest.fixture
def staff(cast: Cast, as_person: AsPerson) -> Client:
    return as_person(cast.provider_operator)


def give(browser: Client, tenant: Tenant, hours: int = 8) -> Consent:
    browser.post("/consent/", {"tenant": tenant.pk, "hours": hours})
    return Consent.objects.latest("given_at")


def open_point(browser: Client, point: Backup) -> int:
    form = {"backup": point.pk, "disk": 0, "reason": REASON}
    return browser.post(reverse("restore:mount_open"), form).status_code


ROUTES = ("restore:folder_list", "restore:file_download", "restore:folder_download")


@pytest.mark.parametrize("route", ROUTES)
def test_without_consent_staff_see_no_name_and_no_byte(staff: Client, mount: Mount, route: str) -> None:
    address = f"{reverse(route, args=[mount.pk])}?path={quote('/partition-1')}"
    answer = staff.get(address)
    assert answer.status_code == 403
    assert b"big.bin" not in answer.content
    assert "has to agree first" in answer.content.decode()
    entry = AuditEntry.objects.filter(outcome=Outcome.REFUSED).latest("id")
    assert entry.tenant == mount.tenant


def test_consent_lets_them_in_with_their_reason_in_the_customer_s_trail(
    staff: Client,
    cast: Cast,
    as_person: AsPerson,
    point: Backup,
) -> None:
    assert open_point(staff, point) == 403
    admin = as_person(cast.acme_admin)
    give(admin, cast.acme)
    assert open_point(staff, point) == 302
    opened = Mount.objects.get(state=Mount.State.OPEN)
    assert staff.get(reverse("restore:folder_list", args=[opened.pk])).status_code == 200
    html = admin.get("/consent/").content.decode()
    assert cast.provider_operator.email in html
    assert REASON in html
    listed = AuditEntry.objects.get(action="folder.list", outcome=Outcome.OK)
    assert (listed.tenant, listed.actor) == (cast.acme, cast.provider_operator)


@pytest.mark.parametrize("end", ["withdrawn", "over"])
def test_consent_that_ended_counts_no_more(
    staff: Client,
    cast: Cast,
    as_person: AsPerson,
    point: Backup,
    end: str,
) -> None:
    admin = as_person(cast.acme_admin)
    consent = give(admin, cast.acme, 1)
    assert open_point(staff, point) == 302
    opened = Mount.objects.get(state=Mount.State.OPEN)
    if end == "withdrawn":
        admin.post(f"/consent/{consent.pk}/withdraw/")
    else:
        Consent.objects.update(until=timezone.now() - timedelta(seconds=1))
    assert staff.get(reverse("restore:folder_list", args=[opened.pk])).status_code == 403


def test_looking_in_as_the_customer_s_people_is_no_way_round(
    staff: Client,
    cast: Cast,
    mount: Mount,
) -> None:
    staff.post("/customer/", {"customer": str(cast.acme.pk)})
    assert staff.get(reverse("restore:folder_list", args=[mount.pk])).status_code == 403
    Tenant.objects.filter(pk=cast.acme.pk).update(consent_required=False)
    answer = staff.get(reverse("restore:folder_list", args=[mount.pk]))
    assert answer.status_code == 302, "still asked for the reason"
    assert "/restore/open/" in answer["Location"]
    assert staff.get("/consent/").status_code == 403, "nobody of the provider can consent"


def test_the_customer_s_own_people_are_never_asked(cast: Cast, as_person: AsPerson, mount: Mount) -> None:
    browser = as_person(cast.acme_restorer)
    assert browser.get(reverse("restore:folder_list", args=[mount.pk])).status_code == 200


def test_nobody_consents_for_another_customer(cast: Cast, as_person: AsPerson) -> None:
    as_person(cast.borealis_admin).post("/consent/", {"tenant": cast.acme.pk, "hours": 8})
    assert Consent.objects.count() == 0
