"""Deleting through its question: all that goes is shown, and only what was shown goes."""

import time
from datetime import timedelta
from typing import Any

import pytest
from django.core import signing
from django.http import HttpResponse
from django.test import Client

from backups.deletions import LOOKED_SECONDS, preview
from backups.models import Backup, BackupState, BackupType
from restore.models import Download, Mount
from sendense_portal.audit.models import AuditEntry
from tests.conftest import AsPerson, Cast
from tests.factories import GIB, make_backup, make_hub, make_repository, make_vm
from tests.hub.servers import Request, http, ok, serving

pytestmark = pytest.mark.django_db
NOT_FOUND = http(404, "404 page not found\n", "text/plain")


def answer_to_delete(request: Request, connection: Any) -> bytes:
    """A hub that deletes whatever it is asked to."""
    if request.method == "DELETE":
        backup_id = request.path.rpartition("/")[2]
        return ok(f'{{"message":"backup deleted successfully","backup_id":"{backup_id}"}}')
    return NOT_FOUND


def chain(cast: Cast, url: str = "http://127.0.0.1:9", length: int = 2, **fields: Any) -> list[Backup]:
    """A full and ``length`` increments, oldest first."""
    vm = make_vm("acme-web", cast.acme, hub=make_hub("Answering", url))
    repository = make_repository("Vault", hub=vm.hub, **fields)
    kinds = [BackupType.FULL, *[BackupType.INCREMENTAL] * length]
    return [
        make_backup(vm, backup_type=kind, age=timedelta(days=9 - number), repository=repository)
        for number, kind in enumerate(kinds)
    ]


def page_of(backup: Backup) -> str:
    return f"/backups/{backup.pk}/delete/"


def token_at(client: Client, backup: Backup) -> str:
    token: str = client.get(page_of(backup)).context["radius"].token
    return token


def confirm(client: Client, backup: Backup, **headers: str) -> HttpResponse:
    """Looks, and confirms what was seen."""
    return client.post(page_of(backup), {"token": token_at(client, backup)}, headers=headers)  # type: ignore[return-value]  # the test client's answer is one


def gone(*backups: Backup) -> list[bool]:
    held = set(Backup.objects.filter(gone_at__isnull=True).values_list("pk", flat=True))
    return [backup.pk not in held for backup in backups]


def test_only_who_may_delete_reaches_the_question(cast: Cast, as_person: AsPerson) -> None:
    backup = make_backup(make_vm("acme-web", cast.acme))
    assert as_person(cast.acme_operator).get(page_of(backup)).status_code == 403
    html = as_person(cast.acme_admin).get(page_of(backup)).content.decode()
    assert "Delete for good" in html


def test_asking_does_not_delete(cast: Cast, as_person: AsPerson) -> None:
    backup = make_backup(make_vm("acme-web", cast.acme))
    as_person(cast.acme_admin).get(page_of(backup))
    assert gone(backup) == [False]


def test_increments_that_build_on_it_are_shown_newest_first_with_their_bytes(
    cast: Cast, as_person: AsPerson
) -> None:
    full, first, second = chain(cast)
    response = as_person(cast.acme_admin).get(page_of(full))
    radius = response.context["radius"]
    html = response.content.decode()
    assert radius.points == [second, first, full]
    assert radius.bytes == 6 * GIB
    assert "6.0 GiB" in html
    assert "Delete 3 for good" in html
    assert f"/backups/{first.pk}/" in html


def test_a_machine_that_loses_its_last_point_is_named(cast: Cast, as_person: AsPerson) -> None:
    full, first, _ = chain(cast)
    client = as_person(cast.acme_admin)
    assert "loses its last restore point" in client.get(page_of(full)).content.decode()
    assert "loses its last restore point" not in client.get(page_of(first)).content.decode()
    make_backup(full.vm, repository=make_repository("Elsewhere", hub=full.hub))
    assert "loses its last restore point" not in client.get(page_of(full)).content.decode()


def test_a_whole_chain_goes_newest_first_with_an_entry_each(cast: Cast, as_person: AsPerson) -> None:
    with serving(answer_to_delete) as server:
        full, first, second = chain(cast, server.url)
        response = confirm(as_person(cast.acme_admin), full)
        asked = [request.path for request in server.requests if request.method == "DELETE"]
    assert response.status_code == 302
    assert gone(full, first, second) == [True] * 3
    assert [path.rpartition("/")[2] for path in asked] == [p.remote_id for p in (second, first, full)]
    entries = AuditEntry.objects.filter(action="backup.delete", outcome="ok").order_by("sequence")
    assert [entry.target_id for entry in entries] == [str(p.pk) for p in (second, first, full)]


def test_without_proof_of_a_look_nothing_goes(cast: Cast, as_person: AsPerson) -> None:
    with serving(answer_to_delete) as server:
        full, *_ = chain(cast, server.url)
        other = make_backup(make_vm("other", cast.acme, hub=full.hub))
        client = as_person(cast.acme_admin)
        forged = signing.dumps([str(full.pk), "0" * 64], salt="backups.deletions")
        for token in ("", "nonsense", forged, token_at(client, other)):
            response = client.post(page_of(full), {"token": token})
            assert response.status_code == 409
            assert "Things changed since you looked" in response.content.decode()
        assert not [request for request in server.requests if request.method == "DELETE"]
    assert gone(full) == [False]


