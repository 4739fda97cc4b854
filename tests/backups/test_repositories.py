"""Which repositories a customer may use: seen, offered, refused; and what lies there stays."""

import pytest

from backups.models import Backup, BackupType, Repository
from backups.repositories import fit_for, known_to
from backups.services import BackupService, StartRefused
from sendense_portal.audit.log import PORTAL
from sendense_portal.audit.models import AuditEntry
from sendense_portal.tenancy.access import Access
from tests.conftest import AsPerson, Cast
from tests.factories import make_backup, make_hub, make_repository, make_vm
from vms.assignment.services import assign
from vms.models import VirtualMachine

pytestmark = pytest.mark.django_db


def names(repositories: object) -> list[str]:
    return [repository.name for repository in repositories]  # type: ignore[attr-defined]  # a query set


@pytest.fixture
def vault() -> Repository:
    """A repository for chosen customers, beside a shared one of the same hub."""
    make_repository("Shared")
    return make_repository("Vault", is_shared=False)


def test_only_those_to_whom_it_was_given_know_of_it(cast: Cast, vault: Repository) -> None:
    vault.customers.add(cast.acme)
    make_vm("acme-web", cast.acme)
    make_vm("borealis-web", cast.borealis)
    assert names(known_to(Access.of(cast.acme_admin))) == ["Shared", "Vault"]
    assert names(known_to(Access.of(cast.borealis_admin))) == ["Shared"]
    assert names(known_to(Access.of(cast.provider_auditor))) == ["Shared", "Vault"]
    assert names(known_to(Access.of(cast.acme_viewer))) == []


def test_a_machine_is_backed_up_only_where_its_customer_may(cast: Cast, vault: Repository) -> None:
    vault.customers.add(cast.acme)
    make_repository("Elsewhere", make_hub("Hub two", "http://127.0.0.1:8"))
    assert names(fit_for(make_vm("acme-web", cast.acme))) == ["Shared", "Vault"]
    assert names(fit_for(make_vm("borealis-web", cast.borealis))) == ["Shared"]
    assert names(fit_for(make_vm("nobodys"))) == ["Shared", "Vault"]


def test_a_start_elsewhere_is_refused_with_a_sentence(cast: Cast, vault: Repository) -> None:
    vm = make_vm("acme-web", cast.acme)
    for person in (cast.acme_operator, cast.provider_admin):
        service = BackupService(PORTAL, Access.of(person))
        with pytest.raises(StartRefused, match="Acme may not use this repository"):
            service.start(vm=vm, backup_type=BackupType.FULL, repository=vault)
    assert not Backup.objects.exists()


def test_the_form_refuses_it_too_and_offers_it_to_nobody_else(
    cast: Cast, as_person: AsPerson, vault: Repository
) -> None:
    vm, client = make_vm("acme-web", cast.acme), as_person(cast.acme_operator)
    assert "Vault" not in client.get(f"/backups/start/?vm={vm.pk}").content.decode()
    form = {"vm": str(vm.pk), "type": "full", "repository": str(vault.pk)}
    answer = client.post("/backups/start/", form)
    assert "the provider decides" in answer.context["form"].errors["repository"][0]
    assert not Backup.objects.exists()


def test_what_lies_in_one_that_was_taken_away_stays_visible_and_restorable(
    cast: Cast, as_person: AsPerson, vault: Repository
) -> None:
    vault.customers.add(cast.acme)
    vm = make_vm("acme-web", cast.acme)
    backup = make_backup(vm, repository=vault)
    as_person(cast.provider_admin).post(f"/backups/repositories/of/{cast.acme.pk}/", {})
    assert names(fit_for(vm)) == ["Shared"]
    client = as_person(cast.acme_operator)
    assert "Vault" in client.get(f"/backups/{backup.pk}/").content.decode()
    assert client.get(f"/restore/open/?backup={backup.pk}").status_code == 200
    assert backup.is_restorable


def test_the_provider_ticks_what_a_customer_may_use(
    cast: Cast, as_person: AsPerson, vault: Repository
) -> None:
    make_vm("acme-web", cast.acme)
    client, address = as_person(cast.provider_admin), f"/backups/repositories/of/{cast.acme.pk}/"
    asked = client.get(address).content.decode()
    assert f'value="{vault.pk}">' in asked and "Shared" in asked
    client.post(address, {"repositories": [str(vault.pk)]})
    assert list(vault.customers.all()) == [cast.acme]
    assert f'value="{vault.pk}" checked' in client.get(address).content.decode()
    entry = AuditEntry.objects.get(action="repository.grant")
    assert (entry.tenant, entry.parameters) == (cast.acme, {"given": "Vault", "taken": ""})
    assert "Vault" in as_person(cast.acme_admin).get(f"/customers/{cast.acme.pk}/").content.decode()
    client.post(address, {"repositories": [str(vault.pk)]})
    assert AuditEntry.objects.filter(action="repository.grant").count() == 1, "nothing was new"


def test_only_repositories_of_the_hubs_that_serve_a_customer_are_on_offer(
    cast: Cast, as_person: AsPerson, vault: Repository
) -> None:
    other = make_repository("Elsewhere", make_hub("Hub two", "http://127.0.0.1:8"), is_shared=False)
    client, address = as_person(cast.provider_admin), f"/backups/repositories/of/{cast.acme.pk}/"
    assert "Elsewhere" in client.get(address).content.decode(), "no hub serves it yet: all are on offer"
    make_vm("acme-web", cast.acme)
    assert "Elsewhere" not in client.get(address).content.decode()
    answer = client.post(address, {"repositories": [str(other.pk)]})
    assert answer.context["form"].errors["repositories"]
    assert not other.customers.exists()


def test_closing_a_repository_offers_those_who_have_backups_there(cast: Cast, as_person: AsPerson) -> None:
    shared = make_repository("Shared")
    make_backup(make_vm("acme-web", cast.acme), repository=shared)
    client, address = as_person(cast.provider_admin), f"/backups/repositories/{shared.pk}/customers/"
    html = client.get(address).content.decode()
    assert f'value="{cast.acme.pk}" selected' in html
    assert f'value="{cast.borealis.pk}" selected' not in html
    client.post(address, {"is_shared": "chosen", "customers": [str(cast.acme.pk)]})
    shared.refresh_from_db()
    assert (shared.is_shared, list(shared.customers.all())) == (False, [cast.acme])
    assert AuditEntry.objects.get(action="repository.share").chain == "provider"
    client.post(address, {"is_shared": "chosen", "customers": [str(cast.borealis.pk)]})
    facts = {e.tenant: e.parameters for e in AuditEntry.objects.filter(action="repository.grant")}
    assert facts == {cast.acme: {"taken": "Shared"}, cast.borealis: {"given": "Shared"}}
    client.post(address, {"is_shared": "shared"})
    shared.refresh_from_db()
    assert shared.is_shared and not shared.customers.exists()


def test_a_start_that_crosses_a_move_of_the_machine_is_refused(cast: Cast) -> None:
    vm, place = make_vm("web", cast.acme), make_repository("Shared")
    read_before = VirtualMachine.objects.select_related("hub", "tenant").get(pk=vm.pk)
    assign(PORTAL, vm, cast.borealis, may_move=True)
    service = BackupService(PORTAL, Access.of(cast.acme_operator))
    with pytest.raises(StartRefused, match="just changed its customer"):
        service.start(vm=read_before, backup_type=BackupType.FULL, repository=place)
    assert not Backup.objects.exists()
