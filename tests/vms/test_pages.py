"""Pages of virtual machines: whose, sorted and filtered how, and what the panel knows."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from backups.models import BackupState
from tests.conftest import AsPerson, Cast
from tests.factories import GIB, make_backup, make_vm
from vms.models import VirtualMachine

pytestmark = pytest.mark.django_db
LIST = "/vms/"
NOW = timezone.now()


def names_in(client: Client, query: str = "") -> list[str]:
    response = client.get(LIST + query)
    assert response.status_code == 200
    return [row.record.name for row in response.context["table"].paginated_rows]


def protected(name: str, cast: Cast, *, hours: int = 6, points: int = 12) -> VirtualMachine:
    return make_vm(
        name,
        cast.acme,
        restore_point_count=points,
        stored_bytes=340 * GIB,
        last_restore_point_at=timezone.now() - timedelta(hours=hours),
    )


def test_each_customer_sees_only_their_own(cast: Cast, as_person: AsPerson) -> None:
    make_vm("acme-web", cast.acme)
    make_vm("borealis-db", cast.borealis)
    make_vm("nobodys")
    assert names_in(as_person(cast.acme_viewer)) == ["acme-web"]
    assert names_in(as_person(cast.borealis_admin)) == ["borealis-db"]
    assert names_in(as_person(cast.provider_auditor)) == ["acme-web", "borealis-db", "nobodys"]


def test_anothers_machine_is_as_unknown_as_none(cast: Cast, as_person: AsPerson) -> None:
    theirs, client = make_vm("borealis-db", cast.borealis), as_person(cast.acme_admin)
    assert client.get(f"/vms/{theirs.pk}/").status_code == 404
    assert client.get(f"/vms/{theirs.pk}/panel/").status_code == 404
    assert client.get(f"{LIST}?vm={theirs.pk}").context["selected"] is None


def test_a_row_says_how_well_it_is_protected(cast: Cast, as_person: AsPerson) -> None:
    protected("acme-web", cast)
    make_vm("acme-db", cast.acme)
    html = as_person(cast.acme_operator).get(LIST).content.decode()
    assert "6 h ago" in html
    assert "12 backups, 340.0 GiB" in html
    assert "No backups" in html


def test_files_are_offered_only_where_there_is_a_restore_point(cast: Cast, as_person: AsPerson) -> None:
    with_points, without = protected("acme-web", cast), make_vm("acme-db", cast.acme)
    html = as_person(cast.acme_operator).get(LIST).content.decode()
    assert f"/restore/?vm={with_points.pk}" in html
    assert f"/restore/?vm={without.pk}" not in html
    assert f"/backups/start/?vm={without.pk}" in html
    assert "/backups/start/" not in as_person(cast.acme_viewer).get(LIST).content.decode()


def test_the_list_sorts_and_filters_by_its_address(cast: Cast, as_person: AsPerson) -> None:
    protected("acme-a", cast, hours=50)
    protected("acme-b", cast, hours=2)
    make_vm("acme-c", cast.acme, disks=3, power=VirtualMachine.Power.OFF)
    client = as_person(cast.acme_admin)
    expected = {
        "": ["acme-a", "acme-b", "acme-c"],
        "?sort=-name": ["acme-c", "acme-b", "acme-a"],
        "?sort=protection": ["acme-c", "acme-a", "acme-b"],
        "?sort=-protection": ["acme-b", "acme-a", "acme-c"],
        "?power=off": ["acme-c"],
        "?protection=protected": ["acme-a", "acme-b"],
        "?protection=unprotected": ["acme-c"],
        "?search=ACME-B": ["acme-b"],
    }
    assert {query: names_in(client, query) for query in expected} == expected
    assert names_in(client, "?sort=-disks")[0] == "acme-c"


def test_the_provider_filters_by_customer_and_by_none(cast: Cast, as_person: AsPerson) -> None:
    make_vm("acme-web", cast.acme)
    make_vm("nobodys")
    client = as_person(cast.provider_admin)
    assert names_in(client, f"?customer={cast.acme.pk}") == ["acme-web"]
    assert names_in(client, "?customer=null") == ["nobodys"]
    assert "Borealis" not in as_person(cast.acme_admin).get(LIST).content.decode()


def test_the_selected_machine_survives_in_the_address(cast: Cast, as_person: AsPerson) -> None:
    vm, client = make_vm("acme-web", cast.acme), as_person(cast.acme_viewer)
    html = client.get(f"{LIST}?vm={vm.pk}").content.decode()
    assert f'data-selected="{vm.pk}"' in html
    assert client.get(f"{LIST}?vm=nonsense").status_code == 200


def test_the_panel_shows_state_progress_days_and_operations(cast: Cast, as_person: AsPerson) -> None:
    vm = protected("acme-web", cast)
    running = make_backup(vm, BackupState.RUNNING, age=timedelta(minutes=1))
    make_backup(vm, BackupState.FAILED, age=timedelta(days=1))
    html = (
        as_person(cast.acme_operator)
        .get(f"/vms/{vm.pk}/panel/", headers={"HX-Request": "true"})
        .content.decode()
    )
    assert f'data-live="backup:{running.pk}:progress:panel"' in html
    assert html.count('class="day ') == 28
    assert "340.0 GiB" in html
    assert f"/backups/start/?vm={vm.pk}" in html
    assert "<html" not in html


def test_the_panel_is_a_page_without_javascript(cast: Cast, as_person: AsPerson) -> None:
    vm = make_vm("acme-web", cast.acme)
    html = as_person(cast.acme_viewer).get(f"/vms/{vm.pk}/panel/").content.decode()
    assert "<html" in html
    assert 'id="vm-panel"' in html


def test_the_page_of_a_machine_lists_disks_and_backups(cast: Cast, as_person: AsPerson) -> None:
    vm = make_vm("acme-web", cast.acme, disks=2)
    backup = make_backup(vm)
    html = as_person(cast.acme_admin).get(f"/vms/{vm.pk}/").content.decode()
    assert html.count("10.0 GiB") == 2
    assert f'id="backup-{backup.pk}"' in html
    assert f"/backups/?vm={vm.pk}" in html


def test_a_machine_that_is_gone_says_so_and_offers_no_backup(cast: Cast, as_person: AsPerson) -> None:
    vm = make_vm("acme-old", cast.acme, gone_at=timezone.now())
    client = as_person(cast.acme_admin)
    assert names_in(client) == []
    html = client.get(f"/vms/{vm.pk}/").content.decode()
    assert "no longer lists this virtual machine" in html
    assert f"/backups/start/?vm={vm.pk}" not in html


def test_empty_lists_say_whose_turn_it_is(cast: Cast, as_person: AsPerson) -> None:
    assert "has not assigned any machine to you" in as_person(cast.acme_admin).get(LIST).content.decode()
    assert "The hubs list none" in as_person(cast.provider_admin).get(LIST).content.decode()
    make_vm("acme-web", cast.acme)
    assert "Nothing matches" in as_person(cast.acme_admin).get(f"{LIST}?search=zz").content.decode()


def test_queries_do_not_grow_with_rows(
    cast: Cast, as_person: AsPerson, django_assert_max_num_queries: Any
) -> None:
    vms = [make_vm(f"vm{number}", cast.acme if number % 2 else cast.borealis) for number in range(60)]
    for number in range(30):
        make_backup(vms[0], age=timedelta(days=number))
    client = as_person(cast.provider_admin)
    for path, most in ((LIST, 12), (f"{LIST}?vm={vms[0].pk}", 19), (f"/vms/{vms[0].pk}/", 20)):
        with django_assert_max_num_queries(most):
            client.get(path)
