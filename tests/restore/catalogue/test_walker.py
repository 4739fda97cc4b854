"""Points are walked newest first on mounts that nobody needs; people never wait for it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from backups.models import Backup
from backups.services import remove
from restore import spare
from restore.catalogue import walker
from restore.catalogue.walker import State, next_point, tend, walk, walk_all
from restore.models import CataloguePoint, Folder, Mount, MountSlots, MountTurn, NameVersion, Sighting
from restore.mounts import MountService
from restore.slots import delete_conflict
from sendense_portal.audit.log import PORTAL
from sendense_portal.hub import HubError
from sendense_portal.quotas.models import QuotaKind
from sendense_portal.quotas.registry import used_by
from sendense_portal.tenancy.models import HubConnection, Tenant
from tests.conftest import Cast
from tests.restore.catalogue.conftest import machine, names_at, point_of, walked
from tests.restore.conftest import actor_of, somebody_waits
from tests.restore.small_hub import SmallHub
from vms.assignment.services import followers

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("room")]


@pytest.fixture
def backup(cast: Cast, connection: HubConnection) -> Backup:
    return point_of(machine(connection, cast.acme), 2)


def test_a_point_s_names_are_known_and_nothing_behind_a_link(
    backup: Backup, connection: HubConnection, small_hub: SmallHub
) -> None:
    names = walked(connection, backup)
    assert names["/partition-1/etc/hostname"] == 6
    assert names["/partition-1/secret.txt"] > 0, "the link itself is there"
    assert not any("passwd" in name for name in names)
    assert not any("away" in path or "host" in path.split("/")[1:2] for path in small_hub.paths_of("files"))
    assert not small_hub.mounts, "given back"
    assert not Folder.objects.exists(), "no copy of a point"
    assert CataloguePoint.objects.get(backup=backup).name_count == len(names)


def test_what_changed_between_two_points_is_two_versions(
    backup: Backup, connection: HubConnection, small_hub: SmallHub
) -> None:
    walk_all(connection)
    before = NameVersion.objects.count()
    small_hub.files["/partition-1/etc/hostname"] = b"web01-renamed\n"
    del small_hub.files["/partition-1/nothing"]
    newer = point_of(backup.vm, 1)
    names = walked(connection, newer)
    assert names["/partition-1/etc/hostname"] == 14
    assert "/partition-1/nothing" not in names
    assert names_at(backup)["/partition-1/etc/hostname"] == 6
    assert names_at(backup)["/partition-1/nothing"] == 0
    assert NameVersion.objects.count() == before + 1


def test_the_newest_comes_first_and_what_the_hub_is_still_closing_waits(
    backup: Backup, connection: HubConnection, cast: Cast
) -> None:
    newer = point_of(machine(connection, cast.acme, "web02"), 1)
    fresh = point_of(backup.vm, 0)
    found = next_point(connection)
    assert found is not None
    assert found.backup == newer
    assert next_point(connection) is None, "one at a time"
    assert not CataloguePoint.objects.filter(backup=fresh).exists()


def test_without_room_to_spare_nothing_is_opened(
    backup: Backup, connection: HubConnection, room: MountSlots, small_hub: SmallHub
) -> None:
    MountSlots.objects.update(outside=5)
    assert walk_all(connection) == 0
    assert small_hub.asked == []


def interrupting(monkeypatch: pytest.MonkeyPatch, after: int, happens: Callable[[], object]) -> None:
    """Something happens after so many folders; the walker looks around before each."""
    real = walker.list_folder
    seen: list[str] = []

    def listed(point: Any, mount: Any, path: str) -> None:
        if len(seen) == after:
            happens()
        seen.append(path)
        walker.look_around(point, mount)
        real(point, mount, path)

    monkeypatch.setattr(walker, "list_folder", listed)


def test_a_person_who_waits_gets_the_room_and_the_walk_goes_on_where_it_was(
    backup: Backup,
    connection: HubConnection,
    small_hub: SmallHub,
    cast: Cast,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as patched:
        interrupting(patched, 2, lambda: somebody_waits(cast, backup))
        assert walk_all(connection) == 0
    assert not small_hub.mounts
    assert CataloguePoint.objects.get().state == State.WAITING
    assert Sighting.objects.exists()
    asked = small_hub.paths_of("files")
    MountTurn.objects.all().delete()
    assert "/partition-1/etc/hostname" in walked(connection, backup)
    again = small_hub.paths_of("files")[len(asked) :]
    assert not set(asked) & set(again), "no folder twice"


def test_whoever_opens_the_same_disk_takes_the_mount_over(
    backup: Backup,
    connection: HubConnection,
    small_hub: SmallHub,
    cast: Cast,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    service = MountService(actor_of(cast))
    interrupting(monkeypatch, 1, lambda: service.open(backup=backup, disk_index=0))
    walk_all(connection)
    mount = Mount.objects.get()
    assert (mount.is_spare, mount.is_open, mount.opened_by) == (False, True, cast.acme_restorer)
    assert len(small_hub.mounts) == 1
    assert used_by(QuotaKind.OPEN_MOUNTS, [cast.acme.pk]) == {cast.acme.pk: 1}
    assert CataloguePoint.objects.get(backup=backup).state == State.COMPLETE, "the walk goes on beside them"


def test_the_portal_s_own_mount_is_the_first_to_go_and_in_nobody_s_quota(
    backup: Backup,
    connection: HubConnection,
    small_hub: SmallHub,
    cast: Cast,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    other = point_of(machine(connection, cast.acme, "web02"), 3)
    counted: list[dict[Any, int]] = []

    def opens() -> None:
        counted.append(dict(used_by(QuotaKind.OPEN_MOUNTS, [cast.acme.pk])))
        small_hub.wrong.most_mounts = 1
        MountService(actor_of(cast)).open(backup=other, disk_index=0)

    interrupting(monkeypatch, 1, opens)
    point = next_point(connection)
    assert point is not None
    assert not walk(point)
    assert counted == [{}]
    assert [mount.backup for mount in Mount.objects.filter(state=Mount.State.OPEN)] == [other]


def test_a_point_that_is_being_read_can_be_deleted(
    backup: Backup, connection: HubConnection, small_hub: SmallHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert delete_conflict([backup]) is None

    def deletes() -> None:
        with pytest.raises(HubError):  # this small hub has no backups to delete
            remove(PORTAL, "backup.delete", backup)
        assert not small_hub.mounts

    interrupting(monkeypatch, 1, deletes)
    walk_all(connection)


def test_what_a_killed_walker_had_open_is_given_back_and_its_point_walked(
    backup: Backup, connection: HubConnection, small_hub: SmallHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed() -> None:
        raise SystemExit

    with monkeypatch.context() as patched:
        interrupting(patched, 1, killed)
        patched.setattr(spare, "give_back", lambda mount: True)
        with pytest.raises(SystemExit):
            walk_all(connection)
    assert len(small_hub.mounts) == 1
    assert next_point(connection) is None
    long_ago = timezone.now() - timedelta(minutes=5)
    CataloguePoint.objects.update(touched_at=long_ago)
    Mount.objects.update(created_at=long_ago)
    monkeypatch.setattr(walker.walks, "begin", lambda hub, work: work())
    tend()
    assert not small_hub.mounts
    assert "/partition-1/etc/hostname" in names_at(backup)


def test_a_hub_that_fails_is_left_alone_for_a_while_and_given_up_after_a_few_tries(
    backup: Backup, connection: HubConnection, small_hub: SmallHub
) -> None:
    small_hub.wrong.listing_error = "something broke"
    for tries in (1, 2, 3):
        assert walk_all(connection) == 0
        point = CataloguePoint.objects.get()
        assert point.tries == tries
        assert next_point(connection) is None, "not before its rest is over"
        CataloguePoint.objects.update(touched_at=timezone.now())
    assert point.state == State.FAILED
    assert point.cause
    assert not small_hub.mounts


def test_a_disk_that_can_t_be_read_is_told_with_its_reason(
    backup: Backup, connection: HubConnection, small_hub: SmallHub
) -> None:
    small_hub.wrong.mount_error = "mount operation failed: no mountable partitions found"
    walk_all(connection)
    CataloguePoint.objects.update(touched_at=timezone.now())
    walk_all(connection)
    point = CataloguePoint.objects.get()
    assert point.state == State.FAILED
    assert "can’t be read" in point.cause


def test_a_deleted_point_leaves_the_catalogue_with_all_that_only_it_held(
    backup: Backup, connection: HubConnection
) -> None:
    walk_all(connection)
    backup.gone_at = timezone.now()
    backup.save()
    tend()
    assert not CataloguePoint.objects.exists()
    assert not NameVersion.objects.exists()


def test_the_names_follow_a_machine_to_another_customer(
    backup: Backup, connection: HubConnection, cast: Cast
) -> None:
    walk_all(connection)
    backup.vm.tenant = cast.borealis
    backup.vm.save()
    for follow in followers:
        follow(backup.vm)
    names = NameVersion.objects.values_list("name__owner__tenant", "name__disk__owner__tenant").distinct()
    assert list(names) == [(cast.borealis.pk, cast.borealis.pk)]


def test_who_wants_no_names_kept_is_not_walked_and_what_was_known_is_forgotten(
    backup: Backup, connection: HubConnection, cast: Cast
) -> None:
    of_others = point_of(machine(connection, cast.borealis, "web03"), 2)
    assert walk_all(connection) == 2
    Tenant.objects.filter(pk=cast.acme.pk).update(catalogue_off=True)
    walker.forget_gone()
    owners = NameVersion.objects.values_list("name__owner__tenant", flat=True).distinct()
    assert list(owners) == [cast.borealis.pk]
    assert list(CataloguePoint.objects.values_list("backup", flat=True)) == [of_others.pk]
    assert walk_all(connection) == 0
    Tenant.objects.update(catalogue_off=False)
    assert walk_all(connection) == 1
