"""The page of one backup, and its deletion."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from backups.models import Backup, BackupState, BackupType, ProgressSample
from sendense_portal.audit.models import AuditEntry
from tests.conftest import AsPerson, Cast
from tests.factories import make_backup, make_hub, make_vm
from tests.hub.servers import Request, http, ok, serving

pytestmark = pytest.mark.django_db


def test_anothers_backup_is_as_unknown_as_none(cast: Cast, as_person: AsPerson) -> None:
    theirs = make_backup(make_vm("borealis-db", cast.borealis))
    client = as_person(cast.acme_admin)
    for path in ("", "delete/", "progress/"):
        assert client.get(f"/backups/{theirs.pk}/{path}").status_code == 404


def test_a_completed_backup_shows_chain_timeline_and_files(cast: Cast, as_person: AsPerson) -> None:
    vm = make_vm("acme-web", cast.acme)
    full = make_backup(vm, age=timedelta(days=2))
    now = timezone.now()
    ProgressSample.objects.bulk_create(
        ProgressSample(
            backup=full, at=now + timedelta(seconds=n), transferred_bytes=n, bytes_per_second=2**20
        )
        for n in range(3)
    )
    increment = make_backup(vm, backup_type=BackupType.INCREMENTAL, age=timedelta(days=1))
    html = as_person(cast.acme_admin).get(f"/backups/{full.pk}/").content.decode()
    assert f"/backups/{increment.pk}/" in html
    assert f"/restore/?backup={full.pk}" in html
    assert "2 restore points" in html
    assert "<polyline" in html
    assert "1 later incremental backup builds on it" in html
    assert "style=" not in html


def test_a_failed_backup_says_who_has_to_do_what(cast: Cast, as_person: AsPerson) -> None:
    failed = make_backup(
        make_vm("acme-web", cast.acme),
        BackupState.FAILED,
        error_code="hub_reported",
        error_text="no telemetry received for 5m0s on /backup/repo/main",
    )
    html = as_person(cast.acme_admin).get(f"/backups/{failed.pk}/").content.decode()
    assert "The copy went silent" in html
    assert "What to do next" in html
    assert "/backup/repo/main" not in html
    assert (
        "/backup/repo/main" in as_person(cast.provider_admin).get(f"/backups/{failed.pk}/").content.decode()
    )


def test_the_live_part_asks_for_itself_again_and_stands_alone(cast: Cast, as_person: AsPerson) -> None:
    backup = make_backup(make_vm("acme-web", cast.acme), BackupState.RUNNING)
    client = as_person(cast.acme_viewer)
    html = client.get(f"/backups/{backup.pk}/", headers={"HX-Request": "true"}).content.decode()
    assert html.lstrip().startswith('<div id="backup-live"')
    assert f'data-live="backup:{backup.pk}:progress:detail"' in html
    assert "<html" not in html


def test_the_progress_part_serves_one_component(cast: Cast, as_person: AsPerson) -> None:
    backup = make_backup(make_vm("acme-web", cast.acme), BackupState.RUNNING)
    response = as_person(cast.acme_viewer).get(f"/backups/{backup.pk}/progress/?place=panel")
    assert f'id="backup-{backup.pk}-progress-panel"' in response.content.decode()


def test_only_who_may_delete_reaches_the_question(cast: Cast, as_person: AsPerson) -> None:
    backup = make_backup(make_vm("acme-web", cast.acme))
    assert as_person(cast.acme_operator).get(f"/backups/{backup.pk}/delete/").status_code == 403
    html = as_person(cast.acme_admin).get(f"/backups/{backup.pk}/delete/").content.decode()
    assert "Delete for good" in html


def test_asking_does_not_delete(cast: Cast, as_person: AsPerson) -> None:
    backup = make_backup(make_vm("acme-web", cast.acme))
    as_person(cast.acme_admin).get(f"/backups/{backup.pk}/delete/")
    backup.refresh_from_db()
    assert backup.gone_at is None


def test_the_last_point_of_a_machine_is_called_so(cast: Cast, as_person: AsPerson) -> None:
    backup = make_backup(make_vm("acme-web", cast.acme, restore_point_count=1))
    html = as_person(cast.acme_admin).get(f"/backups/{backup.pk}/delete/").content.decode()
    assert "last restore point" in html


def test_a_base_of_increments_is_refused_with_their_list(cast: Cast, as_person: AsPerson) -> None:
    vm = make_vm("acme-web", cast.acme)
    full = make_backup(vm, age=timedelta(days=2))
    increment = make_backup(vm, backup_type=BackupType.INCREMENTAL, age=timedelta(days=1))
    client = as_person(cast.acme_admin)
    for response in (client.get(f"/backups/{full.pk}/delete/"), client.post(f"/backups/{full.pk}/delete/")):
        html = response.content.decode()
        assert f"/backups/{increment.pk}/" in html
        assert "Delete for good" not in html
    full.refresh_from_db()
    assert full.gone_at is None


def test_a_silent_hub_is_told_in_the_dialog_and_nothing_is_lost(cast: Cast, as_person: AsPerson) -> None:
    backup = make_backup(make_vm("acme-web", cast.acme))
    response = as_person(cast.acme_admin).post(f"/backups/{backup.pk}/delete/")
    assert response.status_code == 200
    assert 'role="alert"' in response.content.decode()
    backup.refresh_from_db()
    assert backup.gone_at is None


def answer_to_delete(request: Request, connection: Any) -> bytes:
    """A hub that deletes whatever it is asked to."""
    if request.method == "DELETE":
        backup_id = request.path.rpartition("/")[2]
        return ok(f'{{"message":"backup deleted successfully","backup_id":"{backup_id}"}}')
    return http(404, "404 page not found\n", "text/plain")


def test_deleting_leaves_the_row_its_history_and_a_name_in_the_trail(cast: Cast, as_person: AsPerson) -> None:
    with serving(answer_to_delete) as server:
        vm = make_vm("acme-web", cast.acme, hub=make_hub("Answering", server.url))
        backup = make_backup(vm)
        response = as_person(cast.acme_admin).post(f"/backups/{backup.pk}/delete/")
    assert response.status_code == 302
    backup.refresh_from_db()
    assert backup.gone_at is not None
    outcomes = AuditEntry.objects.filter(action="backup.delete", actor=cast.acme_admin)
    assert sorted(outcomes.values_list("outcome", flat=True)) == ["ok", "started"]


def test_a_dialog_over_the_list_closes_and_the_list_asks_again(cast: Cast, as_person: AsPerson) -> None:
    with serving(answer_to_delete) as server:
        backup = make_backup(make_vm("acme-web", cast.acme, hub=make_hub("Answering", server.url)))
        headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/backups/?state=completed"}
        response = as_person(cast.acme_admin).post(f"/backups/{backup.pk}/delete/", headers=headers)
    assert response.status_code == 204
    assert '"closeDialog"' in response["HX-Trigger"]
    assert '"live:backups"' in response["HX-Trigger"]


def test_a_dialog_over_its_own_page_goes_to_the_list(cast: Cast, as_person: AsPerson) -> None:
    with serving(answer_to_delete) as server:
        backup = make_backup(make_vm("acme-web", cast.acme, hub=make_hub("Answering", server.url)))
        headers = {"HX-Request": "true", "HX-Current-URL": f"http://testserver/backups/{backup.pk}/"}
        response = as_person(cast.acme_admin).post(f"/backups/{backup.pk}/delete/", headers=headers)
    assert response["HX-Redirect"] == "/backups/"


def test_queries_do_not_grow_with_the_chain(
    cast: Cast, as_person: AsPerson, django_assert_max_num_queries: Any
) -> None:
    vm = make_vm("acme-web", cast.acme)
    full = make_backup(vm, age=timedelta(days=40))
    for number in range(30):
        make_backup(vm, backup_type=BackupType.INCREMENTAL, age=timedelta(days=30 - number))
    client = as_person(cast.acme_admin)
    with django_assert_max_num_queries(20):
        client.get(f"/backups/{full.pk}/")
    assert Backup.objects.count() == 31
