"""The activity page: the trail of one's own customers, as sentences."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from sendense_portal.audit import log
from sendense_portal.audit.models import AuditEntry, Outcome
from sendense_portal.audit.sentences import sentence_of
from sendense_portal.audit.wording import ACTIONS
from sendense_portal.tenancy.roles import Action
from tests.conftest import AsPerson, Cast
from tests.factories import make_backup, make_vm

pytestmark = pytest.mark.django_db
LIST = "/activity/"
READS = {action for action in Action if action.value.endswith(".view")}


def actor(name: str = "Kim <kim@acme.test>") -> log.Actor:
    return log.Actor(None, name, "192.0.2.7", "request-1")


def entries_in(client: Client, query: str = "") -> list[AuditEntry]:
    response = client.get(LIST + query)
    assert response.status_code == 200
    return [row.record for row in response.context["table"].paginated_rows]


def test_only_auditors_and_administrators_read_the_trail(cast: Cast, as_person: AsPerson) -> None:
    assert as_person(cast.acme_viewer).get(LIST).status_code == 403
    assert as_person(cast.acme_auditor).get(LIST).status_code == 200


def test_each_customer_reads_only_their_own_chain(cast: Cast, as_person: AsPerson) -> None:
    mine = make_backup(make_vm("acme-web", cast.acme))
    theirs = make_backup(make_vm("borealis-db", cast.borealis))
    log.record(actor(), "backup.start", Outcome.OK, mine, vm="acme-web", type="full")
    log.record(actor(), "backup.start", Outcome.OK, theirs, vm="borealis-db", type="full")
    log.record(actor(), "person.sign_in", Outcome.OK, cast.provider_admin)
    assert {entry.tenant for entry in entries_in(as_person(cast.acme_auditor))} == {cast.acme}
    # Asking for the page is no entry of its own; the refusals and sign-ins of others are.
    assert len(entries_in(as_person(cast.provider_auditor))) == 3


@pytest.mark.parametrize("action", sorted({*ACTIONS, *(a.value for a in Action if a not in READS)}))
def test_every_recorded_action_reads_as_a_sentence(action: str, cast: Cast) -> None:
    backup = make_backup(make_vm("acme-web", cast.acme))
    for outcome in Outcome:
        entry = log.record(actor(), action, outcome, backup, vm="acme-web", type="full", path="/etc")
        sentence = sentence_of(entry)
        assert sentence[0].isupper()
        assert "{" not in sentence
        assert action not in sentence


def test_outcomes_make_different_sentences(cast: Cast) -> None:
    backup = make_backup(make_vm("acme-web", cast.acme))
    said = {
        outcome: sentence_of(log.record(actor(), "backup.start", outcome, backup, vm="acme-web", type="full"))
        for outcome in Outcome
    }
    link = f'<a href="/backups/{backup.pk}/">acme-web</a>'
    assert said[Outcome.OK] == f"Started a backup of {link} (full)"
    assert said[Outcome.STARTED] == f"Asked to back up {link} (full)"
    assert said[Outcome.REFUSED] == f"Was not allowed to back up {link} (full)"
    assert len(set(said.values())) == len(Outcome)


def test_names_in_the_trail_are_shown_as_text_never_as_markup(cast: Cast, as_person: AsPerson) -> None:
    vm = make_vm("<b>bold</b>", cast.acme)
    log.record(actor("<i>Kim</i>"), "backup.delete", Outcome.FAILED, make_backup(vm), reason="<u>why</u>")
    html = as_person(cast.acme_auditor).get(LIST).content.decode()
    for markup in ("<b>bold", "<i>Kim", "<u>why"):
        assert markup not in html
    assert "&lt;u&gt;why" in html


def test_filters_narrow_by_person_action_outcome_day_target_and_text(cast: Cast, as_person: AsPerson) -> None:
    backup = make_backup(make_vm("acme-web", cast.acme))
    start = log.record(actor(), "backup.start", Outcome.OK, backup, vm="acme-web", type="full")
    delete = log.record(
        actor("Lee <lee@acme.test>"), "backup.delete", Outcome.REFUSED, make_backup(make_vm("x", cast.acme))
    )
    client = as_person(cast.acme_auditor)
    today, tomorrow = timezone.now().date(), timezone.now().date() + timedelta(days=1)
    expected: dict[str, list[AuditEntry]] = {
        "?person=lee": [delete],
        "?action=backup.start": [start],
        "?outcome=refused": [delete],
        f"?since={today.isoformat()}": [delete, start],
        f"?since={tomorrow.isoformat()}": [],
        f"?until={today.isoformat()}": [delete, start],
        f"?target_kind=backup&target_id={backup.pk}": [start],
        "?search=acme-web": [start],
        "?search=192.0.2": [delete, start],
        "?sort=at": [start, delete],
    }
    assert {query: entries_in(client, query) for query in expected} == expected


def test_the_history_of_one_backup_is_named(cast: Cast, as_person: AsPerson) -> None:
    backup = make_backup(make_vm("acme-web", cast.acme))
    log.record(actor(), "backup.start", Outcome.OK, backup, vm="acme-web", type="full")
    html = (
        as_person(cast.acme_auditor).get(f"{LIST}?target_kind=backup&target_id={backup.pk}").content.decode()
    )
    assert "History of" in html
    assert f'href="/backups/{backup.pk}/"' in html


def test_queries_do_not_grow_with_entries(
    cast: Cast, as_person: AsPerson, django_assert_max_num_queries: Any
) -> None:
    backup = make_backup(make_vm("acme-web", cast.acme))
    for _ in range(60):
        log.record(actor(), "backup.start", Outcome.OK, backup, vm="acme-web", type="full")
    client = as_person(cast.provider_auditor)
    with django_assert_max_num_queries(12):
        client.get(LIST)
