"""Columns of one's choice, saved views, and a list as a file."""

import csv
import io
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.test import Client

from backups.models import BackupState
from sendense_portal.audit.models import AuditEntry
from sendense_portal.lists.models import SavedView
from tests.conftest import AsPerson, Cast
from tests.factories import make_backup, make_vm

pytestmark = pytest.mark.django_db


def file_of(client: Client, address: str) -> list[dict[str, str]]:
    """The rows of an exported list."""
    answer: Any = client.get(address)
    assert answer.status_code == 200, answer.content
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer["Content-Disposition"]

    async def read() -> bytes:
        return b"".join([part async for part in answer.parts])

    return list(csv.DictReader(io.StringIO(async_to_sync(read)().decode())))


def test_the_file_has_what_is_filtered_of_one_s_own_in_the_list_s_order(
    cast: Cast, as_person: AsPerson
) -> None:
    make_backup(make_vm("acme-b", cast.acme), BackupState.FAILED)
    make_backup(make_vm("acme-a", cast.acme), BackupState.FAILED)
    make_backup(make_vm("acme-c", cast.acme))
    make_backup(make_vm("borealis-db", cast.borealis), BackupState.FAILED)
    client = as_person(cast.acme_viewer)
    rows = file_of(client, "/lists/backups/export.csv?state=failed&sort=vm&page=7")
    assert [row["virtual_machine"] for row in rows] == ["acme-a", "acme-b"]
    assert rows[0]["started_at"].endswith("+00:00")
    assert rows[0]["copied_bytes"] == str(2**29)
    assert [row["name"] for row in file_of(client, "/lists/vms/export.csv?sort=-name")] == [
        "acme-c", "acme-b", "acme-a",
    ]  # fmt: skip
    everybody = file_of(as_person(cast.provider_auditor), "/lists/backups/export.csv")
    assert {row["customer"] for row in everybody} == {"Acme", "Borealis"}


def test_a_name_is_no_formula(cast: Cast, as_person: AsPerson) -> None:
    make_backup(make_vm('=HYPERLINK("http://evil")', cast.acme))
    [row] = file_of(as_person(cast.acme_viewer), "/lists/backups/export.csv")
    assert row["virtual_machine"] == '\'=HYPERLINK("http://evil")'


def test_taking_a_list_out_is_on_record(cast: Cast, as_person: AsPerson) -> None:
    make_backup(make_vm("acme-a", cast.acme))
    file_of(as_person(cast.acme_viewer), "/lists/backups/export.csv?state=completed")
    asked, done = AuditEntry.objects.filter(action="list.export").order_by("sequence")
    assert (asked.outcome, done.outcome, done.tenant) == ("started", "ok", cast.acme)
    assert (done.parameters["filters"], done.parameters["rows"]) == ("state=completed", 1)
    assert len(done.parameters["sha256"]) == 64


def test_a_long_list_is_read_in_steps(
    cast: Cast, as_person: AsPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sendense_portal.lists.exports.STEP", 2)
    for number in range(5):
        make_vm(f"acme-{number}", cast.acme)
    rows = file_of(as_person(cast.acme_viewer), "/lists/vms/export.csv")
    assert [row["name"] for row in rows] == [f"acme-{number}" for number in range(5)]


def test_columns_are_a_person_s_own_and_remembered(cast: Cast, as_person: AsPerson) -> None:
    make_backup(make_vm("acme-a", cast.acme))
    client = as_person(cast.acme_admin)
    assert 'data-column="repository"' in client.get("/backups/").content.decode()
    answer = client.post(
        "/lists/backups/columns/", {"column": ["state", "started"], "query": "state=completed"}
    )
    assert answer["Location"] == "/backups/?state=completed"
    html = client.get("/backups/").content.decode()
    assert 'data-column="repository"' not in html
    assert 'data-column="state"' in html
    # The name and the buttons are not anybody's to hide.
    assert 'data-column="vm"' in html
    assert 'data-column="repository"' in as_person(cast.acme_viewer).get("/backups/").content.decode()


def test_a_view_keeps_filters_and_order_and_leads_back(cast: Cast, as_person: AsPerson) -> None:
    client = as_person(cast.acme_viewer)
    client.post(
        "/lists/backups/views/", {"name": "Bad ones", "query": "state=failed&search=&sort=-size&page=3"}
    )
    view = SavedView.objects.get()
    assert (view.query, view.owner, view.tenant) == ("state=failed&sort=-size", cast.acme_viewer, None)
    html = client.get("/lists/backups/").content.decode()
    assert 'href="/backups/?state=failed&amp;sort=-size"' in html
    assert "Bad ones" not in as_person(cast.acme_admin).get("/lists/backups/").content.decode()
    client.post(f"/lists/views/{view.pk}/rename/", {"name": "Failures"})
    assert SavedView.objects.get().name == "Failures"
    again = client.post("/lists/backups/views/", {"name": "Failures", "query": ""})
    assert again.status_code == 409
    assert "of this name already" in again.content.decode()
    client.post(f"/lists/views/{view.pk}/delete/")
    assert not SavedView.objects.exists()


def test_what_a_customer_shares_is_made_and_changed_by_who_manages_it(
    cast: Cast, as_person: AsPerson
) -> None:
    shared = {"name": "Ours", "query": "state=failed", "place": str(cast.acme.pk)}
    assert as_person(cast.acme_operator).post("/lists/backups/views/", shared).status_code == 409
    elsewhere = {**shared, "place": str(cast.borealis.pk)}
    assert as_person(cast.acme_admin).post("/lists/backups/views/", elsewhere).status_code == 409
    as_person(cast.acme_admin).post("/lists/backups/views/", shared)
    view = SavedView.objects.get()
    assert view.tenant == cast.acme
    assert AuditEntry.objects.filter(action="view.share", tenant=cast.acme).exists()
    assert "Ours" in as_person(cast.acme_viewer).get("/lists/backups/").content.decode()
    assert "Ours" not in as_person(cast.borealis_admin).get("/lists/backups/").content.decode()
    assert as_person(cast.acme_viewer).post(f"/lists/views/{view.pk}/delete/").status_code == 403
    assert as_person(cast.borealis_admin).post(f"/lists/views/{view.pk}/delete/").status_code == 404
    as_person(cast.acme_admin).post(f"/lists/views/{view.pk}/delete/")
    assert not SavedView.objects.exists()


def test_an_unknown_list_is_none(cast: Cast, as_person: AsPerson) -> None:
    assert as_person(cast.acme_admin).get("/lists/secrets/").status_code == 404
