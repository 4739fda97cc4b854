"""The older dialect's jobs of single disks come out as backups of whole VMs, the same each time."""

from __future__ import annotations

import json
import socket
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sendense_portal.hub import (
    Code,
    Dialect,
    Hub,
    HubBusy,
    HubError,
    HubFailed,
    HubNotFound,
    HubOutcomeUnknown,
    HubPartlyStarted,
    HubRejected,
)

from .servers import NO_ROUTE, Reply, Request, http, ok, replay, serving
from .transcripts import Transcript, older

T0 = datetime(2025, 10, 5, 18, 0, 0, tzinfo=UTC)


class OlderHub:
    """Keeps jobs as the older hub does: lists by the first selector given, one job a disk, starts in turn."""

    def __init__(self, *jobs: dict[str, Any], fails_on_disk: int | None = None, fault: Reply = None) -> None:
        self.jobs = {job["backup_id"]: job for job in jobs}
        self.fails_on_disk = fails_on_disk
        self.fault = fault
        self.starts: list[float] = []

    def __call__(self, request: Request, connection: socket.socket) -> Reply:
        path = request.path.removeprefix("/api/v1/backup/")
        if request.method == "POST" and path == "start":
            return self.start(json.loads(request.body))
        if request.method == "POST":
            sent = json.loads(request.body)
            return ok(json.dumps(self.mount(sent["backup_id"])))
        if path == "list":
            key, _, value = request.target.partition("?")[2].partition("=")
            found = [job for job in self.jobs.values() if job[key] == value]
            return ok(json.dumps({"backups": found, "total": len(found)}))
        if path not in self.jobs:
            return http(404, '{"error":"backup not found","details":"","timestamp":""}')
        if request.method == "DELETE":
            del self.jobs[path]
            return ok(json.dumps({"message": "backup deleted successfully", "backup_id": path}))
        return ok(json.dumps(self.jobs[path]))

    def start(self, sent: dict[str, Any]) -> Reply:
        self.starts.append(time.monotonic())
        if sent["disk_id"] == self.fails_on_disk:
            return self.fault
        new = job(sent["disk_id"], after=len(self.jobs), status="running")
        self.jobs[new["backup_id"]] = new
        return http(202, json.dumps(new))

    @staticmethod
    def mount(backup_id: str) -> dict[str, Any]:
        times = {"created_at": "2026-11-22T23:56:01-05:00", "expires_at": "2026-11-23T00:56:01-05:00"}
        secret = {"mount_path": "/mnt/restore/x", "nbd_device": "/dev/nbd0"}
        return (
            {"mount_id": "m1", "backup_id": backup_id, "filesystem_type": "ext4", "status": "mounted"}
            | times
            | secret
        )


def job(
    disk: int, *, after: int = 0, vm: str = "db01", status: str = "completed", **more: Any
) -> dict[str, Any]:
    made = T0 + timedelta(seconds=after)
    return {
        "backup_id": f"backup-{vm}-disk{disk}-{made:%Y%m%d-%H%M%S}",
        "vm_context_id": f"ctx-{vm}",
        "vm_name": vm,
        "disk_id": disk,
        "backup_type": "full",
        "repository_id": "repo-1",
        "status": status,
        "file_path": "/backup/secret.qcow2",
        "bytes_transferred": 40,
        "total_bytes": 100,
        "created_at": f"{made:%Y-%m-%dT%H:%M:%SZ}",
    } | more  # fmt: skip


def hub_of(url: str) -> Hub:
    return Hub(url, dialect=Dialect.OLDER)


def disks_of(hub: Hub, **selector: str) -> list[tuple[str, list[int], str]]:
    return [
        (backup.backup_id, [disk.disk_index for disk in backup.disks], backup.status)
        for backup in hub.backups.list(**selector)
    ]


FULL = "backup-db01-disk0-20251005-180000"


def test_the_disks_of_one_start_are_one_backup() -> None:
    ended: dict[str, Any] = {"started_at": "2025-10-05T18:00:01Z", "completed_at": "2025-10-05T18:00:09Z"}
    with serving(OlderHub(job(0, **ended), job(1, after=2, completed_at="2025-10-05T18:00:30Z"))) as server:
        (backup,) = hub_of(server.url).backups.list(vm_context_id="ctx-db01")
        assert backup == hub_of(server.url).backups.get(FULL)
    assert (backup.backup_id, backup.status, backup.disks_count) == (FULL, "completed", 2)
    assert (backup.bytes_transferred, backup.total_bytes, backup.progress_percent) == (80, 200, 40.0)
    assert backup.created_at == T0
    assert backup.completed_at == T0 + timedelta(seconds=30)
    assert [disk.job_id for disk in backup.disks] == [FULL, "backup-db01-disk1-20251005-180002"]
    assert "secret" not in repr(backup)


