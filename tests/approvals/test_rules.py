"""What two people guard, one alone does not loosen: neither the rule itself nor retention."""

from typing import Any

import pytest
from django.http import HttpResponse

from sendense_portal.approvals.models import ApprovalRequest
from sendense_portal.audit.models import AuditEntry
from sendense_portal.tenancy.models import Tenant
from sendense_portal.tenancy.policies import POLICY_FIELDS
from tests.approvals.conftest import FOUR_EYES, Pair

pytestmark = pytest.mark.django_db
State = ApprovalRequest.State


def save(pair: Pair, **changes: Any) -> HttpResponse:
    """The requester's form as it stands, with changes."""
    tenant = Tenant.objects.get(pk=pair.cast.acme.pk)
    values = {name: getattr(tenant, name) for name in POLICY_FIELDS} | changes
    form = {name: "on" if value is True else value for name, value in values.items() if value is not False}
    return pair.requester.post(f"/customers/{tenant.pk}/rules/", form)  # type: ignore[return-value]  # the test client's answer is one


def rule(pair: Pair, name: str) -> Any:
    return getattr(Tenant.objects.get(pk=pair.cast.acme.pk), name)


@pytest.mark.parametrize("name", FOUR_EYES)
def test_switching_four_eyes_off_needs_them(pair: Pair, name: str) -> None:
    Tenant.objects.update(**{name: True})
    answer = save(pair, **{name: False})
    asked = ApprovalRequest.objects.get()
    assert answer["Location"] == f"/approvals/{asked.pk}/"
    assert rule(pair, name) is True
    assert "on → off" in pair.approver.get(f"/approvals/{asked.pk}/").content.decode()
    pair.requester.post(f"/approvals/{asked.pk}/approve/")
    assert rule(pair, name) is True
    pair.approver.post(f"/approvals/{asked.pk}/approve/")
    assert rule(pair, name) is False
    entry = AuditEntry.objects.get(action="tenant.policy", outcome="ok")
    assert (entry.actor, entry.tenant) == (pair.approver_user, pair.cast.acme)


def test_fewer_days_in_the_bin_need_a_second_person_where_retention_is_guarded(pair: Pair) -> None:
    Tenant.objects.update(bin_days=14, four_eyes_retention=True)
    save(pair, bin_days=30)
    assert rule(pair, "bin_days") == 30
    save(pair, bin_days=7)
    assert rule(pair, "bin_days") == 30
    asked = ApprovalRequest.objects.get()
    pair.approver.post(f"/approvals/{asked.pk}/approve/")
    assert rule(pair, "bin_days") == 7


def test_without_the_rule_one_person_lowers_retention(pair: Pair) -> None:
    Tenant.objects.update(bin_days=14)
    save(pair, bin_days=7)
    assert rule(pair, "bin_days") == 7
    assert not ApprovalRequest.objects.exists()


def test_tightening_needs_nobody_else(pair: Pair) -> None:
    save(pair, four_eyes_retention=True, step_up_delete=True)
    assert (rule(pair, "four_eyes_retention"), rule(pair, "step_up_delete")) == (True, True)


def test_rules_that_changed_since_make_it_void(pair: Pair) -> None:
    save(pair, four_eyes_delete=False)
    asked = ApprovalRequest.objects.get()
    save(pair, step_up_delete=True)
    answer = pair.approver.post(f"/approvals/{asked.pk}/approve/")
    assert answer.status_code == 409
    assert rule(pair, "four_eyes_delete") is True
    asked.refresh_from_db()
    assert asked.state == State.VOID


def test_another_wish_takes_the_place_of_one_s_own_and_not_of_somebody_else_s(pair: Pair) -> None:
    Tenant.objects.update(bin_days=14, four_eyes_retention=True)
    save(pair, bin_days=7)
    save(pair, bin_days=3)
    states = list(ApprovalRequest.objects.order_by("created_at").values_list("state", flat=True))
    assert states == [State.WITHDRAWN, State.WAITING]
    pair.requester = pair.approver
    answer = save(pair, bin_days=1)
    assert answer.status_code == 200
    assert "waits for a second person already" in answer.content.decode()
