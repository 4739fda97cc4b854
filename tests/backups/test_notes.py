"""Notes and labels, the legal hold, and points of machines that are gone."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from backups.bins import empty_due
from backups.mirror.rows import MIRRORED
from backups.models import Backup, BackupState, BackupType
from backups.services import BackupService, DeleteRefused
from sendense_portal.approvals.models import ApprovalRequest
from sendense_portal.audit.log import Actor
from sendense_portal.audit.models import AuditEntry
from sendense_portal.tenancy.access import Access
from sendense_portal.tenancy.models import Membership, Tenant, User
from sendense_portal.tenancy.roles import TenantRole
from tests.approvals.conftest import answer_to_delete
from tests.backups.bins import chain, confirm, deletions, let_time_pass, untils
from tests.conftest import AsPerson, Cast
from tests.factories import make_backup, make_vm
from tests.hub.servers import serving

pytestmark = pytest.mark.django_db


def hold(client: Any, backup: Backup, do: str = "hold", reason: str = "case 4711") -> Any:
    return client.post(f"/backups/{backup.pk}/hold/", {"do": do, "reason": reason})


def is_held(backup: Backup) -> bool:
    return Backup.objects.filter(pk=backup.pk, held_at__isnull=False).exists()


def test_what_is_written_is_shown_found_and_on_record(cast: Cast, as_person: AsPerson) -> None:
    backup = make_backup(make_vm("acme-web", cast.acme))
    make_backup(make_vm("acme-db", cast.acme))
    client = as_person(cast.acme_operator)
    written = {"note": "Before the upgrade\n<b>of March</b>", "labels": "keep,  before upgrade, keep,"}
    assert client.post(f"/backups/{backup.pk}/note/", written).status_code == 302
    backup.refresh_from_db()
    assert backup.label_list == ["keep", "before upgrade"]
    html = client.get(f"/backups/{backup.pk}/").content.decode()
    assert "Before the upgrade" in html
    assert "<b>of March" not in html
    found = client.get("/backups/?search=before upgrade").context["table"].paginated_rows
    assert [row.record.pk for row in found] == [backup.pk]
    assert "keep · before upgrade" in client.get("/backups/").content.decode()
    entry = AuditEntry.objects.get(action="backup.note")
    assert (entry.tenant, entry.parameters["labels"]) == (cast.acme, "keep, before upgrade")
    assert as_person(cast.acme_viewer).get(f"/backups/{backup.pk}/note/").status_code == 403


def test_too_much_is_said_at_its_field_and_nothing_typed_is_lost(cast: Cast, as_person: AsPerson) -> None:
    backup = make_backup(make_vm("acme-web", cast.acme))
    client = as_person(cast.acme_operator)
    for labels, said in ((",".join("abcdefghijk"), "Not more than 10"), ("x" * 31, "at most 30 characters")):
        html = client.post(
            f"/backups/{backup.pk}/note/", {"note": "typed", "labels": labels}
        ).content.decode()
        assert said in html
        assert "typed" in html
    backup.refresh_from_db()
    assert backup.note == ""


def test_a_held_point_and_all_it_builds_on_stay(cast: Cast, as_person: AsPerson) -> None:
    with serving(answer_to_delete) as server:
        full, first, second = chain(cast, server.url, days=0)
        client = as_person(cast.acme_admin)
        assert hold(client, first, reason="").status_code == 200
        assert not is_held(first)
        hold(client, first)
        assert is_held(first)
        for point in (full, first):
            page = client.get(f"/backups/{point.pk}/delete/")
            assert "under legal hold: case 4711" in page.content.decode()
            token = page.context["radius"].token
            assert client.post(f"/backups/{point.pk}/delete/", {"token": token}).status_code == 409
        # Many at once know it too; what was made later may go.
        deletion = client.get("/backups/bulk/delete/", {"row": [str(full.pk)]}).context["deletion"]
        assert deletion.possible == []
        assert confirm(client, second).status_code == 302
        assert deletions(server) == [second.remote_id]
        stale = Backup.objects.get(pk=first.pk)
        stale.held_at = None
        service = BackupService(Actor(cast.acme_admin, "a"), Access.of(cast.acme_admin))
        with pytest.raises(DeleteRefused, match="legal hold"):
            service.delete(stale)
        hold(client, first, "lift", "closed")
        confirm(client, full)
    assert not Backup.objects.filter(gone_at__isnull=True).exists()
    trail = AuditEntry.objects.filter(action__startswith="backup.hold").order_by("sequence")
    assert [(entry.action, entry.parameters["why"]) for entry in trail] == [
        ("backup.hold", "case 4711"),
        ("backup.hold_lift", "closed"),
    ]


def test_the_bin_takes_nothing_that_is_held_and_holds_nothing_that_is_in_it(
    cast: Cast, as_person: AsPerson
) -> None:
    with serving(answer_to_delete) as server:
        full, first, second = chain(cast, server.url)
        client = as_person(cast.acme_admin)
        confirm(client, second)
        assert "Bring it back first" in hold(client, second).content.decode()
        hold(client, first)
        assert untils(full, first) == [None, None]
        # Whatever put them there, the chore asks again.
        Backup.objects.filter(pk__in=[full.pk, first.pk]).update(bin_until=timezone.now())
        let_time_pass(full, first, second)
        empty_due()
        assert deletions(server) == [second.remote_id]
    first.refresh_from_db()
    assert "legal hold" in first.bin_problem


def test_only_the_customer_s_administrator_holds_and_lifts(cast: Cast, as_person: AsPerson) -> None:
    backup = make_backup(make_vm("acme-web", cast.acme))
    for person in (cast.acme_operator, cast.provider_admin, cast.provider_operator):
        assert hold(as_person(person), backup).status_code == 403
    hold(as_person(cast.acme_admin), backup)
    assert hold(as_person(cast.provider_admin), backup, "lift").status_code == 403
    assert is_held(backup)
    html = as_person(cast.acme_viewer).get("/backups/?state=held").content.decode()
    assert "Legal hold" in html
    assert "acme-web" in html


def test_lifting_needs_a_second_person_where_retention_does(cast: Cast, as_person: AsPerson) -> None:
    backup = make_backup(make_vm("acme-web", cast.acme))
    client = as_person(cast.acme_admin)
    Tenant.objects.update(four_eyes_retention=True)
    hold(client, backup)
    answer = hold(client, backup, "lift", "closed")
    asked = ApprovalRequest.objects.get()
    assert answer["Location"] == f"/approvals/{asked.pk}/"
    assert is_held(backup)
    client.post(f"/approvals/{asked.pk}/approve/")
    assert is_held(backup)
    other = User.objects.create_user("second@acme.test", "x" * 20)
    Membership.objects.create(user=other, tenant=cast.acme, role=TenantRole.ADMIN)
    assert "case 4711" in as_person(other).get(f"/approvals/{asked.pk}/").content.decode()
    as_person(other).post(f"/approvals/{asked.pk}/approve/")
    assert not is_held(backup)


def test_points_of_machines_that_are_gone_have_their_own_list(cast: Cast, as_person: AsPerson) -> None:
    gone = make_vm("acme-old", cast.acme, gone_at=timezone.now())
    point = make_backup(gone)
    make_backup(gone, BackupState.FAILED)
    make_backup(make_vm("acme-web", cast.acme))
    make_backup(make_vm("borealis-old", cast.borealis, gone_at=timezone.now()))
    page = as_person(cast.acme_viewer).get("/backups/?state=orphaned")
    assert [row.record.pk for row in page.context["table"].paginated_rows] == [point.pk]
    assert 'href="/backups/?state=orphaned" aria-current="page"' in page.content.decode()


def test_a_hold_outlives_the_mirror_s_rounds(cast: Cast, as_person: AsPerson) -> None:
    assert not {"held_at", "held_by_name", "hold_reason", "note", "labels", "bin_until"} & set(MIRRORED)
    backup = make_backup(make_vm("acme-web", cast.acme), backup_type=BackupType.FULL, age=timedelta(days=1))
    hold(as_person(cast.acme_admin), backup)
    assert is_held(backup)
