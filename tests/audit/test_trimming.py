"""Old entries may go; what stays is verified from where they ended."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from pytest_django import Settings

from sendense_portal.audit import heads, log, verify
from sendense_portal.audit.models import About, AuditEntry, Outcome, TrailCheckpoint
from sendense_portal.audit.trimming import TrimRefused, trim
from tests.audit.exports import export, verify_alone
from tests.audit.test_chain import tamper
from tests.conftest import AsPerson, Cast
from tests.test_settings import COMPLETE, start

pytestmark = pytest.mark.django_db
AGES = (500, 450, 400, 100, 1)


@pytest.fixture(autouse=True)
def a_year(settings: Settings) -> None:
    settings.AUDIT_KEEP_DAYS = 365


@pytest.fixture
def chain(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> str:
    """Five entries of Acme's, three of them too old."""
    now = timezone.now()
    for age in AGES:
        written_at(monkeypatch, now - timedelta(days=age))
        log.record(log.PORTAL, "tenant.rename", Outcome.OK, cast.acme, before=str(age))
    monkeypatch.undo()
    return str(cast.acme.pk)


def written_at(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> None:
    """The clock of the log."""
    monkeypatch.setattr("sendense_portal.audit.log.timezone.now", lambda: moment)


def sequences(chain: str) -> list[int]:
    return list(
        AuditEntry.objects.filter(chain=chain).order_by("sequence").values_list("sequence", flat=True)
    )


def test_what_is_too_old_goes_and_the_rest_verifies(chain: str, tmp_path: Path) -> None:
    point = trim(chain, tmp_path)
    assert point is not None
    assert (point.sequence, point.removed_count) == (3, 3)
    assert sequences(chain) == [4, 5, 6]
    assert verify.verify(chain) is None
    trimmed = AuditEntry.objects.get(chain=chain, sequence=6)
    assert (trimmed.action, trimmed.parameters["up_to"], trimmed.parameters["count"]) == ("audit.trim", 3, 3)
    assert not About.objects.exclude(entry__in=AuditEntry.objects.all()).exists()
    assert trim(chain, tmp_path) is None, "nothing more is due"


def test_what_went_and_what_stayed_both_pass_the_stand_alone_verifier(
    chain: str, cast: Cast, as_person: AsPerson, tmp_path: Path
) -> None:
    kept_head = str(AuditEntry.objects.get(chain=chain, sequence=2).hash)
    trim(chain, tmp_path)
    [gone] = tmp_path.glob("trail-*.jsonl")
    assert verify_alone(tmp_path, gone.read_bytes(), "--head", f"2:{kept_head}")[0] == 0
    status, said = verify_alone(tmp_path, export(as_person(cast.acme_auditor)))
    assert status == 0
    assert "the entries up to 3 were trimmed" in said


def test_a_later_trim_goes_on_from_the_first(chain: str, monkeypatch: pytest.MonkeyPatch) -> None:
    trim(chain, None)
    point = trim(chain, None, timezone.now() + timedelta(days=300))
    assert point is not None
    assert (point.sequence, point.removed_count) == (4, 1)
    assert verify.verify(chain) is None


def test_a_chain_that_lost_all_goes_on_where_it_ended(chain: str) -> None:
    point = trim(chain, None, timezone.now() + timedelta(days=800))
    assert point is not None
    assert sequences(chain) == [6], "that it was trimmed"
    assert verify.verify(chain) is None


def test_nothing_goes_that_was_not_mailed_where_mail_is_wanted(chain: str, cast: Cast) -> None:
    cast.acme.trail_mail = "auditor@acme.test"
    cast.acme.save()
    assert trim(chain, None) is None
    heads.mail_heads()
    assert trim(chain, None) is not None


def test_a_broken_chain_is_not_trimmed(chain: str) -> None:
    tamper("UPDATE audit_auditentry SET actor_name = 'nobody' WHERE sequence = 2")
    with pytest.raises(TrimRefused, match="entry 2 was changed"):
        trim(chain, None)
    assert sequences(chain) == [1, 2, 3, 4, 5]
    with pytest.raises(CommandError, match="1 chains were not trimmed"):
        call_command("trim_trail", "--discard")


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM audit_auditentry WHERE sequence = 4",
        "DELETE FROM audit_auditentry",
        "UPDATE audit_auditentry SET actor_name = 'x'",
        "DELETE FROM audit_trailcheckpoint",
        "UPDATE audit_trailcheckpoint SET sequence = 5",
    ],
)
def test_the_database_still_refuses_everything_else(chain: str, statement: str) -> None:
    trim(chain, None)
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_an_entry_put_in_before_the_checkpoint_is_named(chain: str) -> None:
    old = AuditEntry.objects.get(chain=chain, sequence=2)
    trim(chain, None)
    old.pk = None
    old.save(force_insert=True)
    fault = verify.verify(chain)
    assert fault is not None
    assert (fault.sequence, "was put in" in fault.what) == (2, True)


def test_the_trail_is_kept_for_ever_by_default(chain: str, settings: Settings) -> None:
    settings.AUDIT_KEEP_DAYS = 0
    assert trim(chain, None) is None
    with pytest.raises(CommandError, match="for ever"):
        call_command("trim_trail", "--discard")
    assert TrailCheckpoint.objects.count() == 0


def test_less_than_a_year_is_refused_at_start_up() -> None:
    done = start(COMPLETE | {"AUDIT_KEEP_DAYS": "30"})
    assert done.returncode != 0
    assert "AUDIT_KEEP_DAYS must be 0 (for ever) or at least 365" in done.stderr
