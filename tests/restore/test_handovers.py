"""Links for people outside: one use, a pass-phrase by another way, nothing to learn from a wrong one."""

import hashlib
import re
from datetime import timedelta
from threading import Thread
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.hashers import check_password
from django.core import mail
from django.db import connections
from django.http import HttpResponseBase, StreamingHttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from restore import handovers
from restore.models import Download, Handover, Manifest, Mount, Parcel
from sendense_portal.audit.models import AuditEntry, Outcome
from sendense_portal.quotas.models import DailyUse
from sendense_portal.tenancy.models import Tenant
from tests.conftest import Cast
from tests.restore.baskets import packed
from tests.restore.test_downloads import body
from tests.waiting import wait_until

SAME = re.compile(rb'name="csrfmiddlewaretoken" value="[^"]+"|/for-you/[^/"]+/')


@pytest.fixture
def parcel(restorer: Client, cast: Cast, mount: Mount) -> Parcel:
    Tenant.objects.update(handover_allowed=True)
    return packed(restorer, cast, mount)


@pytest.fixture
def link(restorer: Client, parcel: Parcel) -> tuple[str, str]:
    """Path and pass-phrase, as the page shows them once."""
    form = {"recipient": "Jane of the auditors", "hours": "24"}
    html = restorer.post(reverse("restore:handover_make", args=[parcel.pk]), form).content.decode()
    path = re.search(r"/for-you/[\w-]+/", html)
    passphrase = re.search(r"[A-Z2-9]{4}(?:-[A-Z2-9]{4}){3}", html)
    assert path
    assert passphrase
    return path[0], passphrase[0]


def knock(path: str, passphrase: str) -> HttpResponseBase:
    return Client().post(path, {"passphrase": passphrase}, REMOTE_ADDR="192.0.2.7")


def is_refused(answer: HttpResponseBase) -> bool:
    return b"does not open anything" in getattr(answer, "content", b"")


def test_the_named_person_fetches_it_once_with_a_receipt(
    link: tuple[str, str], parcel: Parcel, cast: Cast, restorer: Client
) -> None:
    path, passphrase = link
    assert parcel.name not in Client().get(path).content.decode()
    answer = knock(path, passphrase.lower())
    assert answer.status_code == 200
    for name, value in {
        "Content-Type": "application/octet-stream",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
    }.items():
        assert answer.headers[name] == value
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert hashlib.sha256(body(answer)).hexdigest() == parcel.sha256
    assert is_refused(knock(path, passphrase))
    handover = Handover.objects.get()
    assert (handover.state, handover.fetched_from) == (Handover.State.FETCHED, "192.0.2.7")
    row = Download.objects.get()
    assert (row.state, row.person, row.size) == (Download.State.COMPLETED, None, parcel.size)
    assert "Jane of the auditors" in row.person_name
    assert Manifest.objects.get().download == row
    assert DailyUse.objects.get().amount == parcel.size
    entries = AuditEntry.objects.filter(action__startswith="handover.").order_by("id")
    assert [(entry.action, entry.tenant) for entry in entries] == [
        ("handover.make", cast.acme), ("handover.fetch", cast.acme),
    ]  # fmt: skip
    wait_until(lambda: len(mail.outbox) == 2, 5)
    assert any("192.0.2.7" in letter.body for letter in mail.outbox)
    assert "Fetched" in restorer.get(reverse("restore:parcel_detail", args=[parcel.pk])).content.decode()


def test_only_sums_of_link_and_pass_phrase_are_kept(link: tuple[str, str]) -> None:
    kept = str(list(Handover.objects.values())) + str(list(AuditEntry.objects.values("parameters")))
    token = link[0].split("/")[2]
    assert token not in kept
    assert link[1] not in kept


