"""From a machine, a backup, a person or a customer straight to its history; one entry with all its facts."""

from datetime import UTC, datetime
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from restore.models import Mount
from sendense_portal.audit import log, verify
from sendense_portal.audit.models import AuditEntry, Outcome, Subject
from sendense_portal.tenancy.models import Tenant
from tests.audit.test_activity import LIST, entries_in
from tests.conftest import AsPerson, Cast
from tests.factories import make_backup, make_vm

pytestmark = pytest.mark.django_db
KIM = log.Actor(None, "Kim <kim@acme.test>", "192.0.2.7", "request-1")


def test_a_machine_s_history_has_its_backups_and_what_was_opened_of_them(
    cast: Cast, as_person: AsPerson
) -> None:
    vm, other = make_vm("web01", cast.acme), make_vm("db01", cast.acme)
    backup = make_backup(vm)
    mount = Mount.objects.create(tenant=cast.acme, hub=vm.hub, backup=backup, remote_id="m-1", state="open")
    assigned = log.record(KIM, "vm.assign", Outcome.OK, vm, customer="Acme")
    started = log.record(KIM, "backup.start", Outcome.OK, backup, vm="web01", type="full")
    opened = log.record(KIM, "mount.open", Outcome.OK, mount)
    log.record(KIM, "backup.start", Outcome.OK, make_backup(other), vm="db01", type="full")
    client = as_person(cast.acme_auditor)
    assert entries_in(client, f"?about=vm:{vm.pk}") == [opened, started, assigned]
    assert entries_in(client, f"?about=backup:{backup.pk}") == [opened, started]
    assert entries_in(client, f"?about=mount:{mount.pk}") == [opened]
    assert entries_in(client, "?vm=web") == [opened, started, assigned]
    html = client.get(f"{LIST}?about=vm:{vm.pk}").content.decode()
    assert "History of <strong>web01</strong>" in html
    for page in (f"/vms/{vm.pk}/", f"/vms/{vm.pk}/panel/", f"/backups/{backup.pk}/"):
        assert f"{LIST}?about=" in client.get(page).content.decode(), page


def test_a_person_s_history_is_what_they_did_and_what_was_done_to_them(
    cast: Cast, as_person: AsPerson
) -> None:
    person = cast.acme_operator
    mine = log.Actor(person, person.email)
    did = log.record(mine, "backup.start", Outcome.OK, make_backup(make_vm("web01", cast.acme)))
    role = log.record(KIM, "person.edit", Outcome.OK, person.memberships.get())
    log.record(KIM, "person.edit", Outcome.OK, cast.acme_viewer.memberships.get())
    assert entries_in(as_person(cast.acme_auditor), f"?about=person:{person.pk}") == [role, did]


def test_a_customer_s_history_is_its_whole_chain(cast: Cast, as_person: AsPerson) -> None:
    one = log.record(KIM, "tenant.rename", Outcome.OK, cast.acme, before="x")
    two = log.record(KIM, "backup.delete", Outcome.OK, make_backup(make_vm("web01", cast.acme)))
    other = log.record(KIM, "tenant.rename", Outcome.OK, cast.borealis, before="x")
    own = log.record(KIM, "hub.edit", Outcome.OK)
    staff = as_person(cast.provider_auditor)
    assert entries_in(staff, f"?about=customer:{cast.acme.pk}") == [two, one]
    assert entries_in(staff, f"?customer={cast.borealis.pk}") == [other]
    assert entries_in(staff, "?customer=provider") == [own]


@pytest.mark.parametrize("about", ["vm:", "vm", ":", "customer:x", "nothing:1", "person:' OR 1=1"])
def test_nonsense_is_the_history_of_nothing(about: str, cast: Cast, as_person: AsPerson) -> None:
    log.record(KIM, "tenant.rename", Outcome.OK, cast.acme, before="x")
    assert entries_in(as_person(cast.acme_auditor), f"?about={about}") == []


def test_another_customer_s_machine_has_no_history_and_no_name(cast: Cast, as_person: AsPerson) -> None:
    foreign = make_vm("secret-borealis-vm", cast.borealis)
    log.record(KIM, "vm.assign", Outcome.OK, foreign, customer="Borealis")
    answer = as_person(cast.acme_admin).get(f"{LIST}?about=vm:{foreign.pk}&search=secret")
    assert b"secret-borealis-vm" not in answer.content
    assert b"Borealis" not in as_person(cast.acme_admin).get(LIST).content, "nor as a customer to choose"


def test_days_begin_at_midnight_where_the_person_is(
    cast: Cast, as_person: AsPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast.acme_auditor.time_zone = "Asia/Tokyo"
    cast.acme_auditor.save()
    # 00:30 on the 2nd in Tokyo.
    monkeypatch.setattr(timezone, "now", lambda: datetime(2026, 3, 1, 15, 30, tzinfo=UTC))
    entry = log.record(KIM, "tenant.rename", Outcome.OK, cast.acme, before="x")
    monkeypatch.undo()
    client = as_person(cast.acme_auditor)
    assert entries_in(client, "?since=2026-03-02&until=2026-03-02") == [entry]
    assert entries_in(client, "?until=2026-03-01") == []


def test_one_entry_shows_its_facts_and_the_whole_attempt(cast: Cast, as_person: AsPerson) -> None:
    backup = make_backup(make_vm("web01", cast.acme))
    with log.attempt(KIM, "backup.delete", backup, bytes=12345) as attempt:
        attempt.note(points=2)
    started, done = AuditEntry.objects.order_by("sequence")
    html = as_person(cast.acme_auditor).get(f"/activity/{done.pk}/").content.decode()
    for fact in (
        "request-1",
        "192.0.2.7",
        "12345",
        done.hash,
        done.previous_hash,
        f"/activity/{started.pk}/",
    ):
        assert fact in html
    assert "The whole attempt" in html


def test_a_renamed_thing_is_found_by_its_new_name(cast: Cast, as_person: AsPerson) -> None:
    vm = make_vm("old-name", cast.acme)
    first = log.record(KIM, "vm.assign", Outcome.OK, vm, customer="Acme")
    vm.name = "new-name"
    vm.save()
    second = log.record(KIM, "vm.assign", Outcome.OK, vm, customer="Acme")
    assert entries_in(as_person(cast.acme_auditor), "?vm=new") == [second, first]
    assert Subject.objects.filter(kind="virtualmachine").count() == 1


QUERIES = ("", "?search=web", "?person=kim", "?vm=web", "?action=vm.assign", "?outcome=ok", "?page=2")


@pytest.mark.parametrize("query", QUERIES)
def test_each_filter_answers_in_few_queries(
    query: str, cast: Cast, as_person: AsPerson, django_assert_max_num_queries: Any
) -> None:
    for number in range(120):
        log.record(KIM, "vm.assign", Outcome.OK, make_vm(f"web{number}", cast.acme), customer="Acme")
    client = as_person(cast.provider_auditor)
    with django_assert_max_num_queries(15):
        assert client.get(LIST + query).status_code == 200


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("removable_trail")
def test_two_writers_at_once_leave_one_sound_chain() -> None:
    tenant = Tenant.objects.create(name="Acme")
    writers, each = 4, 15
    barrier = Barrier(writers)

    def write() -> None:
        barrier.wait()
        try:
            for number in range(each):
                log.record(KIM, "tenant.rename", Outcome.OK, tenant, before=str(number))
        finally:
            connection.close()

    threads = [Thread(target=write) for _ in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    report = verify.check(str(tenant.pk))
    assert (report.fault, report.warnings) == (None, [])
    assert AuditEntry.objects.count() == writers * each
