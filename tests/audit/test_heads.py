"""The newest entry of each chain goes to its customer's own address, once a day."""

from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django import Settings

from sendense_portal.audit import heads, log, verify
from sendense_portal.audit.models import PROVIDER_CHAIN, AuditEntry, Outcome, TrailHead
from sendense_portal.tenancy.models import ProviderPolicy
from tests.audit.test_chain import tamper
from tests.conftest import AsPerson, Cast

pytestmark = pytest.mark.django_db
AUDITOR = "auditor@acme.test"


@pytest.fixture
def wanted(cast: Cast) -> Cast:
    """Acme and the provider want the heads of their chains; Borealis does not."""
    cast.acme.trail_mail = AUDITOR
    cast.acme.save()
    ProviderPolicy(trail_mail="owner@provider.test").save()
    for tenant in (cast.acme, cast.acme, cast.borealis, None):
        log.record(log.PORTAL, "tenant.rename", Outcome.OK, tenant, before="x")
    return cast


class DeadServer(EmailBackend):
    """A mail server that can't be reached."""

    def send_messages(self, messages: object) -> int:
        raise ConnectionRefusedError("nobody listens")


def test_each_chain_s_head_goes_to_its_own_address(wanted: Cast) -> None:
    assert len(heads.mail_heads()) == 2
    sent = {message.to[0]: str(message.body) for message in mail.outbox}
    last = AuditEntry.objects.get(chain=str(wanted.acme.pk), sequence=2)
    assert f"{wanted.acme.pk}:2:{last.hash}" in sent[AUDITOR]
    assert f"--head 2:{last.hash}" in sent[AUDITOR]
    assert "/activity/" in sent[AUDITOR]
    assert f"{PROVIDER_CHAIN}:1:" in sent["owner@provider.test"]
    assert set(sent) == {AUDITOR, "owner@provider.test"}


def test_once_a_day_however_often_it_is_run(wanted: Cast) -> None:
    now = timezone.now().replace(hour=12)
    heads.mail_heads(now)
    log.record(log.PORTAL, "tenant.rename", Outcome.OK, wanted.acme, before="y")
    assert heads.mail_heads(now + timedelta(hours=2)) == []
    tomorrow = heads.mail_heads(now + timedelta(days=1))
    assert {head.chain: head.sequence for head in tomorrow} == {str(wanted.acme.pk): 3, PROVIDER_CHAIN: 1}


def test_two_processes_at_once_mail_one_head(wanted: Cast) -> None:
    now = timezone.now()
    chain = str(wanted.acme.pk)
    assert heads.claimed(chain, AUDITOR, now) is not None
    assert heads.claimed(chain, AUDITOR, now) is None
    assert heads.first_claim(chain, AUDITOR, now) is None


def test_a_process_that_died_before_mailing_is_made_up_for_with_the_same_head(wanted: Cast) -> None:
    now = timezone.now().replace(hour=12)
    claimed = heads.claimed(str(wanted.acme.pk), AUDITOR, now)
    assert claimed is not None
    log.record(log.PORTAL, "tenant.rename", Outcome.OK, wanted.acme, before="y")
    sent = heads.mail_heads(now + heads.TRY_AGAIN_AFTER + timedelta(seconds=1))
    assert {head.chain: head.sequence for head in sent}[str(wanted.acme.pk)] == claimed.sequence


def test_a_dead_mail_server_is_asked_again_later(wanted: Cast, settings: Settings) -> None:
    now = timezone.now().replace(hour=12)
    before = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = f"{__name__}.DeadServer"
    assert heads.mail_heads(now) == []
    assert TrailHead.objects.filter(sent_at__isnull=True).count() == 2
    settings.EMAIL_BACKEND = before
    assert len(heads.mail_heads(now + timedelta(minutes=10))) == 2


def test_the_page_shows_the_last_proof(wanted: Cast, as_person: AsPerson) -> None:
    call_command("mail_trail_heads")
    html = as_person(wanted.acme_auditor).get("/activity/").content.decode()
    assert "Last proof mailed" in html
    assert AUDITOR in html
    assert "owner@provider.test" not in html
    assert "owner@provider.test" in as_person(wanted.provider_auditor).get("/activity/").content.decode()
    own = as_person(wanted.borealis_admin).get("/activity/").content.decode()
    assert "Last proof mailed" not in own


def test_a_cut_end_is_seen_by_the_portal_itself_once_its_head_was_mailed(wanted: Cast) -> None:
    heads.mail_heads()
    chain = str(wanted.acme.pk)
    tamper("DELETE FROM audit_auditentry WHERE sequence = 2")
    fault = verify.verify(chain)
    assert fault is not None
    assert (fault.sequence, "is missing" in fault.what) == (2, True)


def test_a_head_kept_outside_catches_who_also_removes_the_portal_s_note(wanted: Cast) -> None:
    heads.mail_heads()
    head = str(TrailHead.objects.get(chain=str(wanted.acme.pk)))
    tamper("DELETE FROM audit_auditentry WHERE sequence = 2")
    TrailHead.objects.all().delete()
    call_command("audit_verify")
    with pytest.raises(CommandError, match="1 of 3 chains are broken"):
        call_command("audit_verify", "--head", head)
