"""The chains of a machine as a picture: sizes, and what can be restored."""

from datetime import timedelta

import pytest
from django.utils import timezone

from backups.models import Backup, BackupType
from backups.pictures import HEIGHT, Standing, chains_of
from sendense_portal.tenancy.access import Access
from tests.backups.bins import chain
from tests.conftest import AsPerson, Cast
from tests.factories import GIB, make_backup, make_repository, make_vm

pytestmark = pytest.mark.django_db


def standings(vm: object, cast: Cast) -> list[list[Standing]]:
    found = chains_of(vm, Access.of(cast.acme_viewer))  # type: ignore[arg-type]  # a VirtualMachine
    return [[bar.standing for bar in one.bars] for one in found]


def test_chains_are_newest_first_with_bars_as_high_as_they_took(cast: Cast, as_person: AsPerson) -> None:
    full, first, second = chain(cast)
    Backup.objects.filter(pk=first.pk).update(transferred_bytes=GIB // 2)
    later = make_backup(full.vm, repository=full.repository, age=timedelta(hours=1))
    newest, older = chains_of(full.vm, Access.of(cast.acme_viewer))
    assert [bar.point for bar in newest.bars] == [later]
    assert [bar.point for bar in older.bars] == [full, first, second]
    assert older.bars[0].height == HEIGHT
    assert older.bars[1].height < HEIGHT
    assert older.bytes == 4 * GIB + GIB // 2
    html = as_person(cast.acme_viewer).get(f"/vms/{full.vm_id}/").content.decode()
    assert html.count('class="chain-bar ') == 4
    assert f'href="/backups/{first.pk}/" aria-label="Incremental, ' in html
    assert "512.0 MiB, can be restored" in html
    assert "all restorable" in html
    assert "style=" not in html.partition('class="chain-picture"')[2].partition("</svg>")[0]


def test_what_the_hub_lost_takes_what_builds_on_it_along(cast: Cast) -> None:
    full, first, second = chain(cast)
    Backup.objects.filter(pk=first.pk).update(gone_at=timezone.now())
    assert standings(full.vm, cast) == [[Standing.RESTORABLE, Standing.BASE_LOST]]
    Backup.objects.filter(pk=full.pk).update(gone_at=timezone.now())
    assert standings(full.vm, cast) == [[Standing.BASE_LOST]]
    Backup.objects.filter(pk=second.pk).update(bin_until=timezone.now())
    assert standings(full.vm, cast) == [[Standing.BINNED]]


def test_each_repository_has_its_own_chains(cast: Cast) -> None:
    vm = make_vm("acme-web", cast.acme)
    one, two = make_repository("One", hub=vm.hub), make_repository("Two", hub=vm.hub)
    make_backup(vm, repository=one, age=timedelta(hours=4))
    make_backup(vm, repository=two, age=timedelta(hours=3))
    make_backup(vm, repository=one, backup_type=BackupType.INCREMENTAL, age=timedelta(hours=2))
    assert [len(one.bars) for one in chains_of(vm, Access.of(cast.acme_viewer))] == [2, 1]


def test_a_long_history_is_cut_where_a_chain_begins(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    full, _first, _second = chain(cast)
    monkeypatch.setattr("backups.pictures.MOST_POINTS", 2)
    assert standings(full.vm, cast) == []
    make_backup(full.vm, repository=full.repository, age=timedelta(hours=1))
    assert standings(full.vm, cast) == [[Standing.RESTORABLE]]
