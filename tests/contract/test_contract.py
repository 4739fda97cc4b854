"""What the portal relies on, held against every kind of hub with the very same checks."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec

import pytest

from sendense_portal.hub import (
    Backup,
    Code,
    Dialect,
    HubBusy,
    HubError,
    HubNotFound,
    HubOutcomeUnknown,
    HubRejected,
    Mount,
    UnsafePath,
)

from .targets import Target, localhub, named_by_environment, transcripts

KINDS = ["transcripts"]
if find_spec("tests.localhub_process"):
    KINDS += ["localhub-today", "localhub-older"]
if "HUB_URL" in os.environ:
    KINDS += ["HUB_URL"]
GOING = {"pending", "running", "started"}
SECRETS = ("qcow2", "/backup/", "/mnt/", "/dev/nbd", "nbd://", "file_path", "password", "/multi-disk-parent")


@pytest.fixture(scope="module", params=KINDS)
def target(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    if request.param == "HUB_URL":
        with named_by_environment() as target:
            yield target
    elif request.param == "transcripts":
        with transcripts() as target:
            yield target
    else:
        dialect = Dialect(request.param.removeprefix("localhub-"))
        with localhub(tmp_path_factory.mktemp("hub"), dialect) as target:
            yield target


@pytest.fixture(scope="module")
def dialect(target: Target) -> Dialect:
    return target.hub.dialect or target.hub.probe().dialect


@pytest.fixture(scope="module")
def vm_name(target: Target) -> str:
    if target.vm is None:
        pytest.skip("no VM may be backed up here: HUB_VM is not set")
    return target.vm


@pytest.fixture(scope="module")
def repository(target: Target) -> str:
    return target.repository or target.hub.repositories.list()[0].id


@pytest.fixture(scope="module")
def disks(target: Target, vm_name: str) -> list[int]:
    if target.recorded:
        return [0]  # the recorded VM has one; its list of disks was not asked for
    (vm,) = (vm for vm in target.hub.vms.list() if vm.vm_name == vm_name)
    return list(range(len(target.hub.vms.disks(vm.context_id))))


@pytest.fixture(scope="module")
def started(target: Target, vm_name: str, repository: str, disks: list[int]) -> Backup:
    return target.hub.backups.start(
        vm_name=vm_name, backup_type="full", repository_id=repository, disk_ids=disks, tags=target.tags
    )


@pytest.fixture(scope="module")
def full(target: Target, started: Backup) -> Backup:
    """The full backup when it has ended, seen at least once on its way."""
    return ended(target, started)


def ended(target: Target, backup: Backup) -> Backup:
    """The job's end: of all its disks, since its own word comes after the first (surprises 12 and 13)."""
    until = time.monotonic() + 300
    while time.monotonic() < until:
        now = target.hub.backups.get(backup.backup_id)
        jobs = [] if target.recorded else [disk.job_id for disk in backup.disks if disk.job_id]
        if now.status not in GOING and not any(target.hub.backups.disk_status(job) in GOING for job in jobs):
            return now
        time.sleep(target.poll)
    raise AssertionError(f"{backup.backup_id} did not end")


@pytest.fixture(scope="module")
def mount(target: Target, full: Backup, started: Backup) -> Mount:
    """The first disk of the full, which the hub may still be finishing for a moment (surprise 12)."""
    until = time.monotonic() + 120
    while True:
        try:
            return target.hub.restore.mount(
                backup_id=full.backup_id, disk_index=0, disk_job_id=started.disks[0].job_id
            )
        except HubRejected as error:
            if error.code is not Code.NOT_RESTORABLE_YET or time.monotonic() > until:
                raise
            time.sleep(target.poll)


def secrets_in(*things: object) -> list[str]:
    return [secret for secret in SECRETS if secret in repr(things)]


def test_the_connection_test_succeeds(target: Target) -> None:
    found = target.hub.probe()
    assert found.dialect is (target.dialect or found.dialect)
    assert found.service
    assert found.latency_ms < 5000
    if not target.recorded:
        assert abs(found.clock_skew) < timedelta(minutes=1)