def test_a_second_run_a_late_disk_another_type_and_another_repository_are_backups_of_their_own() -> None:
    jobs = [
        job(0),
        job(1, after=119),
        job(2, after=240),
        job(0, after=1000),
        job(1, after=1001, backup_type="incremental"),
        job(1, after=1002, repository_id="repo-2"),
        job(1, after=1003),
        job(0, after=1, vm="web01"),
    ]
    with serving(OlderHub(*jobs)) as server:
        found = disks_of(hub_of(server.url), vm_context_id="ctx-db01")
    assert [disks for _, disks, _ in found] == [[1], [1], [0, 1], [2], [0, 1]]


@pytest.mark.parametrize(
    ("statuses", "whole"),
    [
        (("completed", "completed"), "completed"),
        (("completed", "running"), "running"),
        (("completed", "pending"), "running"),
        (("pending", "pending"), "pending"),
        (("failed", "running"), "running"),
        (("failed", "completed"), "failed"),
        (("completed", "cancelled"), "cancelled"),
    ],
)
def test_a_backup_is_done_when_every_disk_is(statuses: tuple[str, str], whole: str) -> None:
    jobs = [job(disk, after=disk, status=status) for disk, status in enumerate(statuses)]
    with serving(OlderHub(*jobs)) as server:
        assert disks_of(hub_of(server.url), vm_name="db01") == [(FULL, [0, 1], whole)]


def test_a_running_backup_keeps_its_id_when_its_first_disk_is_done() -> None:
    with serving(OlderHub(job(0), job(1, after=1, status="running"), job(0, vm="web01"))) as server:
        running = hub_of(server.url).backups.running()
    assert [(backup.backup_id, len(backup.disks)) for backup in running] == [(FULL, 2)]


def test_a_list_by_status_goes_by_the_whole_backup() -> None:
    with serving(OlderHub(job(0), job(1, after=1, status="running"), job(0, after=900))) as server:
        found = disks_of(hub_of(server.url), status="completed")
    assert found == [("backup-db01-disk0-20251005-181500", [0], "completed")]


def test_the_job_of_a_later_disk_is_no_backup_but_has_a_status() -> None:
    with serving(OlderHub(job(0), job(1, after=1, status="running"))) as server:
        hub = hub_of(server.url)
        with pytest.raises(HubNotFound):
            hub.backups.get("backup-db01-disk1-20251005-180001")
        assert hub.backups.disk_status("backup-db01-disk1-20251005-180001") == "running"


def test_a_start_makes_one_job_a_disk_more_than_a_second_apart() -> None:
    older_hub = OlderHub()
    with serving(older_hub) as server:
        hub = hub_of(server.url)
        backup = hub.backups.start(
            vm_name="db01", backup_type="full", repository_id="repo-1", disk_ids=[0, 1, 2]
        )
        assert backup == hub.backups.get(backup.backup_id)
    assert [disk.disk_index for disk in backup.disks] == [0, 1, 2]
    gaps = [later - earlier for earlier, later in zip(older_hub.starts, older_hub.starts[1:], strict=False)]
    assert min(gaps) >= 1.1


@pytest.mark.parametrize("fault", [http(500, '{"error":"failed to start backup","details":"no"}'), None])
def test_a_start_that_fails_half_way_says_what_runs(fault: Reply) -> None:
    with serving(OlderHub(fails_on_disk=1, fault=fault)) as server, pytest.raises(HubPartlyStarted) as caught:
        hub_of(server.url).backups.start(
            vm_name="db01", backup_type="full", repository_id="repo-1", disk_ids=[0, 1]
        )
    assert caught.value.started is not None
    assert caught.value.started.backup_id == FULL
    assert isinstance(caught.value.__cause__, HubFailed if fault else HubOutcomeUnknown)


def test_a_start_that_fails_at_the_first_disk_fails_as_it_is() -> None:
    refusal = next(
        said for said in older("older-dialect.txt") if said.status == 500 and said.method == "POST"
    )
    refusing = OlderHub(fails_on_disk=0, fault=http(500, refusal.answer))
    with serving(refusing) as server, pytest.raises(HubRejected) as caught:
        hub_of(server.url).backups.start(
            vm_name="db01", backup_type="full", repository_id="repo-1", disk_ids=[0, 1]
        )
    assert caught.value.code is Code.START_UNSUPPORTED
    assert caught.value.started is None


def test_a_delete_takes_all_disks_and_the_first_one_last() -> None:
    older_hub = OlderHub(job(0), job(1, after=1), job(0, after=500))
    with serving(older_hub) as server:
        hub = hub_of(server.url)
        hub.backups.delete(FULL)
        deleted = [
            request.path.rpartition("/")[2] for request in server.requests if request.method == "DELETE"
        ]
        with pytest.raises(HubNotFound):
            hub.backups.delete(FULL)
    assert deleted == ["backup-db01-disk1-20251005-180001", FULL]
    assert list(older_hub.jobs) == ["backup-db01-disk0-20251005-180820"]


