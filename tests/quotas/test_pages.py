"""Setting quotas in people's units, and seeing them before they bite."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from backups.models import Backup, BackupState
from sendense_portal.audit.models import AuditEntry, Outcome
from sendense_portal.quotas.amounts import parsed, typed
from sendense_portal.quotas.models import Quota, QuotaKind
from sendense_portal.quotas.usage import uses_of
from sendense_portal.tenancy.models import Tenant
from tests.backups.test_start_page import START, fields_of
from tests.conftest import AsPerson, Cast
from tests.factories import GIB, make_backup, make_vm

pytestmark = pytest.mark.django_db
VMS, POINTS, STORED = QuotaKind.VMS, QuotaKind.RESTORE_POINTS, QuotaKind.STORED_BYTES


def limit(tenant: Tenant, kind: QuotaKind, amount: int, *, is_hard: bool = True) -> None:
    Quota.objects.create(tenant=tenant, kind=kind, limit=amount, is_hard=is_hard)


def edit_url(tenant: Tenant) -> str:
    return f"/quotas/{tenant.pk}/edit/"


def form_of(**limits: str) -> dict[str, str]:
    """What the form sends when only these are limited."""
    return {f"{kind}_limit": limits.get(kind, "") for kind in QuotaKind} | {
        f"{kind}_rule": "hard" for kind in QuotaKind
    }


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("500 GiB", 500 * GIB),
        ("1.5 TB", 1_500_000_000_000),
        ("1,5 tib", 3 * 2**39),
        ("1,500 GiB", 1500 * GIB),
        ("1 500GiB", 1500 * GIB),
        ("0", 0),
    ],
)
def test_amounts_are_typed_as_people_write_them(text: str, amount: int) -> None:
    assert parsed(STORED, text) == amount
    assert parsed(STORED, typed(STORED, amount)) == amount


@pytest.mark.parametrize("text", ["500", "GiB", "-1 GiB", "1e3 GiB", "9999999999 PiB", "500 bananas", "٣ "])
def test_an_amount_that_could_mean_something_else_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        parsed(STORED, text)


def test_pieces_have_neither_unit_nor_fraction() -> None:
    assert parsed(VMS, "1,200") == 1200
    for text in ("1.5", "3 GiB", ""):
        with pytest.raises(ValidationError):
            parsed(VMS, text)


def test_the_provider_sets_quotas_and_the_customer_has_it_in_the_trail(
    cast: Cast, as_person: AsPerson
) -> None:
    admin = as_person(cast.provider_admin)
    form = form_of(vms="5", stored_bytes="500 GiB") | {"stored_bytes_rule": "soft"}
    assert admin.post(edit_url(cast.acme), form).status_code == 302
    assert list(Quota.objects.order_by("kind").values_list("tenant", "kind", "limit", "is_hard")) == [
        (cast.acme.pk, "stored_bytes", 500 * GIB, False),
        (cast.acme.pk, "vms", 5, True),
    ]
    entry = AuditEntry.objects.latest("id")
    assert (entry.tenant, entry.action, entry.outcome) == (cast.acme, "quota.edit", Outcome.OK)
    assert entry.parameters == {
        "vms": "no limit → 5 (hard)",
        "stored_bytes": "no limit → 500 GiB (soft)",
    }
    assert 'value="500 GiB"' in admin.get(edit_url(cast.acme)).content.decode()
    admin.post(edit_url(cast.acme), form_of(vms="5"))
    assert Quota.objects.get().kind == VMS


def test_bad_input_keeps_what_was_typed_and_changes_nothing(cast: Cast, as_person: AsPerson) -> None:
    form = form_of(vms="5", stored_bytes="500 <b>")
    html = as_person(cast.provider_admin).post(edit_url(cast.acme), form).content.decode()
    assert 'value="500 &lt;b&gt;"' in html
    assert "such as “500 GiB”" in html
    assert not Quota.objects.exists()
    assert not AuditEntry.objects.exists()


def test_a_customer_sees_the_bars_of_its_own_alone(cast: Cast, as_person: AsPerson) -> None:
    limit(cast.acme, VMS, 4)
    limit(cast.borealis, POINTS, 777)
    for number in range(4):
        make_vm(f"acme-{number}", cast.acme)
    for address in ("/", "/quotas/"):
        html = as_person(cast.acme_viewer).get(address).content.decode()
        assert "4 of 4" in html
        assert "Reached" in html
        assert "of 777" not in html


def test_a_bar_warns_from_four_fifths_and_is_red_when_full(cast: Cast) -> None:
    limit(cast.acme, VMS, 5)
    tones = []
    for number in range(6):
        use = uses_of([cast.acme.pk])[cast.acme.pk][0]
        tones.append((use.used, use.percent, use.tone))
        make_vm(f"acme-{number}", cast.acme)
    assert tones == [
        (0, 0, "info"), (1, 20, "info"), (2, 40, "info"), (3, 60, "info"), (4, 80, "warning"),
        (5, 100, "error"),
    ]  # fmt: skip


def test_the_dialog_says_how_little_is_left(cast: Cast, as_person: AsPerson) -> None:
    vm = make_vm("acme-web", cast.acme)
    for _ in range(4):
        make_backup(vm)
    limit(cast.acme, POINTS, 10)
    assert (
        "quota"
        not in as_person(cast.acme_operator)
        .get(f"{START}?vm={vm.pk}")
        .content.decode()
        .split("<main")[1]
        .split("</main")[0]
        .lower()
    )
    Quota.objects.update(limit=5)
    html = as_person(cast.acme_operator).get(f"{START}?vm={vm.pk}").content.decode()
    assert "A quota is nearly reached" in html
    assert "Restore points: 4 of 5" in html


def test_a_refused_start_leaves_the_dialog_as_it_was_with_the_reason(cast: Cast, as_person: AsPerson) -> None:
    vm = make_vm("acme-web", cast.acme)
    limit(cast.acme, POINTS, 0)
    form = fields_of(vm)
    answer = as_person(cast.acme_operator).post(START, form, headers={"HX-Request": "true"})
    html = answer.content.decode()
    assert "The quota is reached: restore points, 0 of 0 used." in html
    assert "administrator of the provider can raise it" in html
    assert f'value="{form["repository"]}" checked' in html
    assert f'value="{form["type"]}" checked' in html
    assert not Backup.objects.exists()
    entry = AuditEntry.objects.get()
    assert (entry.outcome, entry.target_id, entry.tenant) == (Outcome.REFUSED, str(vm.pk), cast.acme)


def test_stored_data_that_is_full_starts_nothing_more(cast: Cast, as_person: AsPerson) -> None:
    vm = make_vm("acme-web", cast.acme)
    make_backup(vm, transferred_bytes=3 * GIB)
    limit(cast.acme, STORED, 3 * GIB)
    html = as_person(cast.acme_operator).post(START, fields_of(vm)).content.decode()
    assert "stored data, 3.0 GiB of 3.0 GiB used" in html


def test_failed_and_removed_backups_take_no_room(cast: Cast) -> None:
    vm = make_vm("acme-web", cast.acme)
    make_backup(vm, BackupState.FAILED)
    make_backup(vm, gone_at=vm.observed_at)
    make_backup(vm)
    limit(cast.acme, POINTS, 10)
    assert uses_of([cast.acme.pk])[cast.acme.pk][0].used == 1


def test_many_customers_cost_as_many_questions_as_one(
    cast: Cast, as_person: AsPerson, django_assert_max_num_queries: Any
) -> None:
    tenants = Tenant.objects.bulk_create(Tenant(name=f"Customer {number:03}") for number in range(120))
    Quota.objects.bulk_create(
        Quota(tenant=tenant, kind=kind, limit=9) for tenant in tenants for kind in QuotaKind
    )
    admin = as_person(cast.provider_auditor)
    with django_assert_max_num_queries(15):
        html = admin.get("/quotas/").content.decode()
    assert html.count("<meter") > 200
    assert "Customer 119" not in html
    assert "Customer 119" in admin.get("/quotas/?search=119").content.decode()


def test_a_customers_page_shows_its_quotas_and_leads_to_changing_them(
    cast: Cast, as_person: AsPerson
) -> None:
    limit(cast.acme, VMS, 40)
    html = as_person(cast.provider_admin).get(f"/customers/{cast.acme.pk}/").content.decode()
    assert "0 of 40" in html
    assert edit_url(cast.acme) in html
    assert (
        edit_url(cast.acme)
        not in as_person(cast.acme_admin).get(f"/customers/{cast.acme.pk}/").content.decode()
    )
