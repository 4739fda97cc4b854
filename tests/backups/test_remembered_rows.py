"""Rows drawn once and shown again: never with another's rights or data, never out of date."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from backups.models import Backup, BackupState, BackupType
from sendense_portal.tenancy.models import Membership, User
from sendense_portal.tenancy.roles import TenantRole
from sendense_portal.ui.memory import RowMemory, drawn_rows
from tests.conftest import AsPerson, Cast
from tests.factories import make_backup, make_repository, make_vm

pytestmark = pytest.mark.django_db
LIST = "/backups/"
PEOPLE = (
    "provider_admin", "provider_operator", "provider_auditor", "acme_admin", "acme_operator", "acme_restorer",
    "acme_viewer", "acme_auditor", "borealis_admin",
)  # fmt: skip


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    drawn_rows.rows.clear()
    yield
    drawn_rows.rows.clear()


def rows_of(client: Client) -> str:
    """The body of the list's table."""
    response = client.get(LIST)
    assert response.status_code == 200
    return response.content.decode().partition("<tbody>")[2].partition("</tbody>")[0]


def everybody(cast: Cast, as_person: AsPerson) -> dict[str, Client]:
    """A browser for each person, and for one who is administrator here and viewer there."""
    both = User.objects.create_user("both@acme.test", "x" * 20)
    Membership.objects.create(user=both, tenant=cast.acme, role=TenantRole.ADMIN)
    Membership.objects.create(user=both, tenant=cast.borealis, role=TenantRole.VIEWER)
    people: dict[str, User] = {name: getattr(cast, name) for name in PEOPLE} | {"both": both}
    return {name: as_person(person) for name, person in people.items()}


def fill(cast: Cast) -> None:
    """A backup in each state for each customer and for nobody."""
    for tenant in (cast.acme, cast.borealis, None):
        for state in BackupState:
            make_backup(make_vm(tenant=tenant), state)


def test_nobody_gets_a_row_that_was_drawn_for_somebody_else(cast: Cast, as_person: AsPerson) -> None:
    fill(cast)
    clients = everybody(cast, as_person)
    alone = {}
    for name, client in clients.items():
        drawn_rows.rows.clear()
        alone[name] = rows_of(client)
    assert len(set(alone.values())) > 5
    drawn_rows.rows.clear()
    for names in (list(clients), [*reversed(clients)], sorted(clients)):
        for name in names:
            assert rows_of(clients[name]) == alone[name], name


def test_rights_in_one_customer_are_not_lent_to_another(cast: Cast, as_person: AsPerson) -> None:
    """Two rows that differ in nothing but whose they are."""
    moment = timezone.now() - timedelta(hours=3)
    clients = everybody(cast, as_person)
    rows = [
        make_backup(make_vm("twin", tenant, remote_id=str(tenant.pk)), created_at=moment)
        for tenant in (cast.acme, cast.borealis)
    ]
    ours, theirs = (f"/backups/{backup.pk}/delete/" for backup in rows)
    for _ in range(2):
        assert ours in rows_of(clients["provider_admin"]) and theirs in rows_of(clients["provider_admin"])
        html = rows_of(clients["both"])
        assert ours in html and theirs not in html
        html = rows_of(clients["borealis_admin"])
        assert theirs in html and ours not in html and str(rows[0].pk) not in html


def test_a_person_who_loses_a_right_loses_its_buttons_at_once(cast: Cast, as_person: AsPerson) -> None:
    backup = make_backup(make_vm("acme-web", cast.acme))
    client = as_person(cast.acme_admin)
    assert f"/backups/{backup.pk}/delete/" in rows_of(client)
    Membership.objects.filter(user=cast.acme_admin).update(role=TenantRole.VIEWER)
    html = rows_of(client)
    assert str(backup.pk) in html and "/delete/" not in html and "?backup=" not in html


