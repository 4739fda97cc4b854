"""Two people delete a backup: one asks, another decides, and what changed in between ends it."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from backups.models import BackupType
from backups.services import BackupService, DeleteRefused
from restore.models import Mount
from sendense_portal.approvals.models import ApprovalRequest
from sendense_portal.approvals.services import DecisionRefused, ask, expire_due
from sendense_portal.audit.log import Actor
from sendense_portal.audit.models import AuditEntry
from sendense_portal.sync.chores import chores
from sendense_portal.tenancy.access import Access
from sendense_portal.tenancy.models import Membership, User
from sendense_portal.tenancy.roles import TenantRole
from tests.approvals.conftest import Pair, trail_of
from tests.conftest import AsPerson
from tests.factories import make_backup

pytestmark = pytest.mark.django_db
State = ApprovalRequest.State


def state_of(asked: ApprovalRequest) -> str:
    return ApprovalRequest.objects.get(pk=asked.pk).state


def test_asking_deletes_nothing_and_a_second_person_s_yes_deletes_all_that_was_shown(pair: Pair) -> None:
    asked = pair.ask()
    assert (pair.deletions, pair.held) == (0, 2)
    shown = pair.approver.get(f"/approvals/{asked.pk}/").content.decode()
    assert "acme-web" in shown
    assert "4.0 GiB" in shown
    assert "full disk" in shown
    answer = pair.approver.post(f"/approvals/{asked.pk}/approve/", {"note": "seen"})
    assert answer["Location"] == f"/approvals/{asked.pk}/"
    assert (pair.deletions, pair.held, state_of(asked)) == (2, 0, State.APPROVED)
    asked.refresh_from_db()
    assert asked.outcome == "2 backups were deleted."


def test_both_people_and_each_step_are_in_the_customer_s_trail(pair: Pair) -> None:
    asked = pair.ask()
    pair.approver.post(f"/approvals/{asked.pk}/approve/", {"note": "seen"})
    requester, approver = pair.cast.acme_admin.email, pair.approver_user.email
    assert trail_of(asked) == [
        ("approval.ask", "ok", requester),
        ("approval.approve", "ok", approver),
        ("approval.execute", "started", approver),
        ("approval.execute", "ok", approver),
    ]
    entries = AuditEntry.objects.filter(action__in=["approval.ask", "approval.approve", "backup.delete"])
    assert {entry.tenant_id for entry in entries} == {pair.cast.acme.pk}
    approved = AuditEntry.objects.get(action="approval.approve")
    assert (approved.parameters["asked_by"], approved.parameters["note"]) == (requester, "seen")
    deleted = AuditEntry.objects.filter(action="backup.delete", outcome="ok")
    assert {entry.actor for entry in deleted} == {pair.approver_user}
    page = pair.approver.get("/activity/").content.decode()
    assert "Approved what" in page
    assert "asked for: Delete a backup" in page


def test_the_requester_alone_cannot(pair: Pair) -> None:
    asked = pair.ask()
    answer = pair.requester.post(f"/approvals/{asked.pk}/approve/")
    assert answer.status_code == 409
    assert "a second person has to decide" in answer.content.decode()
    assert "Approve</button>" not in pair.requester.get(f"/approvals/{asked.pk}/").content.decode()
    assert pair.requester.post(f"/approvals/{asked.pk}/decline/").status_code == 409
    actor = Actor(pair.cast.acme_admin, "admin")
    with pytest.raises(DeleteRefused, match="two people"):
        BackupService(actor, Access.of(pair.cast.acme_admin)).delete(pair.increment)
    assert (pair.deletions, state_of(asked)) == (0, State.WAITING)


def test_no_ends_it(pair: Pair) -> None:
    asked = pair.ask()
    pair.approver.post(f"/approvals/{asked.pk}/decline/", {"note": "we need it"})
    assert state_of(asked) == State.DECLINED
    assert pair.approver.post(f"/approvals/{asked.pk}/approve/").status_code == 409
    assert trail_of(asked)[-1] == ("approval.decline", "ok", pair.approver_user.email)
    assert "we need it" in pair.requester.get(f"/approvals/{asked.pk}/").content.decode()
    assert pair.deletions == 0


def test_only_its_requester_takes_it_back(pair: Pair) -> None:
    asked = pair.ask()
    assert pair.approver.post(f"/approvals/{asked.pk}/withdraw/").status_code == 409
    pair.requester.post(f"/approvals/{asked.pk}/withdraw/")
    assert state_of(asked) == State.WITHDRAWN
    assert pair.approver.post(f"/approvals/{asked.pk}/approve/").status_code == 409
    assert pair.deletions == 0


def test_a_new_increment_makes_it_void(pair: Pair) -> None:
    asked = pair.ask()
    make_backup(pair.full.vm, backup_type=BackupType.INCREMENTAL, age=-timedelta(seconds=1))
    page = pair.approver.get(f"/approvals/{asked.pk}/").content.decode()
    assert "has changed since" in page
    assert "Approve</button>" not in page
    answer = pair.approver.post(f"/approvals/{asked.pk}/approve/")
    assert answer.status_code == 409
    assert (pair.deletions, state_of(asked)) == (0, State.VOID)
    assert trail_of(asked)[-1] == ("approval.void", "ok", "")
    # Asked for again, it is about what there is now.
    assert pair.ask().pk != asked.pk


def test_a_backup_that_went_away_or_to_another_customer_makes_it_void(pair: Pair) -> None:
    asked = pair.ask()
    pair.full.tenant = pair.cast.borealis
    pair.full.save()
    assert pair.approver.post(f"/approvals/{asked.pk}/approve/").status_code == 409
    assert (pair.deletions, state_of(asked)) == (0, State.VOID)


def test_three_days_without_an_answer_end_it(pair: Pair) -> None:
    asked = pair.ask()
    assert asked.expires_at - asked.created_at == pytest.approx(timedelta(hours=72), abs=timedelta(seconds=1))
    ApprovalRequest.objects.filter(pk=asked.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert pair.approver.post(f"/approvals/{asked.pk}/approve/").status_code == 409
    assert "Expired" in pair.approver.get(f"/approvals/{asked.pk}/").content.decode()
    expire_due()
    assert state_of(asked) == State.EXPIRED
    assert trail_of(asked)[-1] == ("approval.expire", "ok", "")
    assert pair.deletions == 0
    assert "approvals" in {chore.name for chore in chores}


def test_an_approver_who_lost_the_right_cannot(pair: Pair) -> None:
    asked = pair.ask()
    Membership.objects.filter(user=pair.approver_user).update(role=TenantRole.OPERATOR)
    assert pair.approver.post(f"/approvals/{asked.pk}/approve/").status_code == 403
    assert (pair.deletions, state_of(asked)) == (0, State.WAITING)


@pytest.mark.parametrize("loss", ["role", "switched off", "removed"])
def test_what_a_requester_may_no_longer_do_is_void(pair: Pair, loss: str) -> None:
    asked = pair.ask()
    if loss == "role":
        Membership.objects.filter(user=pair.cast.acme_admin).update(role=TenantRole.VIEWER)
    elif loss == "switched off":
        User.objects.filter(pk=pair.cast.acme_admin.pk).update(is_active=False)
    else:
        Membership.objects.filter(user=pair.cast.acme_admin).delete()
    answer = pair.approver.post(f"/approvals/{asked.pk}/approve/")
    assert answer.status_code == 409
    assert "no longer has the right" in answer.content.decode()
    assert (pair.deletions, state_of(asked)) == (0, State.VOID)


def test_what_is_open_at_the_moment_is_refused_and_goes_on_waiting(pair: Pair) -> None:
    asked = pair.ask()
    mount = Mount.objects.create(
        tenant=pair.cast.acme, hub=pair.full.hub, backup=pair.full, remote_id="m", state=Mount.State.OPEN
    )
    answer = pair.approver.post(f"/approvals/{asked.pk}/approve/")
    assert answer.status_code == 409
    assert "open for restoring" in answer.content.decode()
    assert (pair.deletions, state_of(asked)) == (0, State.WAITING)
    mount.delete()
    pair.approver.post(f"/approvals/{asked.pk}/approve/")
    assert (pair.deletions, state_of(asked)) == (2, State.APPROVED)


def test_a_hub_that_fails_is_told_and_in_the_trail(pair: Pair) -> None:
    asked = pair.ask()
    pair.full.hub.url = "http://127.0.0.1:9"
    pair.full.hub.save()
    pair.approver.post(f"/approvals/{asked.pk}/approve/")
    asked.refresh_from_db()
    assert asked.outcome.startswith("Approved, but it failed: 0 of 2")
    assert trail_of(asked)[-1][:2] == ("approval.execute", "failed")
    assert (
        asked.outcome.partition(": ")[2]
        == AuditEntry.objects.get(action="approval.execute", outcome="failed").parameters["why"]
    )


def test_asking_twice_is_one_request(pair: Pair) -> None:
    assert pair.ask().pk == pair.ask().pk
    assert AuditEntry.objects.filter(action="approval.ask").count() == 1


def test_of_two_of_the_provider_s_people_neither_is_the_second(pair: Pair, as_person: AsPerson) -> None:
    colleague = User.objects.create_user("other@provider.test", "x", provider_role="provider_admin")
    asked = ask(Actor(pair.cast.provider_admin, "p"), "backup.delete", pair.cast.acme, pair.full)
    answer = as_person(colleague).post(f"/approvals/{asked.pk}/approve/")
    assert answer.status_code == 409
    assert "somebody of the customer" in answer.content.decode()
    assert asked not in as_person(colleague).get("/approvals/").context["table"].data.data
    assert asked in pair.approver.get("/approvals/").context["table"].data.data
    pair.approver.post(f"/approvals/{asked.pk}/approve/")
    assert (pair.deletions, state_of(asked)) == (2, State.APPROVED)


def test_the_provider_is_the_second_person_of_a_customer_s_request(pair: Pair, as_person: AsPerson) -> None:
    asked = pair.ask()
    as_person(pair.cast.provider_admin).post(f"/approvals/{asked.pk}/approve/")
    assert (pair.deletions, state_of(asked)) == (2, State.APPROVED)


def test_the_provider_s_people_decide_among_themselves_where_the_customer_has_nobody(
    pair: Pair, as_person: AsPerson
) -> None:
    Membership.objects.filter(tenant=pair.cast.acme, role=TenantRole.ADMIN).delete()
    colleague = User.objects.create_user("other@provider.test", "x", provider_role="provider_admin")
    asked = ask(Actor(pair.cast.provider_admin, "p"), "backup.delete", pair.cast.acme, pair.full)
    as_person(colleague).post(f"/approvals/{asked.pk}/approve/")
    assert (pair.deletions, state_of(asked)) == (2, State.APPROVED)


def test_a_program_is_neither_of_the_two(pair: Pair, as_person: AsPerson) -> None:
    program = User.objects.create_user("program@nowhere.test", "x", is_service=True)
    Membership.objects.create(user=program, tenant=pair.cast.acme, role=TenantRole.ADMIN)
    with pytest.raises(DecisionRefused, match="two people"):
        ask(Actor(program, "program"), "backup.delete", pair.cast.acme, pair.full)
    asked = pair.ask()
    assert as_person(program).post(f"/approvals/{asked.pk}/approve/").status_code == 409
    assert pair.deletions == 0


def test_people_who_may_decide_get_a_letter(pair: Pair, django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        asked = pair.ask()
    deadline = timezone.now() + timedelta(seconds=5)
    while not mail.outbox and timezone.now() < deadline:
        pass
    assert [letter.to for letter in mail.outbox] == [[pair.approver_user.email]]
    assert f"/approvals/{asked.pk}/" in mail.outbox[0].body
    assert "needs a second person" in mail.outbox[0].subject


def test_the_inbox_shows_each_what_is_theirs_and_counts_what_waits(pair: Pair) -> None:
    asked = pair.ask()
    for client, tab in ((pair.approver, "waiting"), (pair.requester, "mine")):
        other = "mine" if tab == "waiting" else "waiting"
        assert asked in client.get(f"/approvals/?show={tab}").context["table"].data.data
        assert asked not in client.get(f"/approvals/?show={other}").context["table"].data.data
    badge = 'href="/approvals/"'
    assert badge in pair.approver.get("/").content.decode()
    pair.approver.post(f"/approvals/{asked.pk}/decline/")
    assert asked in pair.requester.get("/approvals/?show=decided").context["table"].data.data
    assert asked not in pair.approver.get("/approvals/").context["table"].data.data


def test_the_inbox_asks_as_much_for_many(
    pair: Pair, as_person: AsPerson, django_assert_max_num_queries: Any
) -> None:
    pair.ask()
    for number in range(60):
        backup = make_backup(pair.full.vm, age=timedelta(days=number + 2))
        ask(Actor(pair.cast.acme_admin, "admin"), "backup.delete", pair.cast.acme, backup)
    staff = as_person(pair.cast.provider_admin)
    for client in (pair.approver, staff):
        client.get("/approvals/")
        with django_assert_max_num_queries(15):
            assert len(client.get("/approvals/").context["table"].paginated_rows) == 50
