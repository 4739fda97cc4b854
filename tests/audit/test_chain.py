"""The trail is append-only, chained, and says where it was tampered with."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from sendense_portal.audit import log, verify
from sendense_portal.audit.chain import entry_hash
from sendense_portal.audit.models import PROVIDER_CHAIN, AuditEntry, Outcome
from sendense_portal.hub import Code, HubOutcomeUnknown, HubRejected
from tests.conftest import Cast

pytestmark = pytest.mark.django_db
ACTOR = log.Actor(None, "a test", "192.0.2.1", "request-1")


def write_three(cast: Cast) -> None:
    for number in range(3):
        log.record(ACTOR, "backup.start", Outcome.OK, cast.acme, number=number)


def tamper(statement: str) -> None:
    """As somebody with the database's own rights would: the triggers taken away first."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER IF EXISTS audit_no_update")
        cursor.execute("DROP TRIGGER IF EXISTS audit_no_delete")
        cursor.execute(statement)


def test_a_chain_written_by_the_log_is_sound(cast: Cast) -> None:
    write_three(cast)
    assert verify.verify(str(cast.acme.pk)) is None
    assert AuditEntry.objects.filter(chain=str(cast.acme.pk)).count() == 3


def test_customers_and_the_provider_have_chains_of_their_own(cast: Cast) -> None:
    log.record(ACTOR, "x", Outcome.OK, cast.acme)
    log.record(ACTOR, "x", Outcome.OK, cast.borealis)
    log.record(ACTOR, "x", Outcome.OK)
    assert verify.chains() == sorted([str(cast.acme.pk), str(cast.borealis.pk), PROVIDER_CHAIN])
    assert set(AuditEntry.objects.values_list("sequence", flat=True)) == {1}


@pytest.mark.parametrize(
    ("statement", "what", "sequence"),
    [
        ("UPDATE audit_auditentry SET actor_name = 'nobody' WHERE sequence = 2", "was changed", 2),
        ("DELETE FROM audit_auditentry WHERE sequence = 2", "is missing", 2),
        ("UPDATE audit_auditentry SET sequence = 5 - sequence WHERE sequence > 1", "does not follow", 2),
        ("UPDATE audit_auditentry SET at = '2020-01-01 00:00:00' WHERE sequence = 3", "was changed", 3),
    ],
)
def test_tampering_names_the_first_bad_entry(cast: Cast, statement: str, what: str, sequence: int) -> None:
    write_three(cast)
    if "5 - sequence" in statement:
        # Two entries swapped: the unique place needs a detour.
        tamper("UPDATE audit_auditentry SET sequence = 9 WHERE sequence = 2")
        tamper("UPDATE audit_auditentry SET sequence = 2 WHERE sequence = 3")
        statement = "UPDATE audit_auditentry SET sequence = 3 WHERE sequence = 9"
    tamper(statement)
    fault = verify.verify(str(cast.acme.pk))
    assert fault is not None
    assert (fault.sequence, what in fault.what) == (sequence, True)
    with pytest.raises(CommandError, match="1 of 1 chains are broken"):
        call_command("audit_verify")


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_auditentry SET actor_name = 'x'", "DELETE FROM audit_auditentry"]
)
def test_the_database_refuses_to_change_an_entry(cast: Cast, statement: str) -> None:
    write_three(cast)
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_an_attempt_is_on_record_before_it_is_made_and_after_it_ended(cast: Cast) -> None:
    with log.attempt(ACTOR, "backup.start", cast.acme, vm="web01") as attempt:
        assert list(AuditEntry.objects.values_list("outcome", flat=True)) == [Outcome.STARTED]
        attempt.note(job="backup-web01-1")
    ended = AuditEntry.objects.get(outcome=Outcome.OK)
    assert ended.parameters == {"vm": "web01", "job": "backup-web01-1"}


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (HubOutcomeUnknown(Code.TIMEOUT, "No answer."), Outcome.UNKNOWN),
        (HubRejected(Code.FULL_NEEDED, "No full."), Outcome.REFUSED),
        (ZeroDivisionError(), Outcome.FAILED),
        (KeyboardInterrupt(), Outcome.FAILED),
    ],
)
def test_the_outcome_says_how_an_attempt_ended(cast: Cast, error: BaseException, outcome: Outcome) -> None:
    with pytest.raises(type(error)), log.attempt(ACTOR, "backup.start", cast.acme):
        raise error
    assert set(AuditEntry.objects.values_list("outcome", flat=True)) == {Outcome.STARTED, outcome}


def test_secrets_are_blanked(cast: Cast) -> None:
    entry = log.record(
        ACTOR, "hub.edit", Outcome.OK, None, token="s3cret", new_password="x", url="http://hub"
    )
    assert entry.parameters == {"token": "•••", "new_password": "•••", "url": "http://hub"}


def test_a_clock_set_back_is_seen(cast: Cast) -> None:
    write_three(cast)
    last = AuditEntry.objects.order_by("-sequence").first()
    assert last is not None
    forged = AuditEntry(
        chain=last.chain, sequence=4, at=last.at - timedelta(hours=1), tenant_id=last.tenant_id,
        actor_name="x", action="x", outcome="ok", previous_hash=last.hash,
    )  # fmt: skip
    forged.hash = entry_hash(log.as_record(forged))
    forged.save(force_insert=True)
    report = verify.check(last.chain)
    assert report.fault is None, "the order is proven all the same"
    assert [(warning.sequence, warning.what) for warning in report.warnings] == [
        (4, "is dated before the entry before it")
    ]
