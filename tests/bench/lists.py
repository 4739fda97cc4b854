"""The backups page over 100,000 mirrored backups, against Django admin's changelist of the same table."""

import random
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import django
from django.conf import settings
from django.test.utils import setup_databases, setup_test_environment, teardown_databases
from django.utils import timezone

from tests.bench.pairs import side_by_side

ROWS = 100_000
VMS = 2_000


def measure() -> Iterator[str]:
    """Seconds of one page of 50 rows each, and their ratio (goal: at most 0.5)."""
    settings.INSTALLED_APPS.insert(0, "django.contrib.admin")
    settings.ROOT_URLCONF = "tests.bench.urls"
    django.setup()
    setup_test_environment()
    databases = setup_databases(verbosity=0, interactive=False)
    try:
        fill()
        yield from compare()
    finally:
        teardown_databases(databases, verbosity=0)


def fill() -> None:
    """VMs of 20 customers and their backups over two years."""
    from backups.models import Backup, BackupState, BackupType
    from sendense_portal.tenancy.models import Tenant
    from tests.factories import make_hub, make_repository
    from vms.models import VirtualMachine

    chance, now, hub = random.Random(1), timezone.now(), make_hub()
    tenants = Tenant.objects.bulk_create(Tenant(name=f"Customer {number:02}") for number in range(20))
    vms = VirtualMachine.objects.bulk_create(
        VirtualMachine(hub=hub, remote_id=f"ctx-{n}", name=f"vm{n:05}", tenant=tenants[n % 20], disk_count=1)
        for n in range(VMS)
    )
    repository = make_repository(hub=hub)

    def backups() -> Iterator[Any]:
        for number in range(ROWS):
            vm, begun = vms[number % VMS], now - timedelta(minutes=chance.randrange(1_000_000))
            yield Backup(
                hub=hub, remote_id=f"backup-{number}", vm=vm, tenant=vm.tenant, repository=repository,
                type=chance.choice(BackupType.values), created_at=begun, completed_at=begun, percent=100,
                state=BackupState.COMPLETED if number % 50 else BackupState.FAILED,
                transferred_bytes=chance.randrange(2**36), total_bytes=2**36,
            )  # fmt: skip

    Backup.objects.bulk_create(backups(), batch_size=5_000)


def compare() -> Iterator[str]:
    from django.test import Client

    from sendense_portal.tenancy.models import User
    from sendense_portal.tenancy.roles import ProviderRole

    person = User.objects.create_user("bench@provider.test", "x" * 20, provider_role=ProviderRole.ADMIN)
    browser = Client()
    browser.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")

    def get(path: str) -> None:
        answer = browser.get(path)
        assert answer.status_code == 200, (path, answer.status_code)

    last = ROWS // 50
    ours, admin = side_by_side(lambda: get("/backups/"), lambda: get("/bench-admin/backups/backup/"))
    yield (
        f"backups page {ours * 1000:.0f} ms, admin changelist {admin * 1000:.0f} ms: "
        f"{ours / admin:.2f}× (goal ≤ 0.5×)"
    )
    first, end = side_by_side(lambda: get("/backups/"), lambda: get(f"/backups/?page={last}"))
    yield f"page 1 {first * 1000:.0f} ms, page {last} {end * 1000:.0f} ms: {end / first:.2f}×"
