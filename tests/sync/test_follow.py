"""The mirror follows a real hub: what is there, what runs, what others start, what is gone."""

from datetime import timedelta

import pytest
import requests
from django.utils import timezone

from backups.models import Backup, BackupState, BackupType, Repository
from backups.services import BackupService, StartRefused
from sendense_portal.audit.models import AuditEntry
from sendense_portal.sync import leases
from sendense_portal.tenancy.models import HubConnection
from tests.conftest import Cast
from tests.sync.conftest import Follow, Followed, acting
from vms.models import VirtualMachine

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
DIALECTS = pytest.mark.parametrize("dialect", ["today", "older"])


def start(followed: Followed, cast: Cast, vm: str, backup_type: BackupType = BackupType.FULL) -> Backup:
    machine = VirtualMachine.objects.get(name=vm)
    service = BackupService(*acting(cast.provider_admin))
    return service.start(vm=machine, backup_type=backup_type, repository=Repository.objects.get())


def start_outside(followed: Followed, vm: str) -> None:
    """As the hub's own schedules do it: past the portal."""
    repository = Repository.objects.get().remote_id
    body = {"vm_name": vm, "backup_type": "full", "repository_id": repository}
    assert requests.post(f"{followed.process.url}/api/v1/backups", json=body, timeout=20).status_code == 200


@DIALECTS
def test_the_inventory_is_mirrored(follow: Follow, dialect: str) -> None:
    follow("db01", dialect=dialect)
    vm = VirtualMachine.objects.get()
    assert (vm.name, vm.disk_count, vm.tenant, vm.has_credential) == ("db01", 2, None, True)
    assert vm.cpu_count > 0
    connection = HubConnection.objects.get()
    assert (connection.state, connection.dialect) == ("up", dialect)
    repository = Repository.objects.get()
    assert repository.enabled
    assert (repository.total_bytes or 0) > (repository.available_bytes or 0) > 0


@DIALECTS
def test_a_backup_is_followed_to_its_end(follow: Follow, cast: Cast, dialect: str) -> None:
    followed = follow("web01", dialect=dialect, copy_rate=60 * 2**20)
    backup = start(followed, cast, "web01")
    seen: set[float] = set()

    def done() -> bool:
        backup.refresh_from_db()
        seen.add(backup.percent)
        return backup.state == BackupState.COMPLETED

    followed.until(done)
    assert backup.percent == 100
    assert backup.started_by == cast.provider_admin
    assert not backup.holds_vm
    vm = VirtualMachine.objects.get()
    assert (vm.restore_point_count, vm.stored_bytes > 0) == (1, True)
    ended = [event for event in followed.events if event.toast]
    assert [event.toast.tone for event in ended if event.toast] == ["success"]
    if dialect == "today":
        assert len(seen) > 2, "progress moved while it ran"


@DIALECTS
def test_a_vm_with_two_disks_completes_only_when_both_have(follow: Follow, cast: Cast, dialect: str) -> None:
    followed = follow("db01", dialect=dialect, copy_rate=40 * 2**20)
    backup = start(followed, cast, "db01")
    followed.until(lambda: Backup.objects.get().state == BackupState.COMPLETED)
    assert [disk.state for disk in Backup.objects.get().disks.all()] == [BackupState.COMPLETED] * 2
    assert Backup.objects.count() == 1
    assert backup.pk == Backup.objects.get().pk


def test_a_backup_that_others_start_appears_by_itself(follow: Follow, cast: Cast) -> None:
    followed = follow("files01")
    VirtualMachine.objects.update(tenant=cast.acme)
    start_outside(followed, "files01")
    followed.until(lambda: Backup.objects.filter(state=BackupState.COMPLETED).exists())
    backup = Backup.objects.get()
    assert (backup.origin, backup.started_by, backup.tenant) == (Backup.Origin.OUTSIDE, None, cast.acme)


def test_a_second_start_is_refused_while_one_runs(follow: Follow, cast: Cast) -> None:
    followed = follow("web01", copy_rate=20 * 2**20)
    start(followed, cast, "web01")
    with pytest.raises(StartRefused, match="already running"):
        start(followed, cast, "web01")
    assert AuditEntry.objects.filter(action="backup.start").count() == 2, "started and its outcome, once"


