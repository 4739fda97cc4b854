"""Safety rules: who sets them, who may not take them back, and what the trail says of it."""

from typing import Any

import pytest

from sendense_portal.audit.log import Actor
from sendense_portal.audit.models import AuditEntry
from sendense_portal.tenancy.models import Tenant
from sendense_portal.tenancy.policies import POLICY_FIELDS, PolicyRefused, change_policy
from tests.conftest import AsPerson, Cast

pytestmark = pytest.mark.django_db
FORM = {
    "bin_days": "7", "rpo_hours": "24", "four_eyes_delete": "on", "step_up_download": "on", "trail_mail": "",
}  # fmt: skip


def rules_of(tenant: Tenant) -> dict[str, Any]:
    found = Tenant.objects.get(pk=tenant.pk)
    return {name: getattr(found, name) for name in POLICY_FIELDS}


def test_a_customer_sets_its_own_rules_and_its_trail_has_before_and_after(
    cast: Cast, as_person: AsPerson
) -> None:
    client = as_person(cast.acme_admin)
    answer = client.post(f"/customers/{cast.acme.pk}/rules/", FORM)
    assert answer["Location"] == f"/customers/{cast.acme.pk}/"
    rules = rules_of(cast.acme)
    assert (rules["bin_days"], rules["four_eyes_delete"], rules["step_up_delete"]) == (7, True, False)
    entry = AuditEntry.objects.get(action="tenant.policy")
    assert entry.tenant == cast.acme
    assert entry.parameters["bin_days"] == "– → 7"
    assert set(entry.parameters) == {"bin_days", "four_eyes_delete", "step_up_download"}
    assert rules_of(cast.borealis)["bin_days"] == 0


def test_saving_what_is_there_already_writes_nothing(cast: Cast, as_person: AsPerson) -> None:
    client = as_person(cast.acme_admin)
    for _ in range(2):
        client.post(f"/customers/{cast.acme.pk}/rules/", FORM)
    assert AuditEntry.objects.filter(action="tenant.policy").count() == 1


@pytest.mark.parametrize("change", [{"bin_days": "-1"}, {"bin_days": "1000"}, {"trail_mail": "nobody"}])
def test_bad_input_is_named_and_kept(cast: Cast, as_person: AsPerson, change: dict[str, str]) -> None:
    answer = as_person(cast.acme_admin).post(f"/customers/{cast.acme.pk}/rules/", FORM | change)
    (name, typed), *_ = change.items()
    assert name in answer.context["form"].errors
    assert f'value="{typed}"' in answer.content.decode()
    assert rules_of(cast.acme)["four_eyes_delete"] is False


def test_what_protects_from_the_provider_its_staff_may_set_and_not_take_back(
    cast: Cast, as_person: AsPerson
) -> None:
    staff, own = as_person(cast.provider_admin), as_person(cast.acme_admin)
    address = f"/customers/{cast.acme.pk}/rules/"
    wanted = FORM | {"consent_required": "on", "trail_mail": "proof@acme.test"}
    staff.post(address, wanted)
    assert rules_of(cast.acme)["consent_required"] is True
    staff.post(address, FORM | {"trail_mail": "eve@provider.test"})
    kept = rules_of(cast.acme)
    assert (kept["consent_required"], kept["trail_mail"]) == (True, "proof@acme.test")
    with pytest.raises(PolicyRefused):
        change_policy(Actor(cast.provider_admin, "staff"), cast.acme, {"consent_required": False})
    own.post(address, FORM)
    gone = rules_of(cast.acme)
    assert (gone["consent_required"], gone["trail_mail"]) == (False, "")


def test_only_the_named_rules_are_touched(cast: Cast) -> None:
    changed = change_policy(
        Actor(cast.acme_admin, "own"), cast.acme, {"bin_days": 3, "name": "Evil", "state": "closed"}
    )
    assert changed == ["bin_days"]
    found = Tenant.objects.get(pk=cast.acme.pk)
    assert (found.name, found.state) == ("Acme", "active")