def test_vms_have_what_a_start_needs(target: Target) -> None:
    vms = target.hub.vms.list()
    assert vms
    assert len({vm.context_id for vm in vms}) == len(vms)
    for vm in vms:
        assert vm.vm_name and vm.memory_mb >= 0 and vm.cpu_count >= 0
    if target.vm:
        assert [vm.credential_id for vm in vms if vm.vm_name == target.vm] != [None]
    assert not secrets_in(vms)


def test_disks_are_listed_in_order(target: Target) -> None:
    name = "db01" if target.recorded else target.vm
    vm = next(vm for vm in target.hub.vms.list() if name in (None, vm.vm_name))
    found = target.hub.vms.disks(vm.context_id)
    assert [disk.disk_id for disk in found] == sorted(disk.disk_id for disk in found)
    assert found
    assert target.hub.vms.disks("ctx-none") == []


def test_a_machine_that_nothing_replicates_says_so(target: Target) -> None:
    name = "web01" if target.recorded else target.vm
    vm = next(vm for vm in target.hub.vms.list() if name in (None, vm.vm_name))
    assert target.hub.replications.of(vm.context_id, vm.vm_name).current is None
    with pytest.raises(HubNotFound):
        target.hub.replications.of("ctx-none", "none")


def test_repositories_are_sorted_and_say_how_full_they_are(target: Target, repository: str) -> None:
    found = target.hub.repositories.list()
    assert [one.name for one in found] == sorted(one.name for one in found)
    (one,) = (one for one in found if one.id == repository)
    assert one.storage is not None and one.storage.available_bytes <= one.storage.total_bytes
    storage = target.hub.repositories.storage(repository)
    assert storage.total_bytes == one.storage.total_bytes
    target.hub.repositories.refresh()
    assert not secrets_in(found, storage)


def test_the_hub_s_own_policies_schedules_and_flows_are_read(
    target: Target, dialect: Dialect, repository: str
) -> None:
    """A target that may be written to gets a policy, which is then taken away by the client."""
    second = target.make_rules(repository) if target.make_rules else ""
    policies, schedules, flows = (
        target.hub.rules.policies(), target.hub.rules.schedules(), target.hub.rules.flows(),
    )  # fmt: skip
    ids = [policy.id for policy in policies] + [schedule.id for schedule in schedules]
    ids += [flow.id for flow in flows]
    assert len(set(ids)) == len(ids)
    assert not secrets_in(policies, schedules, flows)
    if dialect is Dialect.OLDER:
        assert flows == []
    if target.make_rules or target.recorded:
        assert [policy.primary_repository_id for policy in policies] == [repository]
        assert {len(schedule.cron.split()) for schedule in schedules} == {5, 6}
    if target.make_rules:
        assert [(copy.repository_id, copy.mode) for copy in policies[0].copies] == [(second, "manual")]
        target.hub.rules.delete_policy(policies[0].id)
        assert target.hub.rules.policies() == []
        with pytest.raises(HubError):
            target.hub.rules.delete_policy(policies[0].id)


def test_a_start_answers_with_the_disks_and_their_jobs(
    started: Backup, vm_name: str, disks: list[int]
) -> None:
    assert started.vm_name == vm_name
    assert started.status in GOING | {"completed"}
    assert [disk.disk_index for disk in started.disks] == disks
    assert all(disk.job_id and disk.job_id.startswith("backup-") for disk in started.disks)
    assert not secrets_in(started)


def test_a_full_backup_completes_and_knows_its_times(target: Target, started: Backup, full: Backup) -> None:
    assert full.status == "completed"
    assert full.backup_id == started.backup_id
    assert full.disks_count == len(started.disks)
    assert full.created_at and full.completed_at and full.created_at <= full.completed_at
    assert started.created_at and abs(full.created_at - started.created_at) <= timedelta(seconds=1)
    if not target.recorded:
        assert abs(full.created_at - datetime.now(UTC)) < timedelta(minutes=10)
    assert not secrets_in(full)


def test_each_disk_of_ones_own_start_has_its_own_status(
    target: Target, started: Backup, full: Backup
) -> None:
    if target.recorded:
        pytest.skip("was not recorded: the hidden row of a disk was read on another hub")
    for disk in started.disks:
        assert disk.job_id
        assert target.hub.backups.disk_status(disk.job_id) == "completed"


