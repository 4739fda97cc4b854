"""Many at once at a limit: exactly as many get through as are left, at a real hub."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Barrier, Thread

import pytest
import requests
from django.db import connections

from backups.models import Backup, BackupType, Repository
from backups.services import BackupService, StartRefused
from sendense_portal.audit.log import PORTAL, Actor
from sendense_portal.audit.models import AuditEntry, Outcome
from sendense_portal.quotas.models import Quota, QuotaKind
from sendense_portal.sync.follower import HubFollower
from sendense_portal.tenancy.access import Access
from sendense_portal.tenancy.hubs import clients
from sendense_portal.tenancy.models import HubConnection, Tenant
from tests.conftest import Cast
from tests.factories import make_backup
from tests.localhub_process import LocalHub
from vms.assignment.services import assign
from vms.models import VirtualMachine

AT_ONCE = 50
POINTS = QuotaKind.RESTORE_POINTS

pytestmark = [pytest.mark.usefixtures("removable_trail"), pytest.mark.django_db(transaction=True)]


@dataclass
class ManyVMs:
    """A hub process with fifty small VMs, mirrored."""

    process: LocalHub
    vms: list[VirtualMachine]

    def give_to(self, tenant: Tenant, vms: list[VirtualMachine]) -> None:
        for vm in vms:
            assign(PORTAL, vm, tenant)

    @property
    def jobs(self) -> int:
        """Backups that the hub itself knows of."""
        answer = requests.get(
            f"{self.process.url}/api/v1/backups?repository_id={self.repository}", timeout=20
        )
        return len(answer.json()["backups"])

    @property
    def repository(self) -> str:
        return Repository.objects.get().remote_id


@pytest.fixture
def many(tmp_path: Path, cast: Cast) -> Iterator[ManyVMs]:
    for number in range(AT_ONCE):
        folder = tmp_path / "vms" / f"vm{number:02}"
        folder.mkdir(parents=True)
        (folder / "vm.toml").write_text('cpu = 1\nmemory_mb = 512\nos = "other"\npower = "poweredOff"\n')
        with (folder / "disk0.raw").open("wb") as disk:
            disk.truncate(1 << 20)
    with LocalHub(tmp_path / "vms", tmp_path / "state") as process:
        connection = HubConnection(name="Hub", url=process.url)
        connection.token = process.token
        connection.save()
        follower = HubFollower(connection.pk, "test")
        while VirtualMachine.objects.filter(disk_count=1).count() < AT_ONCE:
            follower.asked_at.clear()
            follower.round()
        yield ManyVMs(process, list(VirtualMachine.objects.order_by("name")))
    clients.clear()


def at_once(calls: list[Callable[[], object]]) -> list[object]:
    """All calls in threads that begin together; what each gave or raised."""
    together, results = Barrier(len(calls)), []

    def run(call: Callable[[], object]) -> None:
        together.wait()
        try:
            results.append(call())
        except StartRefused as refusal:
            results.append(refusal)
        finally:
            connections.close_all()

    threads = [Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def starter(cast: Cast, vm: VirtualMachine) -> Callable[[], Backup]:
    """A call that starts a full backup of one VM."""
    vm.refresh_from_db()
    service = BackupService(Actor(cast.acme_operator, "operator"), Access.of(cast.acme_operator))
    repository = Repository.objects.get()
    return lambda: service.start(vm=vm, backup_type=BackupType.FULL, repository=repository)


def test_of_fifty_starts_at_quota_minus_one_exactly_one_starts(many: ManyVMs, cast: Cast) -> None:
    many.give_to(cast.acme, many.vms)
    make_backup(many.vms[0], repository=Repository.objects.get())
    make_backup(many.vms[1], repository=Repository.objects.get())
    Quota.objects.create(tenant=cast.acme, kind=POINTS, limit=3)
    results = at_once([starter(cast, vm) for vm in many.vms])
    started = [result for result in results if isinstance(result, Backup)]
    assert len(started) == 1
    assert len([result for result in results if isinstance(result, StartRefused)]) == AT_ONCE - 1
    assert Backup.objects.count() == 3
    assert many.jobs == 1
    refusals = AuditEntry.objects.filter(action="backup.start", outcome=Outcome.REFUSED)
    assert refusals.count() == AT_ONCE - 1
    assert {entry.parameters["quota"] for entry in refusals} == {"Restore points"}


def test_of_fifty_starts_of_one_machine_exactly_one_starts(many: ManyVMs, cast: Cast) -> None:
    many.give_to(cast.acme, many.vms[:1])
    results = at_once([starter(cast, many.vms[0]) for _ in range(AT_ONCE)])
    assert len([result for result in results if isinstance(result, Backup)]) == 1
    assert len([result for result in results if isinstance(result, StartRefused)]) == AT_ONCE - 1
    assert (Backup.objects.count(), many.jobs) == (1, 1)


def test_one_customers_quota_holds_nobody_else_up(many: ManyVMs, cast: Cast) -> None:
    many.give_to(cast.acme, many.vms[:10])
    many.give_to(cast.borealis, many.vms[10:13])
    Quota.objects.create(tenant=cast.acme, kind=POINTS, limit=0)
    Quota.objects.create(tenant=cast.borealis, kind=POINTS, limit=5)
    results = at_once([starter(cast, vm) for vm in many.vms[:13]])
    started = [result for result in results if isinstance(result, Backup)]
    assert {backup.tenant_id for backup in started} == {cast.borealis.pk}
    assert len(started) == 3
    assert many.jobs == 3
