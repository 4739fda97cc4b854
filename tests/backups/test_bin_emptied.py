"""The bin’s chore: what is due is deleted at the hub, or stays with the reason."""

from datetime import timedelta
from threading import Barrier, Thread
from typing import Any
from uuid import UUID

import pytest
from django.db import connections
from django.utils import timezone

from backups.bins import BinRefused, bring_back, claim, empty_due, purge
from backups.deletions import delete_all, preview
from backups.models import Backup, BackupType
from backups.services import BackupService
from sendense_portal.audit.log import Actor
from sendense_portal.audit.models import AuditEntry
from sendense_portal.sync.chores import chores
from sendense_portal.tenancy.access import Access
from sendense_portal.tenancy.models import HubConnection
from tests.approvals.conftest import answer_to_delete
from tests.backups.bins import chain, confirm, deletions, let_time_pass, still_there, untils
from tests.conftest import AsPerson, Cast
from tests.factories import make_backup
from tests.hub.servers import Request, http, serving

pytestmark = pytest.mark.django_db


def test_when_its_time_has_come_it_is_deleted_at_the_hub_newest_first(
    cast: Cast, as_person: AsPerson
) -> None:
    with serving(answer_to_delete) as server:
        points = chain(cast, server.url)
        confirm(as_person(cast.acme_admin), points[0])
        empty_due()
        assert deletions(server) == []
        let_time_pass(*points)
        empty_due()
        assert deletions(server) == [point.remote_id for point in reversed(points)]
        empty_due()
        assert len(deletions(server)) == 3
    assert still_there(*points) == [False] * 3
    entry = AuditEntry.objects.filter(action="backup.purge", outcome="ok").latest("sequence")
    assert entry.parameters["on_behalf_of"] == str(cast.acme_admin)
    assert entry.tenant == cast.acme
    assert "bin" in {chore.name for chore in chores}


def test_a_hub_that_is_down_costs_nothing_but_time(cast: Cast, as_person: AsPerson) -> None:
    _full, _first, second = chain(cast)
    client = as_person(cast.acme_admin)
    confirm(client, second)
    let_time_pass(second)
    empty_due()
    assert still_there(second) == [True]
    second.refresh_from_db()
    assert second.bin_problem
    assert "Not deleted yet" in client.get("/backups/bin/").content.decode()
    attempts = AuditEntry.objects.filter(action="backup.purge").count()
    # Not at once again; a hub that is known to be down is not asked at all.
    empty_due()
    HubConnection.objects.filter(pk=second.hub_id).update(state=HubConnection.State.DOWN)
    Backup.objects.update(bin_retry_at=timezone.now() - timedelta(seconds=1))
    empty_due()
    assert AuditEntry.objects.filter(action="backup.purge").count() == attempts
    with serving(answer_to_delete) as server:
        HubConnection.objects.update(url=server.url, state=HubConnection.State.UP)
        Backup.objects.update(bin_retry_at=timezone.now() - timedelta(seconds=1))
        empty_due()
    assert still_there(second) == [False]


def test_what_was_made_on_top_since_keeps_it_in_the_bin_and_says_why(cast: Cast, as_person: AsPerson) -> None:
    with serving(answer_to_delete) as server:
        full, first, second = chain(cast, server.url)
        client = as_person(cast.acme_admin)
        confirm(client, full)
        # Started at the hub itself, which knows of no bin.
        outside = make_backup(full.vm, backup_type=BackupType.INCREMENTAL, repository=full.repository)
        let_time_pass(full, first, second)
        empty_due()
        assert deletions(server) == []
        assert still_there(full, first, second, outside) == [True] * 4
        html = client.get("/backups/bin/").content.decode()
        assert "A later incremental backup builds on it." in html
        client.post(f"/backups/{second.pk}/bring-back/")
        assert untils(full, first, second) == [None] * 3


def test_what_the_hub_no_longer_has_is_done(cast: Cast, as_person: AsPerson) -> None:
    def answer(request: Request, connection: Any) -> bytes:
        return http(404, '{"error":"backup not found","details":"","timestamp":""}')

    with serving(answer) as server:
        _full, _first, second = chain(cast, server.url)
        confirm(as_person(cast.acme_admin), second)
        let_time_pass(second)
        empty_due()
    assert still_there(second) == [False]


def test_who_comes_while_it_is_being_deleted_comes_too_late(cast: Cast, as_person: AsPerson) -> None:
    _full, _first, second = chain(cast)
    client = as_person(cast.acme_admin)
    confirm(client, second)
    let_time_pass(second)
    second.refresh_from_db()
    assert claim(second)
    assert not claim(second)
    with pytest.raises(BinRefused, match="being deleted"):
        bring_back(Actor(cast.acme_admin, "a"), second)
    assert "Being deleted" in client.get("/backups/bin/").content.decode()
    # The attempt fails, and until the next one there is a way back.
    purge(second)
    assert [point.pk for point in bring_back(Actor(cast.acme_admin, "a"), second)] == [second.pk]


@pytest.mark.usefixtures("removable_trail")
@pytest.mark.django_db(transaction=True)
def test_undo_and_the_chore_at_once_end_in_one_of_the_two(cast: Cast) -> None:
    with serving(answer_to_delete) as server:
        _full, _first, second = chain(cast, server.url)
        service = BackupService(Actor(cast.acme_admin, "a"), Access.of(cast.acme_admin))
        for _round in range(5):
            Backup.objects.filter(pk=second.pk).update(gone_at=None, bin_until=None, bin_retry_at=None)
            second.refresh_from_db()
            delete_all(service, preview(second))
            # Due within the race: whoever comes first has it.
            Backup.objects.filter(pk=second.pk).update(bin_until=timezone.now() + timedelta(milliseconds=15))
            back: list[bool] = []
            before, together = len(deletions(server)), Barrier(2)
            undo = Thread(target=undo_at, args=(together, second.pk, cast, back))
            chore = Thread(target=empty_at, args=(together,))
            for thread in (undo, chore):
                thread.start()
            for thread in (undo, chore):
                thread.join()
            second.refresh_from_db()
            deleted = len(deletions(server)) - before
            assert not (back and deleted)
            assert (second.gone_at is not None) == bool(deleted)
            assert (second.bin_until is None) == bool(back)


def undo_at(together: Barrier, key: UUID, cast: Cast, back: list[bool]) -> None:
    try:
        backup = Backup.objects.select_related("vm", "repository").get(pk=key)
        together.wait()
        bring_back(Actor(cast.acme_admin, "a"), backup)
        back.append(True)
    except BinRefused:
        pass
    finally:
        connections.close_all()


def empty_at(together: Barrier) -> None:
    try:
        together.wait()
        for _try in range(8):
            empty_due()
    finally:
        connections.close_all()