@pytest.mark.parametrize("selector", ["vm_name", "vm_context_id", "repository_id", "status"])
def test_every_selector_lists_the_backup(target: Target, full: Backup, selector: str) -> None:
    found = target.hub.backups.list(**{selector: getattr(full, selector)})
    assert full.backup_id in [backup.backup_id for backup in found]
    assert all(getattr(backup, selector) == getattr(full, selector) for backup in found)
    times = [backup.created_at for backup in found if backup.created_at]
    assert times == sorted(times, reverse=True)
    assert not secrets_in(found)


def test_running_backups_are_running(target: Target, full: Backup) -> None:
    running = target.hub.backups.running()
    assert {backup.status for backup in running} <= GOING
    assert target.recorded or full.backup_id not in [backup.backup_id for backup in running]


def test_statistics_count_completed_backups(target: Target, dialect: Dialect, full: Backup) -> None:
    stats = target.hub.backups.stats(full.vm_name, full.repository_id)
    if dialect is Dialect.OLDER:
        assert stats is None
    else:
        assert stats is not None
        assert stats.backup_count >= (0 if target.recorded else 1)


def test_a_mount_is_of_the_disk_asked_for_and_lasts_an_hour(
    target: Target, mount: Mount, full: Backup
) -> None:
    assert (mount.backup_id, mount.disk_index) == (full.backup_id, 0)
    assert mount.status in ("mounted", "mounting")
    assert mount.expires_at - mount.created_at == timedelta(hours=1)
    assert mount.mount_id in [one.mount_id for one in target.hub.restore.mounts()]
    slots = target.hub.restore.resources()
    assert slots.active >= 1 and slots.active + slots.available == slots.maximum
    assert not secrets_in(mount, slots, target.hub.restore.mounts())


def test_the_same_disk_mounted_again_is_the_same_mount(target: Target, mount: Mount, started: Backup) -> None:
    again = target.hub.restore.mount(
        backup_id=mount.backup_id, disk_index=0, disk_job_id=started.disks[0].job_id
    )
    assert again.mount_id == mount.mount_id


def test_folders_are_walked_by_their_paths(target: Target, dialect: Dialect, mount: Mount) -> None:
    found = target.hub.restore.files(mount.mount_id, "/")
    assert found
    if dialect is Dialect.TODAY:
        assert found[0].path.startswith("/partition-")
        assert found[0].kind == "directory"
    assert not secrets_in(found)


def test_a_file_comes_back_as_it_was(target: Target, mount: Mount) -> None:
    if target.file is None:
        pytest.skip("no file is known inside the VM of this hub")
    path, content = target.file
    listed = {
        entry.path: entry for entry in target.hub.restore.files(mount.mount_id, path.rpartition("/")[0])
    }
    entry = listed[path] if target.recorded else target.hub.restore.file_info(mount.mount_id, path)
    assert entry == listed[path]
    assert (entry.kind, entry.size) == ("file", len(content))
    with target.hub.restore.open(mount.mount_id, path) as download:
        assert download.length == len(content)
        assert b"".join(iter(download.read, b"")) == content


def test_links_are_shown_as_links(target: Target, dialect: Dialect, mount: Mount) -> None:
    if not target.links:
        pytest.skip("no link is known inside the VM of this hub")
    folder = "/partition-1/etc" if dialect is Dialect.TODAY else "/etc"
    links = [entry for entry in target.hub.restore.files(mount.mount_id, folder) if entry.kind == "symlink"]
    assert links


def test_names_of_all_languages_come_back_as_they_were(
    target: Target, dialect: Dialect, mount: Mount
) -> None:
    if not target.languages:
        pytest.skip("the file with such a name is only in the VMs made for this test")
    root = "/partition-1" if dialect is Dialect.TODAY else ""
    (entry,) = target.hub.restore.files(mount.mount_id, f"{root}/Документы")
    assert entry.name == "отчёт 100%+.txt"
    with target.hub.restore.open(mount.mount_id, entry.path) as download:
        assert download.read() == "привет\n".encode()


