"""What people see of proofs, who may ask for one, and whose names of files they meet."""

from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from backups.models import Backup
from restore.catalogue.walker import walk_all
from restore.models import CataloguePoint, RestoreProof
from restore.proofs.runner import State, follow_assignment, prove_all
from sendense_portal.audit.models import AuditEntry
from sendense_portal.tenancy.models import HubConnection, Tenant
from tests.conftest import AsPerson, Cast
from tests.restore.catalogue.conftest import machine, point_of
from tests.restore.small_hub import SmallHub

pytestmark = pytest.mark.django_db
LIST = "/restore/proofs/"


@pytest.fixture
def shown(backup: Backup) -> Backup:
    backup.vm.restore_point_count = 1
    backup.vm.save()
    return backup


def text(as_person: AsPerson, person: Any, path: str) -> str:
    return as_person(person).get(path).content.decode()


def test_the_machine_s_page_and_panel_say_what_was_read_and_when(
    shown: Backup, connection: HubConnection, cast: Cast, as_person: AsPerson
) -> None:
    page = f"/vms/{shown.vm.pk}/"
    assert "Not yet" in text(as_person, cast.acme_viewer, page)
    prove_all(connection)
    for path in (page, f"{page}panel/"):
        assert "2 of 2 files read" in text(as_person, cast.acme_viewer, path)


def test_whoever_may_asks_for_one_now(
    shown: Backup, connection: HubConnection, cast: Cast, as_person: AsPerson
) -> None:
    Tenant.objects.update(proofs_off=True)
    page, asks = f"/vms/{shown.vm.pk}/", reverse("restore:prove", args=[shown.vm.pk])
    assert "Prove now" not in text(as_person, cast.acme_viewer, page)
    browser = as_person(cast.acme_restorer)
    assert "Prove now" in browser.get(page).content.decode()
    assert "as soon as nobody needs the room" in browser.post(asks, follow=True).content.decode()
    assert "waits until nobody needs the room" in browser.get(page).content.decode()
    assert "under way already" in browser.post(asks, follow=True).content.decode()
    assert prove_all(connection) == 1
    assert "2 of 2 files read" in browser.get(page).content.decode()
    (entry,) = AuditEntry.objects.filter(action="restore.prove_ask")
    assert (entry.actor, entry.tenant) == (cast.acme_restorer, cast.acme)
    assert RestoreProof.objects.get().asked_by == cast.acme_restorer


def test_without_the_catalogue_the_reason_is_said(shown: Backup, cast: Cast, as_person: AsPerson) -> None:
    asks = reverse("restore:prove", args=[shown.vm.pk])
    CataloguePoint.objects.update(state="failed", cause="BitLocker is on it.")
    browser = as_person(cast.acme_restorer)
    assert "BitLocker is on it." in browser.post(asks, follow=True).content.decode()
    Tenant.objects.update(catalogue_off=True)
    assert "its safety rules say so" in browser.post(asks, follow=True).content.decode()
    assert not RestoreProof.objects.exists()


def test_names_and_sums_of_files_are_for_those_who_may_list_them(
    shown: Backup, connection: HubConnection, cast: Cast, as_person: AsPerson
) -> None:
    prove_all(connection)
    proof = RestoreProof.objects.get()
    page = reverse("restore:proof_detail", args=[proof.pk])
    sum_of_one = proof.readings[0]["sha256"]
    html = text(as_person, cast.acme_restorer, page)
    assert "hostname" in html
    assert sum_of_one in html
    for person in (cast.acme_viewer, cast.acme_auditor, cast.provider_admin, cast.provider_auditor):
        html = text(as_person, person, page)
        assert "2 of 2" in html
        assert "hostname" not in html
        assert sum_of_one not in html


def test_a_failure_is_on_the_customer_s_page_with_the_next_step(
    shown: Backup, connection: HubConnection, small_hub: SmallHub, cast: Cast, as_person: AsPerson
) -> None:
    customer = f"/customers/{cast.acme.pk}/"
    del small_hub.files["/partition-1/etc/hostname"]
    prove_all(connection)
    html = text(as_person, cast.acme_admin, customer)
    assert "The last proof of 1 machine failed" in html
    assert "press “Prove now”" in html
    page = reverse("restore:proof_detail", args=[RestoreProof.objects.get().pk])
    assert page in html
    assert "no such file" in text(as_person, cast.acme_admin, page)
    RestoreProof.objects.create(
        tenant=cast.acme, vm=shown.vm, state=State.PASSED, file_count=1, good_count=1, ended_at=timezone.now()
    )
    html = text(as_person, cast.acme_admin, customer)
    assert "failed" not in html
    assert "1 of 1 in the last 7 days" in html


def test_lists_hold_one_s_own_only(
    shown: Backup, connection: HubConnection, cast: Cast, as_person: AsPerson
) -> None:
    prove_all(connection)
    assert shown.vm.name in text(as_person, cast.acme_viewer, LIST)
    assert shown.vm.name not in text(as_person, cast.borealis_admin, LIST)
    shown.vm.tenant = cast.borealis
    shown.vm.save()
    follow_assignment(shown.vm)
    assert shown.vm.name in text(as_person, cast.borealis_admin, LIST)
    assert "Nothing was proven yet" in text(as_person, cast.acme_viewer, LIST)


def test_points_that_could_not_be_read_are_told_and_tried_again(
    shown: Backup, connection: HubConnection, cast: Cast, as_person: AsPerson
) -> None:
    others = point_of(machine(connection, cast.borealis, "web09"), 2)
    walk_all(connection)
    CataloguePoint.objects.update(state="failed", cause="The hub could not list it.", tries=3)
    for person in (cast.provider_admin, cast.acme_viewer):
        assert "The hub could not list it." in text(as_person, person, LIST)
    assert "web09" not in text(as_person, cast.acme_viewer, LIST)
    assert "Try them again" not in text(as_person, cast.acme_viewer, LIST)
    as_person(cast.acme_restorer).post(reverse("restore:unread_retry"))
    states = dict(CataloguePoint.objects.values_list("backup", "state"))
    assert states == {shown.pk: "waiting", others.pk: "failed"}
    assert AuditEntry.objects.get(action="catalogue.retry").target_id == str(shown.vm.pk)


def test_queries_do_not_grow_with_rows(
    shown: Backup, cast: Cast, as_person: AsPerson, django_assert_max_num_queries: Any
) -> None:
    RestoreProof.objects.bulk_create(
        RestoreProof(
            tenant=cast.acme, vm=shown.vm, backup=shown, state=State.PASSED, file_count=1, good_count=1
        )
        for _number in range(60)
    )
    browser = as_person(cast.provider_admin)
    with django_assert_max_num_queries(15):
        browser.get(LIST)
    with django_assert_max_num_queries(15):
        browser.get(reverse("restore:proof_detail", args=[RestoreProof.objects.latest("pk").pk]))
    with django_assert_max_num_queries(25):
        browser.get(f"/customers/{cast.acme.pk}/")
