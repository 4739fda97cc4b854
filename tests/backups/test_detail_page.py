"""The page of one backup, and its deletion."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from backups.models import Backup, BackupState, BackupType, ProgressSample
from tests.conftest import AsPerson, Cast
from tests.factories import make_backup, make_vm

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