def changes(backup: Backup, cast: Cast) -> dict[str, Callable[[], Any]]:
    """Everything that a row shows, changed one after the other."""
    own = Backup.objects.filter(pk=backup.pk)
    vault = make_repository("Vault")
    later: dict[str, Any] = {
        "backup_type": BackupType.INCREMENTAL, "age": timedelta(hours=1), "repository": vault
    }  # fmt: skip
    return {
        "vm": lambda: type(backup.vm)._base_manager.filter(pk=backup.vm.pk).update(name="renamed"),
        "customer": lambda: type(cast.acme).objects.filter(pk=cast.acme.pk).update(name="Acme & Sons"),
        "owner": lambda: own.update(tenant=cast.borealis),
        "repository": lambda: own.update(repository=vault),
        "its name": lambda: type(vault)._base_manager.filter(pk=vault.pk).update(name="Vault 2"),
        "next point": lambda: make_backup(backup.vm, **later),
        "type": lambda: own.update(type=BackupType.INCREMENTAL),
        "size": lambda: own.update(transferred_bytes=5),
        "person": lambda: own.update(origin=Backup.Origin.PORTAL, started_by_name="Kim"),
        "begin": lambda: own.update(created_at=timezone.now() - timedelta(days=9)),
        "hub's id": lambda: own.update(remote_id=None),
        "state": lambda: own.update(state=BackupState.FAILED, percent=0),
        "percent": lambda: own.update(percent=55),
        "running": lambda: own.update(state=BackupState.RUNNING),
        "speed": lambda: own.update(bytes_per_second=5_000_000),
        "done": lambda: own.update(state=BackupState.CANCELLED),
        "zone": lambda: User.objects.filter(pk=cast.provider_admin.pk).update(time_zone="Asia/Tokyo"),
    }


def test_a_row_changes_with_everything_that_it_shows(cast: Cast, as_person: AsPerson) -> None:
    backup = make_backup(make_vm("acme-web", cast.acme), backup_type=BackupType.FULL)
    client = as_person(cast.provider_admin)
    row = f'<tr id="backup-{backup.pk}"'

    def shown() -> str:
        return rows_of(client).partition(row)[2].partition("</tr>")[0]

    before = shown()
    for what, change in changes(backup, cast).items():
        change()
        remembered = shown()
        assert remembered != before, what
        drawn_rows.rows.clear()
        assert remembered == shown(), what
        before = remembered


def test_ages_grow_on_remembered_rows(
    cast: Cast, as_person: AsPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_backup(make_vm("acme-web", cast.acme), age=timedelta(minutes=90))
    client = as_person(cast.acme_viewer)
    assert ">1 h ago</time>" in rows_of(client)
    later = timezone.now() + timedelta(hours=2)
    monkeypatch.setattr(timezone, "now", lambda: later)
    assert ">3 h ago</time>" in rows_of(client)


def test_a_deleted_backup_leaves_the_list_at_once(cast: Cast, as_person: AsPerson) -> None:
    backup = make_backup(make_vm("acme-web", cast.acme))
    client = as_person(cast.acme_viewer)
    assert str(backup.pk) in rows_of(client)
    Backup.objects.filter(pk=backup.pk).update(gone_at=timezone.now())
    assert str(backup.pk) not in rows_of(client)


def test_what_has_ended_is_drawn_once_and_what_runs_each_time(cast: Cast, as_person: AsPerson) -> None:
    fill(cast)
    client = as_person(cast.acme_viewer)
    rows_of(client)
    ended = {BackupState.COMPLETED, BackupState.FAILED, BackupState.CANCELLED}
    assert len(drawn_rows.rows) == len(ended)
    rows_of(client)
    assert len(drawn_rows.rows) == len(ended)


def test_the_memory_has_an_end_and_forgets_what_was_drawn_first() -> None:
    memory = RowMemory(most=2)
    for number in (1, 2, 3):
        memory.put(number, f"<tr>{number}")
    assert [memory.get(number) for number in (1, 2, 3)] == [None, "<tr>2", "<tr>3"]