def test_what_came_after_the_look_is_shown_and_nothing_goes(cast: Cast, as_person: AsPerson) -> None:
    full, _first, second = chain(cast)
    client = as_person(cast.acme_admin)
    token = token_at(client, full)
    newer = make_backup(full.vm, backup_type=BackupType.INCREMENTAL, repository=full.repository)
    response = client.post(page_of(full), {"token": token})
    html = response.content.decode()
    assert response.status_code == 409
    assert "Things changed since you looked" in html
    assert f"/backups/{newer.pk}/" in html
    assert gone(full, second, newer) == [False] * 3


def test_the_last_point_of_a_machine_counts_as_a_change(cast: Cast, as_person: AsPerson) -> None:
    full, *_ = chain(cast)
    spare = make_backup(full.vm, repository=make_repository("Elsewhere", hub=full.hub))
    client = as_person(cast.acme_admin)
    token = token_at(client, full)
    Backup.objects.filter(pk=spare.pk).update(gone_at=spare.created_at)
    assert client.post(page_of(full), {"token": token}).status_code == 409


def test_a_look_of_long_ago_counts_no_more(
    cast: Cast, as_person: AsPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    full, *_ = chain(cast)
    client = as_person(cast.acme_admin)
    with monkeypatch.context() as patched:
        earlier = time.time() - LOOKED_SECONDS - 1
        patched.setattr("django.core.signing.time.time", lambda: earlier)
        token = preview(full).token
    assert client.post(page_of(full), {"token": token}).status_code == 409


@pytest.mark.parametrize(
    ("use", "words"),
    [("mount", "open for restoring"), ("download", "being downloaded"), ("backup", "is running")],
)
def test_an_increment_in_use_stands_in_the_way(cast: Cast, as_person: AsPerson, use: str, words: str) -> None:
    full, first, _ = chain(cast)
    if use == "mount":
        Mount.objects.create(
            tenant=cast.acme, hub=full.hub, backup=first, remote_id="m", state=Mount.State.OPEN
        )
    elif use == "download":
        Download.objects.create(
            tenant=cast.acme, backup=first, disk_index=0, path="/a", kind=Download.Kind.FILE
        )
    else:
        kind = BackupType.INCREMENTAL
        make_backup(full.vm, BackupState.RUNNING, backup_type=kind, repository=full.repository)
    client = as_person(cast.acme_admin)
    looked = client.get(page_of(full))
    assert words in looked.content.decode()
    assert "for good</button>" not in looked.content.decode()
    assert client.post(page_of(full), {"token": looked.context["radius"].token}).status_code == 409
    assert gone(full) == [False]


def test_an_immutable_repository_keeps_what_it_has(cast: Cast, as_person: AsPerson) -> None:
    full, *_ = chain(cast, immutable=True)
    response = confirm(as_person(cast.acme_admin), full)
    assert response.status_code == 409
    assert "immutable" in response.content.decode()


def test_it_stops_at_the_first_failure_and_says_what_became_of_each(cast: Cast, as_person: AsPerson) -> None:
    def answer(request: Request, connection: Any) -> bytes:
        if request.path.endswith(str(chained[1].remote_id)):
            return http(500, '{"error":"failed","details":"/srv/secret","timestamp":""}')
        return answer_to_delete(request, connection)

    with serving(answer) as server:
        chained = chain(cast, server.url)
        response: Any = confirm(as_person(cast.acme_admin), chained[0])
    html = response.content.decode()
    assert gone(*chained) == [False, False, True]
    assert [step.state for step in response.context["steps"]] == ["deleted", "failed", "kept"]
    assert 'role="alert"' in html
    assert "/srv/secret" not in html
    assert len(response.context["radius"].points) == 2


def test_a_silent_hub_is_told_in_the_dialog_and_nothing_is_lost(cast: Cast, as_person: AsPerson) -> None:
    backup = make_backup(make_vm("acme-web", cast.acme))
    response = confirm(as_person(cast.acme_admin), backup)
    assert response.status_code == 200
    assert 'role="alert"' in response.content.decode()
    assert gone(backup) == [False]


def test_a_dialog_over_the_list_closes_and_the_list_asks_again(cast: Cast, as_person: AsPerson) -> None:
    with serving(answer_to_delete) as server:
        full, *_ = chain(cast, server.url, length=0)
        headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/backups/?state=completed"}
        response = confirm(as_person(cast.acme_admin), full, **headers)
    assert response.status_code == 204
    assert '"closeDialog"' in response["HX-Trigger"]
    assert '"live:backups"' in response["HX-Trigger"]


def test_a_dialog_over_its_own_page_goes_to_the_list(cast: Cast, as_person: AsPerson) -> None:
    with serving(answer_to_delete) as server:
        full, *_ = chain(cast, server.url, length=0)
        headers = {"HX-Request": "true", "HX-Current-URL": f"http://testserver/backups/{full.pk}/"}
        response = confirm(as_person(cast.acme_admin), full, **headers)
    assert response["HX-Redirect"] == "/backups/"


def test_the_question_asks_as_much_of_a_long_chain(
    cast: Cast, as_person: AsPerson, django_assert_max_num_queries: Any
) -> None:
    full, *_ = chain(cast, length=30)
    client = as_person(cast.acme_admin)
    with django_assert_max_num_queries(20):
        client.get(page_of(full), headers={"HX-Request": "true"})