def test_a_wrong_link_a_wrong_pass_phrase_and_a_link_that_is_over_answer_alike(
    link: tuple[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    path, passphrase = link
    wrong = [knock(path, "AAAA-BBBB-CCCC-DDDD"), knock("/for-you/nonsense/", passphrase)]
    Handover.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    wrong.append(knock(path, passphrase))
    assert all(is_refused(answer) for answer in wrong)
    assert path not in caplog.text
    assert len({SAME.sub(b"", getattr(answer, "content", b"")) for answer in wrong}) == 1
    pages = [Client().get(path), Client().get("/for-you/nonsense/")]
    assert len({SAME.sub(b"", page.content) for page in pages}) == 1


def test_a_few_wrong_pass_phrases_end_the_link_for_good(link: tuple[str, str], cast: Cast) -> None:
    path, passphrase = link
    for _ in range(handovers.MOST_GUESSES):
        knock(path, "AAAA-BBBB-CCCC-DDDD")
    assert is_refused(knock(path, passphrase))
    assert Handover.objects.get().state == Handover.State.LOCKED
    guesses = AuditEntry.objects.filter(action="handover.guess", outcome=Outcome.REFUSED, tenant=cast.acme)
    assert guesses.count() == handovers.MOST_GUESSES
    assert AuditEntry.objects.filter(action="handover.lock").count() == 1


def test_a_right_one_forgets_no_wrong_ones_and_costs_none(link: tuple[str, str]) -> None:
    path, passphrase = link
    knock(path, "WRONG")
    answer = knock(path, passphrase)
    assert answer.status_code == 200
    assert Handover.objects.get().wrong_guesses == 1
    body(answer)


def test_a_fetch_that_breaks_off_may_be_tried_again_and_two_at_once_may_not(
    link: tuple[str, str],
) -> None:
    path, passphrase = link
    first = knock(path, passphrase)
    assert is_refused(knock(path, passphrase))

    async def leave_early() -> None:
        assert isinstance(first, StreamingHttpResponse)
        parts: Any = aiter(first)
        await anext(parts)
        await parts.aclose()

    async_to_sync(leave_early)()
    assert Handover.objects.get().state == Handover.State.OPEN
    assert body(knock(path, passphrase))
    assert Handover.objects.get().state == Handover.State.FETCHED


@pytest.mark.parametrize("change", ["revoked", "maker switched off", "rule taken back", "customer suspended"])
def test_a_link_is_over_when_its_ground_is(
    link: tuple[str, str], restorer: Client, cast: Cast, change: str
) -> None:
    if change == "revoked":
        restorer.post(reverse("restore:handover_revoke", args=[Handover.objects.get().pk]))
        assert AuditEntry.objects.filter(action="handover.revoke", tenant=cast.acme).exists()
    elif change == "maker switched off":
        type(cast.acme_restorer).objects.filter(pk=cast.acme_restorer.pk).update(is_active=False)
    elif change == "rule taken back":
        Tenant.objects.update(handover_allowed=False)
    else:
        Tenant.objects.update(state=Tenant.State.SUSPENDED)
    assert is_refused(knock(*link))
    assert not Download.objects.exists()


def test_where_the_customer_does_not_allow_it_no_link_is_made(restorer: Client, parcel: Parcel) -> None:
    Tenant.objects.update(handover_allowed=False)
    form = {"recipient": "Jane", "hours": "24"}
    html = restorer.post(reverse("restore:handover_make", args=[parcel.pk]), form).content.decode()
    assert "do not let files be handed" in html
    assert not Handover.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("removable_trail")
def test_of_many_guesses_at_once_no_more_than_a_few_are_compared(
    monkeypatch: pytest.MonkeyPatch, cast: Cast, link: tuple[str, str]
) -> None:
    compared: list[str] = []

    def counting(given: str, kept: str) -> bool:
        compared.append(given)
        return check_password(given, kept)

    monkeypatch.setattr(handovers, "check_password", counting)

    def guess() -> None:
        try:
            handovers.claim("192.0.2.7", link[0].split("/")[2], "WRONG")
        finally:
            connections.close_all()

    threads = [Thread(target=guess) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(compared) == handovers.MOST_GUESSES
    assert Handover.objects.get().state == Handover.State.LOCKED
