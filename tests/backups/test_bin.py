"""The bin: what was deleted waits as long as its customer wants, and can be brought back until then."""

from datetime import timedelta

import pytest
from django.utils import timezone

from backups.conflicts import start_conflict
from backups.models import BackupState, BackupType
from backups.services import BackupService, DeleteRefused
from restore.mounts import MountRefused, MountService
from sendense_portal.approvals.models import ApprovalRequest
from sendense_portal.audit.log import Actor
from sendense_portal.audit.models import AuditEntry
from sendense_portal.tenancy.access import Access
from sendense_portal.tenancy.models import Tenant
from tests.approvals.conftest import answer_to_delete
from tests.backups.bins import chain, confirm, deletions, untils
from tests.conftest import AsPerson, Cast
from tests.factories import make_backup
from tests.hub.servers import serving

pytestmark = pytest.mark.django_db


def test_what_is_deleted_goes_to_the_bin_with_all_that_builds_on_it(cast: Cast, as_person: AsPerson) -> None:
    with serving(answer_to_delete) as server:
        full, first, second = chain(cast, server.url)
        client = as_person(cast.acme_admin)
        question = client.get(f"/backups/{first.pk}/delete/").content.decode()
        assert "Move 2 to the bin" in question
        assert confirm(client, first).status_code == 302
        assert deletions(server) == []
    kept, *binned = untils(full, first, second)
    assert kept is None
    assert binned == [binned[0]] * 2
    assert abs(binned[0] - timezone.now() - timedelta(days=7)) < timedelta(minutes=1)  # type: ignore[operator]  # in the bin
    entries = AuditEntry.objects.filter(action="backup.bin", outcome="ok")
    assert {entry.target_id for entry in entries} == {str(first.pk), str(second.pk)}
    assert {entry.actor for entry in entries} == {cast.acme_admin}


def test_it_is_shown_as_such_wherever_it_is(cast: Cast, as_person: AsPerson) -> None:
    full, _first, second = chain(cast)
    client = as_person(cast.acme_admin)
    confirm(client, second)
    assert "Bin until" in client.get("/backups/").content.decode()
    assert "Bin until" in client.get(f"/backups/{second.pk}/").content.decode()
    chain_of_full = client.get(f"/backups/{full.pk}/").content.decode()
    assert "Bin until" in chain_of_full
    only = client.get("/backups/?state=bin").context["table"].page.object_list
    assert [row.record.pk for row in only] == [second.pk]
    html = client.get("/backups/bin/").content.decode()
    assert "acme-web" in html
    assert f"/backups/{second.pk}/bring-back/" in html
    assert str(cast.acme_admin) in html


def test_other_customers_bins_stay_unseen_and_viewers_see_no_button(cast: Cast, as_person: AsPerson) -> None:
    _full, _first, second = chain(cast)
    confirm(as_person(cast.acme_admin), second)
    assert "acme-web" not in as_person(cast.borealis_admin).get("/backups/bin/").content.decode()
    html = as_person(cast.acme_viewer).get("/backups/bin/").content.decode()
    assert "acme-web" in html
    assert "bring-back" not in html
    assert as_person(cast.borealis_admin).post(f"/backups/{second.pk}/bring-back/").status_code == 404
    assert untils(second) != [None]


def test_its_files_can_t_be_opened(cast: Cast, as_person: AsPerson) -> None:
    _full, _first, second = chain(cast)
    client = as_person(cast.acme_admin)
    confirm(client, second)
    second.refresh_from_db()
    assert not second.is_restorable
    with pytest.raises(MountRefused, match="in the bin"):
        MountService(Actor(cast.acme_admin, "a")).open(backup=second, disk_index=0)
    refused = client.post("/restore/open/", {"backup": second.pk, "disk": 0})
    assert "in the bin" in refused.content.decode()
    assert f"?backup={second.pk}" not in client.get(f"/backups/{second.pk}/").content.decode()


def test_nothing_new_builds_on_it_and_a_full_one_is_offered(cast: Cast, as_person: AsPerson) -> None:
    full, _first, second = chain(cast)
    client = as_person(cast.acme_admin)
    confirm(client, second)
    reason = start_conflict(full.vm, BackupType.INCREMENTAL, full.repository)
    assert reason is not None
    assert "start with a full one" in reason
    assert start_conflict(full.vm, BackupType.FULL, full.repository) is None
    page = client.get(f"/backups/start/?vm={full.vm.pk}&type=incremental&repository={full.repository_id}")
    html = page.content.decode()
    assert "The newest backup is in the bin" in html
    chosen = [option.value for option in page.context["options"].types if option.chosen]
    assert chosen == ["full"]


def test_undo_brings_back_what_went_together_and_what_it_builds_on(cast: Cast, as_person: AsPerson) -> None:
    full, first, second = chain(cast)
    client = as_person(cast.acme_admin)
    confirm(client, second)
    confirm(client, full)
    assert None not in untils(full, first, second)
    # Its customer sees nothing to restore; the newest of the chain brings all of it back.
    full.vm.refresh_from_db()
    assert full.vm.restore_point_count == 0
    assert client.get(f"/backups/{second.pk}/bring-back/").status_code == 405
    answer = client.post(f"/backups/{second.pk}/bring-back/")
    assert answer["Location"] == f"/backups/{second.pk}/"
    assert untils(full, first, second) == [None] * 3
    full.vm.refresh_from_db()
    assert full.vm.restore_point_count == 3
    assert AuditEntry.objects.filter(action="backup.bring_back", outcome="ok").count() == 3
    again = client.post(f"/backups/{second.pk}/bring-back/", follow=True).content.decode()
    assert "not in the bin" in again


def test_the_rule_holds_for_every_way_to_delete(cast: Cast) -> None:
    _full, _first, second = chain(cast)
    with pytest.raises(DeleteRefused, match="bin"):
        BackupService(Actor(cast.acme_admin, "a"), Access.of(cast.acme_admin)).delete(second)


def test_more_days_wanted_since_the_look_are_shown_first(cast: Cast, as_person: AsPerson) -> None:
    _full, _first, second = chain(cast, days=0)
    client = as_person(cast.acme_admin)
    address = f"/backups/{second.pk}/delete/"
    token = client.get(address).context["radius"].token
    Tenant.objects.update(bin_days=3)
    assert client.post(address, {"token": token}).status_code == 409
    assert untils(second) == [None]


def test_a_request_for_a_second_person_comes_before_the_bin(cast: Cast, as_person: AsPerson) -> None:
    _full, _first, second = chain(cast)
    Tenant.objects.update(four_eyes_delete=True)
    answer = confirm(as_person(cast.acme_admin), second)
    asked = ApprovalRequest.objects.get()
    assert answer["Location"] == f"/approvals/{asked.pk}/"
    assert untils(second) == [None]
    approver = as_person(cast.provider_admin)
    assert "Goes to the bin" in approver.get(f"/approvals/{asked.pk}/").content.decode()
    approver.post(f"/approvals/{asked.pk}/approve/")
    asked.refresh_from_db()
    assert asked.outcome == "1 backup is in the bin."
    assert untils(second) != [None]


def test_a_failed_backup_waits_there_too(cast: Cast, as_person: AsPerson) -> None:
    full, *_ = chain(cast)
    failed = make_backup(full.vm, BackupState.FAILED, repository=full.repository)
    confirm(as_person(cast.acme_admin), failed)
    assert untils(failed) != [None]
