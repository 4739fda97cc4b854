"""The list of backups: whose rows, which columns, filters, and how many queries."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from backups.models import Backup, BackupState, BackupType
from backups.views import lists
from sendense_portal.tenancy.models import Membership, User
from tests.conftest import AsPerson, Cast
from tests.factories import make_backup, make_repository, make_vm

pytestmark = pytest.mark.django_db
LIST = "/backups/"


def names_in(client: Client, query: str = "") -> list[str]:
    """The VMs of the rows on the page."""
    response = client.get(LIST + query)
    assert response.status_code == 200
    return [row.record.vm.name for row in response.context["table"].paginated_rows]


def test_each_customer_sees_and_counts_only_their_own(cast: Cast, as_person: AsPerson) -> None:
    make_backup(make_vm("acme-web", cast.acme))
    make_backup(make_vm("borealis-db", cast.borealis))
    make_backup(make_vm("nobodys", None))
    response = as_person(cast.acme_viewer).get(LIST)
    html = response.content.decode()
    assert "acme-web" in html
    assert "borealis-db" not in html
    assert "nobodys" not in html
    assert response.context["counts"].total == 1
    assert as_person(cast.provider_operator).get(LIST).context["counts"].total == 3


def test_choices_of_filters_name_nothing_of_other_customers(cast: Cast, as_person: AsPerson) -> None:
    make_backup(make_vm("acme-web", cast.acme))
    make_backup(
        make_vm("borealis-db", cast.borealis),
        repository=make_repository("Borealis vault", tenant=cast.borealis),
    )
    html = as_person(cast.acme_admin).get(LIST).content.decode()
    for word in ("borealis-db", "Borealis"):
        assert word not in html


def test_a_filter_by_anothers_machine_finds_nothing(cast: Cast, as_person: AsPerson) -> None:
    theirs = make_vm("borealis-db", cast.borealis)
    make_backup(theirs)
    make_backup(make_vm("acme-web", cast.acme))
    response = as_person(cast.acme_admin).get(f"{LIST}?vm={theirs.pk}")
    assert "borealis-db" not in response.content.decode()


def test_the_customer_column_is_for_those_who_have_several(cast: Cast, as_person: AsPerson) -> None:
    make_backup(make_vm("acme-web", cast.acme))
    assert "customer" not in as_person(cast.acme_viewer).get(LIST).context["table"].columns.names()
    assert "customer" in as_person(cast.provider_admin).get(LIST).context["table"].columns.names()
    Membership.objects.create(user=cast.acme_viewer, tenant=cast.borealis, role="viewer")
    assert "customer" in as_person(cast.acme_viewer).get(LIST).context["table"].columns.names()


def test_filters_narrow_by_state_type_machine_repository_day_and_text(
    cast: Cast, as_person: AsPerson
) -> None:
    web, db = make_vm("acme-web", cast.acme), make_vm("acme-db", cast.acme)
    vault = make_repository("Vault")
    make_backup(web, age=timedelta(days=3), started_by_name="Kim")
    make_backup(
        db, BackupState.FAILED, backup_type=BackupType.INCREMENTAL, repository=vault, age=timedelta(hours=0)
    )
    client = as_person(cast.acme_admin)
    today = timezone.now().date().isoformat()
    expected: dict[str, list[str]] = {
        "?state=failed": ["acme-db"],
        "?state=completed": ["acme-web"],
        "?type=incremental": ["acme-db"],
        f"?vm={web.pk}": ["acme-web"],
        f"?repository={vault.pk}": ["acme-db"],
        f"?since={today}": ["acme-db"],
        f"?until={(timezone.now() - timedelta(days=2)).date().isoformat()}": ["acme-web"],
        "?search=kim": ["acme-web"],
        "?search=ACME-D": ["acme-db"],
        "?sort=vm": ["acme-db", "acme-web"],
        "?sort=-vm": ["acme-web", "acme-db"],
        "": ["acme-db", "acme-web"],
    }
    assert {query: names_in(client, query) for query in expected} == expected


def test_in_progress_means_every_state_that_may_still_change(cast: Cast, as_person: AsPerson) -> None:
    for state in BackupState:
        make_backup(make_vm(f"vm-{state.value}", cast.acme), state)
    found = names_in(as_person(cast.acme_admin), "?state=open&sort=vm")
    assert found == ["vm-queued", "vm-running", "vm-stalled", "vm-unknown"]


def test_deleted_backups_appear_only_where_asked_for(cast: Cast, as_person: AsPerson) -> None:
    make_backup(make_vm("acme-gone", cast.acme), gone_at=timezone.now())
    client = as_person(cast.acme_admin)
    assert names_in(client) == []
    assert names_in(client, "?state=gone") == ["acme-gone"]


def test_a_part_keeps_the_filters_of_the_address_it_refreshes_from(cast: Cast, as_person: AsPerson) -> None:
    make_backup(make_vm("acme-web", cast.acme), BackupState.FAILED)
    response = as_person(cast.acme_admin).get(f"{LIST}?state=failed&sort=vm", headers={"HX-Request": "true"})
    html = response.content.decode()
    assert 'hx-get="/backups/?state=failed&amp;sort=vm"' in html
    assert "live:backups from:body" in html
    assert "<html" not in html


def test_pages_never_show_a_row_twice_although_values_are_equal(cast: Cast, as_person: AsPerson) -> None:
    vm = make_vm("acme-web", cast.acme)
    moment = timezone.now()
    for _ in range(70):
        make_backup(vm, created_at=moment, completed_at=moment)
    client = as_person(cast.acme_admin)
    seen: list[Any] = []
    for number in (1, 2):
        table = client.get(f"{LIST}?sort=size&page={number}").context["table"]
        seen += [row.record.pk for row in table.paginated_rows]
    assert len(seen) == len(set(seen)) == 70


@pytest.mark.parametrize("column", ["vm", "customer", "type", "repository", "state", "started", "size"])
@pytest.mark.parametrize("sign", ["", "-"])
def test_pages_follow_each_other_whatever_they_are_sorted_by(
    cast: Cast, as_person: AsPerson, monkeypatch: pytest.MonkeyPatch, column: str, sign: str
) -> None:
    """Also where names, customers and repositories are missing, and from whichever end a page is read."""
    monkeypatch.setattr(lists, "ROWS_PER_PAGE", 3)
    for number in range(10):
        vm = make_vm(tenant=(cast.acme, cast.borealis, None)[number % 3])
        backup = make_backup(vm, [BackupState.COMPLETED, BackupState.FAILED][number % 2])
        backup.transferred_bytes = number % 4
        backup.repository = None if number % 5 == 0 else backup.repository
        backup.save()
    client, address = as_person(cast.provider_admin), f"{LIST}?sort={sign}{column}"
    shown = []
    for number in range(1, 5):
        response = client.get(f"{address}&page={number}")
        shown += [row.record.pk for row in response.context["table"].paginated_rows]
    columns = response.context["table"].columns[column].order_by
    in_order = Backup.objects.order_by(*columns).values_list("pk", flat=True)
    assert shown == list(in_order)


def test_cards_count_every_state_of_what_is_still_at_the_hub(cast: Cast, as_person: AsPerson) -> None:
    for number, state in enumerate(BackupState, start=1):
        for _ in range(number):
            make_backup(make_vm(tenant=cast.acme), state)
    make_backup(make_vm(tenant=cast.acme), gone_at=timezone.now())
    counts = as_person(cast.acme_viewer).get(LIST).context["counts"]
    in_order = {state.value: number for number, state in enumerate(BackupState, start=1)}
    assert counts.by_state == in_order
    assert counts.total == sum(in_order.values())


def test_the_number_beside_backups_in_the_navigation_is_that_of_the_card(
    cast: Cast, as_person: AsPerson
) -> None:
    for state in BackupState:
        make_backup(make_vm(tenant=cast.acme), state)
        make_backup(make_vm(tenant=cast.borealis), state)
    client = as_person(cast.acme_viewer)
    for address in (LIST, f"{LIST}?state=failed", "/vms/"):
        links = [link for group in client.get(address).context["nav"] for link in group.links]
        assert [link.count for link in links if link.url == LIST] == [4], address


def test_an_empty_list_offers_the_next_step_and_a_filtered_one_a_way_out(
    cast: Cast, as_person: AsPerson
) -> None:
    client = as_person(cast.acme_admin)
    assert "No backups yet" in client.get(LIST).content.decode()
    make_backup(make_vm("acme-web", cast.acme))
    assert "Nothing matches" in client.get(f"{LIST}?search=zzz").content.decode()


@pytest.mark.parametrize(
    ("who", "delete", "start"),
    [("acme_admin", True, True), ("acme_operator", False, True), ("acme_viewer", False, False)],
)
def test_rows_offer_only_what_their_reader_may_do(
    cast: Cast, as_person: AsPerson, who: str, delete: bool, start: bool
) -> None:
    backup = make_backup(make_vm("acme-web", cast.acme), BackupState.FAILED)
    person: User = getattr(cast, who)
    html = as_person(person).get(LIST).content.decode()
    assert (f"/backups/{backup.pk}/delete/" in html) is delete
    assert (f"/backups/start/?vm={backup.vm_id}" in html) is start


def test_the_button_of_a_full_says_that_its_increments_go_with_it(cast: Cast, as_person: AsPerson) -> None:
    vm = make_vm("acme-web", cast.acme)
    make_backup(vm, age=timedelta(days=2))
    make_backup(vm, backup_type=BackupType.INCREMENTAL, age=timedelta(days=1))
    html = as_person(cast.acme_admin).get(LIST).content.decode()
    assert html.count('title="Delete, with the later incremental backups that build on it"') == 1


def test_queries_do_not_grow_with_rows(
    cast: Cast, as_person: AsPerson, django_assert_max_num_queries: Any
) -> None:
    for number in range(60):
        state = list(BackupState)[number % len(BackupState)]
        tenant = cast.acme if number % 2 else cast.borealis
        make_backup(make_vm(f"vm{number}", tenant), state, repository=make_repository(f"R{number}"))
    client = as_person(cast.provider_admin)
    with django_assert_max_num_queries(13):
        client.get(LIST)
    with django_assert_max_num_queries(14):
        client.get(f"{LIST}?state=completed&sort=-size&page=2")
    with django_assert_max_num_queries(7):
        client.get(LIST, headers={"HX-Request": "true"})


def test_finding_a_page_joins_nothing_and_computes_nothing_of_other_rows(
    cast: Cast, as_person: AsPerson
) -> None:
    vm = make_vm("acme-web", cast.acme)
    for _ in range(160):
        make_backup(vm)
    with CaptureQueriesContext(connection) as captured:
        as_person(cast.provider_admin).get(f"{LIST}?page=2")
    paged = [query["sql"] for query in captured if "OFFSET 50" in query["sql"]]
    assert len(paged) == 1
    keys = paged[0].partition(" IN (")[2].partition(" OFFSET 50")[0]
    assert keys.startswith("SELECT") and keys.count("SELECT") == 1
    assert "JOIN" not in keys