def test_a_mount_is_of_the_backup_and_disk_that_were_asked_for() -> None:
    with serving(OlderHub(job(0), job(1, after=1))) as server:
        hub = hub_of(server.url)
        for job_id in ("backup-db01-disk1-20251005-180001", None):
            mount = hub.restore.mount(backup_id=FULL, disk_index=1, disk_job_id=job_id)
            assert (mount.backup_id, mount.disk_index) == (FULL, 1)
            assert json.loads(server.requests[-1].body) == {"backup_id": "backup-db01-disk1-20251005-180001"}
        assert hub.utc_offset == timedelta(hours=-5)
        with pytest.raises(HubRejected):
            hub.restore.mount(backup_id=FULL, disk_index=7)


def test_it_has_no_statistics() -> None:
    with serving(OlderHub()) as server:
        assert hub_of(server.url).backups.stats("db01", "repo-1") is None
        assert not server.requests


# --- recorded answers of a real older hub


def recorded(name: str, part: str) -> Transcript:
    found = (said for said in older(name) if part in f"{said.method} {said.target} {said.status}")
    return next(found)


def test_the_recorded_list_is_read_as_two_backups_of_one_disk() -> None:
    listing = recorded("older-dialect.txt", "/backup/list?vm_name=web01 200")
    with serving(replay(listing)) as server:
        backups = hub_of(server.url).backups.list(vm_name="web01")
    assert [(backup.backup_type, backup.disks_count, backup.total_bytes) for backup in backups] == [
        ("incremental", 1, 1 << 30),
        ("full", 1, 1 << 30),
    ]


def test_the_recorded_unknown_vm_is_not_found() -> None:
    panic = recorded("older-dialect.txt", "vm_name=ghost")
    health = Transcript(
        "", "GET", "/health", b"", 200, (), b'{"service":"OMA API","timestamp":"2026-11-23T04:49:45Z"}'
    )
    with serving(replay(panic, health)) as server, pytest.raises(HubNotFound) as caught:
        hub_of(server.url).backups.list(vm_name="ghost")
    assert caught.value.code is Code.VM_MISSING


def test_the_recorded_repositories_are_a_bare_array() -> None:
    with serving(replay(recorded("older-dialect.txt", "/repositories 200"))) as server:
        assert hub_of(server.url).repositories.list() == []


def test_the_recorded_mounts_files_and_download_are_read() -> None:
    name = "older-restore.txt"
    mounts = recorded(name, "/restore/mounts 200")
    files = recorded(name, "/files 200")
    file = recorded(name, "/download?path=/d/f.txt 200")
    with serving(replay(mounts, files, file)) as server:
        hub = hub_of(server.url)
        (mount,) = hub.restore.mounts()
        (entry,) = hub.restore.files(mount.mount_id, "/")
        with hub.restore.open(mount.mount_id, "/d/f.txt") as download:
            assert download.read() == b"hi"
    assert mount.backup_id == "backup-web01-disk0-20251005-180000"
    assert mount.expires_at - mount.created_at == timedelta(hours=1)
    assert (entry.path, entry.kind) == ("/d", "directory")


@pytest.mark.parametrize(
    ("part", "name", "kind", "code"),
    [
        ("GET /api/v1/restore/mounts 500", "older-dialect.txt", HubFailed, "failed"),
        ("/restore/nope/files 500", "older-restore.txt", HubNotFound, "mount_gone"),
        ("/files?path=/d/../../../etc 500", "older-restore.txt", HubNotFound, "path_missing"),
        ("/download?path=/d 500", "older-restore.txt", HubRejected, "not_a_file"),
        ("POST /api/v1/restore/mount 500", "older-restore.txt", HubRejected, "not_restorable_yet"),
    ],
)
def test_the_recorded_refusals_are_understood(part: str, name: str, kind: type[HubError], code: str) -> None:
    said = recorded(name, part)
    with serving(lambda request, connection: http(said.status, said.answer)) as server:
        hub = hub_of(server.url)
        with pytest.raises(kind) as caught:
            hub.restore.files("m", "/d")
    assert caught.value.code.value == code
    assert "1146" not in str(caught.value)


def test_disks_are_found_in_the_details_where_there_is_no_route_for_them() -> None:
    vm = {"context_id": "ctx-1", "vm_name": "web 01"}
    answers = {
        "/api/v1/vm-contexts": {"vm_contexts": [vm]},
        "/api/v1/vm-contexts/web%2001": {"context": vm, "disks": [{"disk_id": "disk-2000", "size_gb": 8}]},
    }

    def answer(request: Request, connection: socket.socket) -> Reply:
        return ok(json.dumps(answers[request.path])) if request.path in answers else NO_ROUTE

    with serving(answer) as server:
        hub = hub_of(server.url)
        assert [(disk.disk_id, disk.size_gb) for disk in hub.vms.disks("ctx-1")] == [("disk-2000", 8)]
        assert hub.vms.disks("ctx-unknown") == []


def test_full_mounts_are_busy() -> None:
    said = '{"error":"failed to mount backup: maximum concurrent mounts reached (8/8) - please wait"}'
    with serving(lambda request, connection: http(500, said)) as server, pytest.raises(HubBusy) as caught:
        hub_of(server.url).restore.mount(backup_id=FULL, disk_index=0, disk_job_id=FULL)
    assert caught.value.code is Code.MOUNTS_FULL
