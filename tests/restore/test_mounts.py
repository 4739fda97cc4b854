"""Opening, sharing, renewing and closing restore points."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.utils import timezone

from backups.models import Backup
from restore.folders import FolderService
from restore.mirror import reconcile_mounts, refresh_mounts, settle_leftovers
from restore.models import Mount, MountSlots
from restore.mounts import MountClosed, MountRefused, MountService
from sendense_portal.audit.log import Actor
from sendense_portal.audit.models import AuditEntry, Outcome
from sendense_portal.hub import HubBusy, HubUnavailable
from sendense_portal.tenancy.hubs import client_for
from sendense_portal.tenancy.models import HubConnection
from sendense_portal.tenancy.roles import Action
from tests.conftest import Cast
from tests.restore.small_hub import SmallHub

State = Mount.State


def trail(action: Action) -> list[str]:
    return list(AuditEntry.objects.filter(action=action).order_by("id").values_list("outcome", flat=True))


def test_opening_is_in_the_trail_before_and_after(mount: Mount, small_hub: SmallHub, cast: Cast) -> None:
    assert (mount.state, mount.filesystem, mount.tenant) == (State.OPEN, "ext4", cast.acme)
    assert mount.remote_id in small_hub.mounts
    assert trail(Action.MOUNT_OPEN) == [Outcome.STARTED, Outcome.OK]


def test_two_people_share_one_mount(mount: Mount, point: Backup, cast: Cast, small_hub: SmallHub) -> None:
    second = MountService(Actor(cast.acme_admin, "second")).open(backup=point, disk_index=0)
    assert second == mount
    assert len(small_hub.mounts) == 1
    assert {use.person for use in mount.uses.all()} == {cast.acme_restorer, cast.acme_admin}


def test_each_disk_is_a_mount_of_its_own(mount: Mount, service: MountService, point: Backup) -> None:
    assert service.open(backup=point, disk_index=1) != mount


def test_a_point_completed_moments_ago_asks_for_patience(
    service: MountService, point: Backup, small_hub: SmallHub
) -> None:
    Backup.objects.filter(pk=point.pk).update(completed_at=timezone.now())
    point.refresh_from_db()
    small_hub.wrong.mount_error = "backup disk not found: record not found"
    with pytest.raises(MountRefused, match="Completed moments ago"):
        service.open(backup=point, disk_index=0)
    assert trail(Action.MOUNT_OPEN) == [Outcome.STARTED, Outcome.REFUSED]
    small_hub.wrong.mount_error = ""
    assert service.open(backup=point, disk_index=0).is_open


def test_a_full_hub_is_said_to_be_full(service: MountService, point: Backup, small_hub: SmallHub) -> None:
    small_hub.wrong.mount_error = "maximum concurrent mounts reached (8)"
    with pytest.raises(HubBusy, match="All mounts"):
        service.open(backup=point, disk_index=0)


def test_a_blocked_hub_is_told_to_the_provider_until_it_works_again(
    service: MountService, point: Backup, small_hub: SmallHub, connection: HubConnection
) -> None:
    small_hub.wrong.mount_error = "Duplicate entry '/dev/nbd0' for key"
    with pytest.raises(HubBusy, match="blocks"):
        service.open(backup=point, disk_index=0)
    connection.refresh_from_db()
    assert connection.mounts_poisoned_at is not None
    small_hub.wrong.mount_error = ""
    service.open(backup=point, disk_index=0)
    connection.refresh_from_db()
    assert connection.mounts_poisoned_at is None


def test_a_backup_without_files_is_not_asked_for(
    service: MountService, point: Backup, small_hub: SmallHub
) -> None:
    point.gone_at = timezone.now()
    with pytest.raises(MountRefused):
        service.open(backup=point, disk_index=0)
    assert small_hub.asked == []


def test_a_reader_who_goes_on_gets_a_new_mount_before_the_old_one_ends(
    service: MountService, mount: Mount, small_hub: SmallHub
) -> None:
    before = mount.remote_id
    Mount.objects.filter(pk=mount.pk).update(expires_at=timezone.now() + timedelta(minutes=1))
    FolderService(service, mount).folder("/partition-1")
    mount.refresh_from_db()
    assert mount.remote_id != before
    assert list(small_hub.mounts) == [mount.remote_id]
    assert mount.has_time


def test_a_hub_that_forgot_its_mounts_is_asked_again(
    service: MountService, mount: Mount, small_hub: SmallHub
) -> None:
    folders = FolderService(service, mount)
    folders.folder("/partition-1")
    small_hub.forget_mounts()
    assert folders.folder("/partition-1/etc").entry_count == 2
    assert [entry.parameters.get("renewed") for entry in AuditEntry.objects.filter(outcome="ok")].count(
        True
    ) == 1


def test_an_expired_mount_is_renewed_under_the_same_address(service: MountService, mount: Mount) -> None:
    Mount.objects.filter(pk=mount.pk).update(state=State.EXPIRED)
    assert service.usable(mount).pk == mount.pk
    mount.refresh_from_db()
    assert mount.is_open


def test_what_was_seen_stays_after_closing_and_more_needs_opening(
    service: MountService, mount: Mount, point: Backup, small_hub: SmallHub
) -> None:
    folders = FolderService(service, mount)
    folders.folder("/partition-1")
    service.close(mount)
    assert small_hub.mounts == {}
    assert trail(Action.MOUNT_CLOSE) == [Outcome.STARTED, Outcome.OK]
    assert folders.folder("/partition-1").entry_count == 5
    with pytest.raises(MountClosed):
        folders.folder("/partition-1/etc")
    service.open(backup=point, disk_index=0)
    assert folders.folder("/partition-1/etc").entry_count == 2


def test_a_dead_hub_leaves_nothing_half_open(service: MountService, point: Backup) -> None:
    HubConnection.objects.update(url="http://127.0.0.1:9")
    point.hub.refresh_from_db()
    with pytest.raises(HubUnavailable):
        service.open(backup=point, disk_index=0)
    assert Mount.objects.get().state == State.FAILED


def test_sync_ends_what_the_hub_no_longer_lists(
    mount: Mount, small_hub: SmallHub, connection: HubConnection
) -> None:
    small_hub.forget_mounts()
    small_hub.mount("made-elsewhere", 0)
    events = list(refresh_mounts(connection, client_for(connection)))
    mount.refresh_from_db()
    assert (mount.state, [event.pk for event in events]) == (State.EXPIRED, [str(mount.pk)])
    slots = MountSlots.objects.get()
    assert (slots.active, slots.maximum, slots.outside) == (1, 8, 1)


def test_sync_does_not_judge_a_mount_made_while_it_asked(mount: Mount, connection: HubConnection) -> None:
    asked_at = mount.created_at - timedelta(seconds=1)
    assert list(reconcile_mounts(connection, [], asked_at)) == []
    mount.refresh_from_db()
    assert mount.is_open


def test_an_opening_left_by_a_killed_process_is_settled_and_can_be_repeated(
    service: MountService, point: Backup, connection: HubConnection
) -> None:
    left = Mount.objects.create(
        hub=connection, backup=point, tenant=point.tenant, created_at=timezone.now() - timedelta(minutes=2)
    )
    assert service.open(backup=point, disk_index=0) == left
    long_ago = timezone.now() - timedelta(minutes=2)
    Mount.objects.filter(pk=left.pk).update(state=State.OPENING, created_at=long_ago)
    assert len(list(settle_leftovers(connection))) == 1
    left.refresh_from_db()
    assert left.state == State.FAILED


def test_what_the_hub_opened_for_a_killed_process_is_given_back(
    point: Backup, small_hub: SmallHub, connection: HubConnection
) -> None:
    hub = client_for(connection)
    hub.restore.mount(backup_id=point.remote_id or "", disk_index=0)
    elsewhere = small_hub.mount("made-elsewhere", 0)["mount_id"]
    two_minutes_ago = timezone.now() - timedelta(minutes=2)
    left = Mount.objects.create(hub=connection, backup=point, tenant=point.tenant, created_at=two_minutes_ago)
    list(settle_leftovers(connection))
    list(refresh_mounts(connection, hub))
    left.refresh_from_db()
    assert (left.state, left.is_unsettled) == (State.FAILED, False)
    assert list(small_hub.mounts) == [elsewhere], "what others opened is theirs"
    assert trail(Action.MOUNT_CLOSE) == [Outcome.STARTED, Outcome.OK]
    asked = len(small_hub.paths_of("mount"))
    list(refresh_mounts(connection, hub))
    assert len(small_hub.paths_of("mount")) == asked, "settled once"


@pytest.mark.usefixtures("removable_trail")
@pytest.mark.django_db(transaction=True)
def test_ten_people_at_once_make_one_mount(small_hub: SmallHub, cast: Cast, point: Backup) -> None:
    from django.db import connections

    together, opened = Barrier(10), []

    def open_it() -> None:
        together.wait()
        try:
            opened.append(MountService(Actor(cast.acme_restorer, "x")).open(backup=point, disk_index=0).pk)
        finally:
            connections.close_all()

    threads = [Thread(target=open_it) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(opened) == 10
    assert len(set(opened)) == 1
    assert len(small_hub.mounts) == 1
    assert len(small_hub.paths_of("mount")) == 1