def test_what_is_missing_in_a_mount_is_not_found(target: Target, dialect: Dialect, mount: Mount) -> None:
    missing = "/partition-1/nope" if dialect is Dialect.TODAY else "/nope"
    for call in (target.hub.restore.files, target.hub.restore.file_info, target.hub.restore.open):
        with pytest.raises(HubNotFound) as caught:
            call(mount.mount_id, missing)
        assert caught.value.code is Code.PATH_MISSING
        assert not secrets_in(str(caught.value), repr(caught.value))


def test_a_path_out_of_the_mount_is_never_asked_for(target: Target, mount: Mount) -> None:
    with pytest.raises(UnsafePath):
        target.hub.restore.files(mount.mount_id, "/partition-1/../../../../etc")


def test_what_is_unknown_is_not_found(target: Target) -> None:
    hub = target.hub
    for call in (
        lambda: hub.backups.get("backup-none-1"),
        lambda: hub.backups.delete("backup-none-1"),
        lambda: hub.backups.list(vm_name="nosuchvm"),
        lambda: hub.restore.files("none", "/"),
    ):
        with pytest.raises(HubNotFound) as caught:
            call()
        assert caught.value.code in (Code.BACKUP_MISSING, Code.VM_MISSING, Code.MOUNT_GONE)


def test_unknown_contexts_and_repositories_have_no_backups(target: Target) -> None:
    if target.recorded:
        pytest.skip("was not recorded")
    assert target.hub.backups.list(vm_context_id="ctx-none") == []
    assert target.hub.backups.list(repository_id="repo-none") == []


def test_a_start_of_an_unknown_vm_is_no_backup(target: Target) -> None:
    repository = target.repository or target.hub.repositories.list()[0].id
    with pytest.raises((HubOutcomeUnknown, HubNotFound)):
        target.hub.backups.start(
            vm_name="nosuchvm", backup_type="full", repository_id=repository, disk_ids=[0]
        )


def test_an_incremental_without_a_full_is_refused(target: Target) -> None:
    if target.vm is None:
        pytest.skip("no VM may be backed up here: HUB_VM is not set")
    repository = target.repository or target.hub.repositories.list()[0].id
    with pytest.raises(HubRejected) as caught:
        target.hub.backups.start(
            vm_name="web01",
            backup_type="incremental",
            repository_id=repository,
            disk_ids=[0],
        )
    assert caught.value.code in (Code.FULL_NEEDED, Code.CHAIN_MISSING)


def test_a_mount_of_an_unknown_backup_is_refused(target: Target) -> None:
    with pytest.raises((HubRejected, HubBusy)):
        target.hub.restore.mount(backup_id="backup-none-1", disk_index=0, disk_job_id="backup-none-1")


def test_an_incremental_follows_the_full(target: Target, full: Backup, disks: list[int]) -> None:
    if target.recorded:
        pytest.skip("the recorded incremental belongs to another step of its life cycle")
    start = target.hub.backups.start(
        vm_name=full.vm_name, backup_type="incremental", repository_id=full.repository_id, disk_ids=disks
    )
    done = ended(target, start)
    assert (done.status, done.backup_type) == ("completed", "incremental")
    newest = target.hub.backups.list(vm_context_id=full.vm_context_id)
    assert [backup.backup_id for backup in newest][:2] == [done.backup_id, full.backup_id]
    time.sleep(2)
    target.hub.backups.delete(done.backup_id, [disk.job_id for disk in start.disks if disk.job_id])
    with pytest.raises(HubNotFound):
        target.hub.backups.get(done.backup_id)


def test_an_ended_mount_is_gone(target: Target, dialect: Dialect, mount: Mount) -> None:
    """Last in this file, for it ends the mount that the others use."""
    if target.recorded:
        pytest.skip("the recorded hub had ended another mount")
    assert target.hub.restore.unmount(mount.mount_id)
    assert mount.mount_id not in [one.mount_id for one in target.hub.restore.mounts()]
    with pytest.raises(HubError) as caught:
        target.hub.restore.files(mount.mount_id, "/")
    assert caught.value.code is Code.MOUNT_GONE
    assert target.hub.restore.unmount(mount.mount_id) is (dialect is Dialect.OLDER)
