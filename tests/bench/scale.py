"""Every list at a provider's size: 1,000 customers, 20,000 machines, 200,000 backups; queries, and the last
page against the first."""

import random
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from typing import Any

import django
from django.test.utils import (
    CaptureQueriesContext,
    setup_databases,
    setup_test_environment,
    teardown_databases,
)
from django.utils import timezone

from tests.bench.pairs import side_by_side

CUSTOMERS, VMS, BACKUPS, ENTRIES = 1_000, 20_000, 200_000, 50_000
LARGEST_SHARE = 4
"""Every so manieth machine belongs to one customer, so that its people have long lists, too."""
LISTS = (
    "/customers/", "/vms/", "/vms/unassigned/", "/backups/", "/restore/", "/restore/downloads/", "/activity/",
    "/people/", "/quotas/",
)  # fmt: skip
ROUNDS = 9


def measure() -> Iterator[str]:
    """For each list its queries, and its last page in times of its first (goal: 15 queries, 1.2×)."""
    django.setup()
    setup_test_environment()
    databases = setup_databases(verbosity=0, interactive=False)
    try:
        fill()
        yield from compare()
    finally:
        teardown_databases(databases, verbosity=0)


def fill(backup_count: int = BACKUPS) -> None:
    """All of it made in bulk, as the mirror would leave it."""
    from backups.models import Backup, BackupState, BackupType
    from restore.models import Download
    from sendense_portal.tenancy.models import Membership, Tenant, User
    from tests.factories import make_hub, make_repository
    from vms.models import VirtualMachine

    chance, now, hub = random.Random(1), timezone.now(), make_hub()
    tenants = Tenant.objects.bulk_create(Tenant(name=f"Customer {n:04}") for n in range(CUSTOMERS))
    people = User.objects.bulk_create(User(email=f"person{n}@customers.test") for n in range(CUSTOMERS * 3))
    Membership.objects.bulk_create(
        Membership(user=person, tenant=tenants[n % CUSTOMERS], role="viewer")
        for n, person in enumerate(people)
    )

    def owner(number: int) -> Any:
        if number % 20 == 0:
            return None
        return tenants[0] if number % LARGEST_SHARE == 0 else tenants[number % CUSTOMERS]

    vms = VirtualMachine.objects.bulk_create(
        (
            VirtualMachine(
                hub=hub, remote_id=f"ctx-{n}", name=f"vm{n:05}", tenant=owner(n), disk_count=1,
                observed_at=now, restore_point_count=10,
                last_restore_point_at=now - timedelta(minutes=chance.randrange(4000)),
                stored_bytes=chance.randrange(2**40),
            )
            for n in range(VMS)
        ),
        batch_size=5_000,
    )  # fmt: skip
    repository = make_repository(hub=hub)

    def backups() -> Iterator[Any]:
        for number in range(backup_count):
            vm, begun = vms[number % VMS], now - timedelta(minutes=chance.randrange(1_000_000))
            yield Backup(
                hub=hub, remote_id=f"backup-{number}", vm=vm, tenant=vm.tenant, repository=repository,
                type=chance.choice(BackupType.values), created_at=begun, completed_at=begun, percent=100,
                state=BackupState.COMPLETED if number % 50 else BackupState.FAILED, observed_at=now,
                transferred_bytes=chance.randrange(2**36), total_bytes=2**36,
            )  # fmt: skip

    rows = backups()
    made: list[Any] = []
    while part := list(islice(rows, 5_000)):
        Backup.objects.bulk_create(part)
        made = made or part
    Download.objects.bulk_create(
        (
            Download(
                tenant=backup.tenant, backup=backup, disk_index=0, path="/partition-1/etc/hosts",
                kind=Download.Kind.FILE, state=Download.State.COMPLETED, size=200, person_name="somebody",
            )
            for backup in made * 4
        ),
        batch_size=5_000,
    )  # fmt: skip
    fill_trail(tenants)


def fill_trail(tenants: list[Any]) -> None:
    """Entries as written; their hashes are of no use here."""
    from sendense_portal.audit.models import AuditEntry

    now = timezone.now()
    AuditEntry.objects.bulk_create(
        (
            AuditEntry(
                chain=str(tenant.pk), sequence=number, at=now - timedelta(seconds=number), tenant=tenant,
                actor_name="somebody", action="backup.start", target_kind="backup", outcome="ok",
                parameters={"vm": "vm00001", "type": "full"}, previous_hash="0" * 64, hash="0" * 64,
            )
            for number in range(ENTRIES)
            for tenant in [tenants[0] if number % LARGEST_SHARE == 0 else tenants[number % CUSTOMERS]]
        ),
        batch_size=5_000,
    )  # fmt: skip


def compare() -> Iterator[str]:
    """As the provider's administrator, then as the largest customer's."""
    from django.db import connection
    from django.test import Client

    from sendense_portal.tenancy.models import Membership, Tenant, User
    from sendense_portal.tenancy.roles import ProviderRole, TenantRole

    staff = User.objects.create_user("bench@provider.test", "x" * 20, provider_role=ProviderRole.ADMIN)
    customer = User.objects.create_user("bench@customers.test", "x" * 20)
    largest = Tenant.objects.get(name="Customer 0000")
    Membership.objects.create(user=customer, tenant=largest, role=TenantRole.ADMIN)
    for person, label in ((staff, "provider"), (customer, "customer")):
        browser = Client()
        browser.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")

        def get(path: str, browser: Client = browser) -> Any:
            return browser.get(path)

        for path in LISTS:
            if person is customer and path == "/vms/unassigned/":
                continue  # the provider's alone
            with CaptureQueriesContext(connection) as queries:
                answer = get(path)
            asked = len(queries)  # read now: the next request empties the log
            table = answer.context.get("table") if answer.context else None
            pages = table.paginator.num_pages if table is not None and hasattr(table, "paginator") else 1
            last = f"{path}?page={pages}"
            first, end = side_by_side(lambda: get(path), lambda: get(last), rounds=ROUNDS)  # noqa: B023
            yield (
                f"{label} {path} {asked} queries (goal ≤ 15); page 1 {first * 1000:.0f} ms, "
                f"page {pages} {end * 1000:.0f} ms: {end / first:.2f}× (goal ≤ 1.2×)"
            )
