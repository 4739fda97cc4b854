"""Rows as the sync task would leave them, for tests that need pages and not a hub."""

import itertools
from datetime import timedelta
from typing import Any

from django.utils import timezone

from backups.models import Backup, BackupState, BackupType, Repository
from sendense_portal.tenancy.models import HubConnection, Tenant
from vms.models import VirtualDisk, VirtualMachine

number = itertools.count(1)
GIB = 2**30


def make_hub(name: str = "Hub one", url: str = "http://127.0.0.1:9") -> HubConnection:
    """A connection that was up a moment ago (port 9 answers nobody)."""
    now = timezone.now()
    hub, _ = HubConnection.objects.get_or_create(
        name=name,
        defaults={
            "url": url, "state": HubConnection.State.UP, "dialect": "today", "service": "SHA API",
            "version": "1.0.0", "latency_ms": 3.0, "last_seen_at": now, "last_sync_at": now,
        },
    )  # fmt: skip
    return hub


def make_vm(name: str = "", tenant: Tenant | None = None, *, disks: int = 1, **fields: Any) -> VirtualMachine:
    """A VM with disks of 10 GiB each."""
    name = name or f"vm{next(number):03}"
    values: dict[str, Any] = {
        "hub": fields.pop("hub", None) or make_hub(),
        "remote_id": f"ctx-{name}-20261123-120000",
        "power": VirtualMachine.Power.ON,
        "operating_system": "linux",
        "has_credential": True,
        "observed_at": timezone.now(),
        "disk_count": disks,
        "disk_bytes": disks * 10 * GIB,
    } | fields
    vm = VirtualMachine.objects.create(name=name, tenant=tenant, **values)
    VirtualDisk.objects.bulk_create(
        VirtualDisk(vm=vm, index=index, remote_id=f"disk-{2000 + index}", size_bytes=10 * GIB)
        for index in range(disks)
    )
    return vm


def make_repository(name: str = "Local Main", hub: HubConnection | None = None, **fields: Any) -> Repository:
    """A repository of 100 GiB, 40 of them used."""
    hub = hub or make_hub()
    values: dict[str, Any] = {
        "remote_id": f"repo-local-{name.lower().replace(' ', '-')}", "kind": "local",
        "observed_at": timezone.now(),
        "total_bytes": 100 * GIB, "used_bytes": 40 * GIB, "available_bytes": 60 * GIB,
    } | fields  # fmt: skip
    repository, _ = Repository.objects.get_or_create(hub=hub, name=name, defaults=values)
    return repository


def make_backup(
    vm: VirtualMachine,
    state: BackupState = BackupState.COMPLETED,
    *,
    backup_type: BackupType = BackupType.FULL,
    age: timedelta = timedelta(hours=6),
    **fields: Any,
) -> Backup:
    """A backup of a VM in its customer's name, begun ``age`` ago."""
    created_at = timezone.now() - age
    values: dict[str, Any] = {
        "hub": vm.hub,
        "remote_id": f"backup-{vm.name}-{1795400000 + next(number)}",
        "tenant": vm.tenant,
        "repository": fields.pop("repository", None) or make_repository(hub=vm.hub),
        "created_at": created_at,
        "observed_at": timezone.now(),
        "total_bytes": 2 * GIB,
        "transferred_bytes": 2 * GIB if state == BackupState.COMPLETED else GIB // 2,
        "percent": 100.0 if state == BackupState.COMPLETED else 25.0,
        "completed_at": created_at + timedelta(minutes=5) if state == BackupState.COMPLETED else None,
        "holds_vm": state in (BackupState.QUEUED, BackupState.RUNNING),
    } | fields
    return Backup.objects.create(vm=vm, state=state, type=backup_type, **values)