def test_a_start_whose_answer_is_lost_is_found_and_not_doubled(follow: Follow, cast: Cast) -> None:
    from sendense_portal.hub import HubOutcomeUnknown

    followed = follow("files01", quirks=("slow-start",), answer_limit=1)
    with pytest.raises(HubOutcomeUnknown):
        start(followed, cast, "files01")
    assert Backup.objects.get().state == BackupState.UNKNOWN
    Backup.objects.update(created_at=timezone.now() - timedelta(seconds=6))
    followed.until(lambda: Backup.objects.get().state == BackupState.COMPLETED)
    assert Backup.objects.get().origin == Backup.Origin.PORTAL
    outcomes = (
        AuditEntry.objects.filter(action="backup.start").order_by("id").values_list("outcome", flat=True)
    )
    assert list(outcomes) == ["started", "unknown"]


def test_a_start_that_never_reached_the_hub_is_called_failed(follow: Follow, cast: Cast) -> None:
    followed = follow("files01")
    vm = VirtualMachine.objects.get()
    asked_at = timezone.now() - timedelta(minutes=3)
    Backup.objects.create(
        hub=vm.hub, vm=vm, type="full", state=BackupState.UNKNOWN, created_at=asked_at, holds_vm=True
    )
    followed.round()
    backup = Backup.objects.get()
    assert (backup.state, backup.error_code, backup.holds_vm) == (
        BackupState.FAILED,
        "start_not_found",
        False,
    )


def test_a_silent_job_is_stalled_also_while_the_hub_is_down_and_recovers(follow: Follow, cast: Cast) -> None:
    followed = follow("web01", copy_rate=15 * 2**20)
    start(followed, cast, "web01")
    followed.until(lambda: Backup.objects.get().percent > 0)
    followed.process.kill()
    Backup.objects.update(progressed_at=timezone.now() - timedelta(minutes=2))
    followed.round()
    assert Backup.objects.get().state == BackupState.STALLED
    assert HubConnection.objects.get().state == HubConnection.State.DOWN
    followed.process.start()
    # The hub kept it as running; nothing copies any more, so it stays stalled until the hub gives it up.
    followed.until(lambda: HubConnection.objects.get().state == HubConnection.State.UP)
    assert Backup.objects.get().state == BackupState.STALLED


def test_the_hub_gives_a_dead_job_up_and_so_does_the_portal(follow: Follow, cast: Cast) -> None:
    followed = follow("web01", quirks=("node-crash",), copy_rate=60 * 2**20, stale_after=2)
    start(followed, cast, "web01")
    followed.until(lambda: Backup.objects.get().state == BackupState.FAILED)
    backup = Backup.objects.get()
    assert "no telemetry" in backup.error_text
    assert not backup.holds_vm


def test_what_the_hub_no_longer_lists_is_gone_and_not_deleted(follow: Follow, cast: Cast) -> None:
    followed = follow("files01")
    start(followed, cast, "files01")
    followed.until(lambda: Backup.objects.get().state == BackupState.COMPLETED)
    key = Backup.objects.get().remote_id
    requests.delete(f"{followed.process.url}/api/v1/backups/{key}", timeout=20)
    VirtualMachine.objects.update(last_listed_at=None)
    followed.round()
    assert Backup.objects.get().gone_at is not None
    assert VirtualMachine.objects.get().restore_point_count == 0


def test_deleting_asks_for_the_chain_first(follow: Follow, cast: Cast) -> None:
    from backups.services import DeleteRefused

    followed = follow("files01", finish_delay=0)
    full = start(followed, cast, "files01")
    followed.until(lambda: Backup.objects.get().state == BackupState.COMPLETED)
    increment = start(followed, cast, "files01", BackupType.INCREMENTAL)
    followed.until(lambda: not Backup.objects.exclude(state=BackupState.COMPLETED).exists())
    service = BackupService(*acting(cast.provider_admin))
    with pytest.raises(DeleteRefused, match="1 later incremental"):
        service.delete(Backup.objects.get(pk=full.pk))
    service.delete(Backup.objects.get(pk=increment.pk))
    service.delete(Backup.objects.get(pk=full.pk))
    assert Backup.objects.filter(gone_at__isnull=False).count() == 2


def test_one_process_follows_a_hub_and_another_takes_over(follow: Follow) -> None:
    followed = follow("files01")
    assert not leases.hold(followed.connection, "another")
    leases.release("test")
    assert leases.hold(followed.connection, "another")
    followed.follower.lease_until = 0.0
    assert followed.follower.round() == []


def test_a_wrong_token_is_said_on_the_connection(follow: Follow) -> None:
    followed = follow("files01")
    connection = HubConnection.objects.get()
    connection.token = "not the token"
    connection.save()
    followed.round()
    connection.refresh_from_db()
    assert connection.state == HubConnection.State.REFUSED
    assert "token" in connection.last_error
