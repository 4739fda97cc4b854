"""Every failure has words: what happened, who has to act, what to do next, and what to try."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from backups.catalogue import ANYTHING_ELSE, BY_CODE, STALLED, Retry
from backups.failures import counted, explain, explained
from backups.mirror import rows
from backups.models import Backup, BackupState, BackupType, ProgressSample
from sendense_portal.hub import Code
from tests.conftest import AsPerson, Cast
from tests.factories import make_backup, make_vm

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("code", list(Code))
def test_no_code_of_the_hub_client_is_without_words(code: Code) -> None:
    failure = explained(code, "The client's own sentence.")
    assert code in BY_CODE
    assert all(str(part) for part in (failure.title, failure.cause, failure.who, failure.next_step))


@pytest.mark.parametrize(
    ("said", "title", "retry"),
    [
        ("Job stalled - no telemetry for 5m22s (SBC may have crashed)", "The copy went silent", Retry.SAME),
        ("VDDK: Error 14009: The server refused connection", "host refused the connection", Retry.SAME),
        ("write: No space left on device", "repository is full", Retry.SAME),
        ("prepare: backup chain not found", "can't continue this chain", Retry.FULL),
        ("Cannot complete login due to an incorrect user name or password.", "refused the login", Retry.NONE),
        ("failed to create snapshot", "No snapshot", Retry.SAME),
    ],
)
def test_what_hubs_say_of_a_backup_that_ran_is_known(said: str, title: str, retry: Retry) -> None:
    failure = explained("hub_reported", said)
    assert title in str(failure.title)
    assert failure.retry == retry


def test_what_to_do_is_on_the_page_with_its_button_and_the_hub_s_words_are_not(
    cast: Cast, as_person: AsPerson
) -> None:
    vm = make_vm("acme-web", cast.acme)
    backup = make_backup(
        vm, BackupState.FAILED, backup_type=BackupType.INCREMENTAL, error_code="hub_reported",
        error_text="backup chain not found in /srv/secret",
    )  # fmt: skip
    html = as_person(cast.acme_operator).get(f"/backups/{backup.pk}/").content.decode()
    assert "The hub can&#x27;t continue this chain" in html
    assert "Start a full backup instead." in html
    again = f"/backups/start/?vm={vm.pk}&amp;type=full&amp;repository={backup.repository_id}"
    assert again in html
    assert "/srv/secret" not in html
    assert again not in as_person(cast.acme_viewer).get(f"/backups/{backup.pk}/").content.decode()
    assert "/srv/secret" in as_person(cast.provider_operator).get(f"/backups/{backup.pk}/").content.decode()


def test_a_long_silence_is_explained_and_that_nothing_can_be_cancelled(
    cast: Cast, as_person: AsPerson
) -> None:
    backup = make_backup(make_vm("acme-web", cast.acme), BackupState.STALLED)
    assert explain(backup) is STALLED
    html = as_person(cast.acme_viewer).get(f"/backups/{backup.pk}/").content.decode()
    assert "Nothing has been heard of this backup" in html
    assert "be cancelled or paused: the hub offers no way" in html


def test_what_has_no_words_is_counted_first_for_the_provider(cast: Cast, as_person: AsPerson) -> None:
    vm = make_vm("acme-web", cast.acme)
    texts = ["quux exploded", "quux exploded", "no telemetry for 5m", "no telemetry for 6m"]
    for text in texts:
        make_backup(vm, BackupState.FAILED, error_code="hub_reported", error_text=text)
    make_backup(vm, BackupState.FAILED, error_text="long ago", age=timedelta(days=40))
    found = [(one.text, one.count) for one in counted(Backup.objects.all())]
    assert found == [("quux exploded", 2), ("", 2)]
    assert explained("hub_reported", "quux exploded") is ANYTHING_ELSE
    html = as_person(cast.provider_auditor).get("/backups/failures/").content.decode()
    assert "quux exploded" in html
    assert "1 reason that people got no words for" in html
    assert as_person(cast.acme_admin).get("/backups/failures/").status_code == 403


def test_a_long_copy_keeps_its_curve_in_a_bounded_number_of_readings(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "MOST_SAMPLES", 10)
    backup = make_backup(make_vm("acme-web", cast.acme), BackupState.RUNNING)
    begin = timezone.now()
    numbers: list[Any] = list(range(11))
    ProgressSample.objects.bulk_create(
        ProgressSample(backup=backup, at=begin + timedelta(seconds=number), transferred_bytes=number,
                       bytes_per_second=1) for number in numbers
    )  # fmt: skip
    rows.thin_samples(backup)
    assert list(backup.samples.values_list("transferred_bytes", flat=True)) == [0, 2, 4, 6, 8, 10]
    rows.thin_samples(backup)
    assert backup.samples.count() == 6
