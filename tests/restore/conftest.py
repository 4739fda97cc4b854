"""A restore point at a small hub, and whoever looks into it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.http import HttpResponseBase
from django.test import Client
from django.urls import reverse

from backups.models import Backup, BackupDisk
from restore.models import Mount, MountSlots, MountTurn
from restore.mounts import MountService
from restore.spool import spool
from sendense_portal.audit.log import Actor
from sendense_portal.hub import records
from sendense_portal.tenancy.models import HubConnection
from tests.conftest import AsPerson, Cast
from tests.factories import make_backup, make_hub, make_vm
from tests.localhub_process import LocalHub
from tests.restore.small_hub import Content, Link, SmallHub
from vms.models import VirtualMachine

WEB_DATA = r"Partition 1 - web\x20data (1.9 GB)"


@pytest.fixture(autouse=True)
def fresh_spool(settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.SPOOL_DIR = tmp_path / "spool"
    settings.PARCEL_DIR = tmp_path / "parcels"
    spool.cache_clear()
    yield
    spool().close()
    spool.cache_clear()


def small_hub_files() -> dict[str, Content]:
    """A partition with a little of everything, and something of the hub's own disk."""
    return {
        "/partition-1": None,
        "/partition-1/etc": None,
        "/partition-1/etc/hostname": b"web01\n",
        "/partition-1/etc/empty": None,
        "/partition-1/big.bin": bytes(range(256)) * 12_000,
        "/partition-1/nothing": b"",
        "/partition-1/away": Link("/host"),
        "/partition-1/secret.txt": Link("/host/passwd"),
        "/host": None,
        "/host/passwd": b"root of the hub",
    }


@pytest.fixture
def small_hub() -> Iterator[SmallHub]:
    with SmallHub(small_hub_files(), {"/partition-1": WEB_DATA}) as hub:
        yield hub


@pytest.fixture
def connection(db: None, small_hub: SmallHub) -> HubConnection:
    return make_hub(url=small_hub.url)


@pytest.fixture
def room(connection: HubConnection) -> MountSlots:
    """The hub has eight mounts and none is taken."""
    return MountSlots.objects.create(hub=connection, maximum=8)


@pytest.fixture
def point(cast: Cast, connection: HubConnection) -> Backup:
    """A completed backup of one of Acme's VMs."""
    return make_backup(make_vm("web01", cast.acme, hub=connection))


@pytest.fixture
def service(cast: Cast) -> MountService:
    """The mounts of Acme's restore operator."""
    return MountService(actor_of(cast))


@pytest.fixture
def mount(service: MountService, point: Backup) -> Mount:
    """The point, open."""
    return service.open(backup=point, disk_index=0)


def actor_of(cast: Cast) -> Actor:
    return Actor(cast.acme_restorer, str(cast.acme_restorer), "127.0.0.1", "request-1")


@pytest.fixture
def restorer(cast: Cast, as_person: AsPerson) -> Client:
    return as_person(cast.acme_restorer)


@pytest.fixture
def other(cast: Cast, mount: Mount, service: MountService) -> Mount:
    """Another machine of the same customer, open too."""
    return service.open(backup=make_backup(make_vm("db01", cast.acme, hub=mount.hub)), disk_index=0)


def somebody_waits(cast: Cast, backup: Backup) -> MountTurn:
    """Acme's restore operator, for a mount of the backup's hub."""
    return MountTurn.objects.create(
        hub=backup.hub, person=cast.acme_restorer, backup=backup, tenant=cast.acme
    )


def connected(process: LocalHub) -> HubConnection:
    """The portal's row of a real hub."""
    connection = HubConnection(name="Hub", url=process.url, dialect=process.dialect)
    connection.token = process.token
    connection.save()
    return connection


def known(taken: records.Backup, vm: VirtualMachine) -> Backup:
    """The portal's row of a backup that a real hub has made."""
    backup = make_backup(vm, remote_id=taken.backup_id)
    for disk in taken.disks:
        BackupDisk.objects.create(backup=backup, index=disk.disk_index, hub_job_id=disk.job_id or "")
    return backup


def ask(restorer: Client, mount: Mount, route: str, path: str) -> HttpResponseBase:
    return restorer.get(f"{reverse(f'restore:{route}', args=[mount.pk])}?path={quote(path, safe='')}")
