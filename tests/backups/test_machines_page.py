"""Backups by machine: whose machines, their days, and how many queries."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from backups.models import BackupState
from tests.conftest import AsPerson, Cast
from tests.factories import make_backup, make_vm

pytestmark = pytest.mark.django_db
LIST = "/backups/machines/"


def test_each_customer_sees_own_machines_and_what_left_points(cast: Cast, as_person: AsPerson) -> None:
    web = make_vm("acme-web", cast.acme)
    gone = make_vm("acme-gone", cast.acme, gone_at=timezone.now(), restore_point_count=2)
    make_vm("acme-forgotten", cast.acme, gone_at=timezone.now())
    make_backup(make_vm("borealis-db", cast.borealis))
    html = as_person(cast.acme_operator).get(LIST).content.decode()
    assert "acme-web" in html
    assert f"start/?vm={web.pk}" in html
    assert f"/backups/?vm={gone.pk}" in html
    assert f"start/?vm={gone.pk}" not in html
    assert "acme-forgotten" not in html
    assert "borealis" not in html


def test_the_strip_of_a_machine_says_its_days_in_words_too(cast: Cast, as_person: AsPerson) -> None:
    vm = make_vm("acme-web", cast.acme)
    make_backup(vm, age=timedelta(days=2))
    make_backup(vm, BackupState.FAILED, age=timedelta(days=1))
    make_backup(make_vm("acme-db", cast.acme), age=timedelta(days=40))
    html = as_person(cast.acme_viewer).get(LIST).content.decode()
    assert "Days with a restore point: 1, with a failure: 1, without a backup: 26" in html
    assert "Days with a restore point: 0, with a failure: 0, without a backup: 28" in html


def test_queries_do_not_grow_with_machines(cast: Cast, as_person: AsPerson) -> None:
    client = as_person(cast.provider_operator)
    counts = []
    for number in range(2):
        for extra in range(5):
            make_backup(make_vm(f"vm-{number}-{extra}", cast.acme))
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert client.get(LIST).status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 12, counts
