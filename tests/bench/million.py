"""The list of a million backups, however it is sorted and filtered: queries, and the last page against the
first."""

from collections.abc import Iterator
from datetime import timedelta
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
from tests.bench.scale import fill

BACKUPS = 1_000_000
SORTS = ("vm", "customer", "type", "repository", "state", "started", "size")
ROUNDS = 5
LIST = "/backups/"


def measure() -> Iterator[str]:
    """Each sort in both directions, then each filter (goal: 15 queries, 1.2×)."""
    django.setup()
    setup_test_environment()
    databases = setup_databases(verbosity=0, interactive=False)
    try:
        fill(BACKUPS)
        yield from compare()
    finally:
        teardown_databases(databases, verbosity=0)


def filters() -> list[str]:
    """One of each kind that the list offers."""
    from backups.models import Repository
    from sendense_portal.tenancy.models import Tenant
    from vms.models import VirtualMachine

    day = timezone.localdate() - timedelta(days=100)
    vm, tenant = VirtualMachine.objects.all()[40], Tenant.objects.get(name="Customer 0000")
    return [
        "state=completed", "state=failed", "state=open", "type=full", "search=vm0001", f"vm={vm.pk}",
        f"repository={Repository.objects.get().pk}", f"customer={tenant.pk}", f"since={day}", f"until={day}",
        f"customer={tenant.pk}&state=failed&sort=-size", "state=completed&type=full&sort=vm",
    ]  # fmt: skip


def compare() -> Iterator[str]:
    """As the provider's administrator, who sees all of them."""
    from django.db import connection
    from django.test import Client

    from sendense_portal.tenancy.models import User
    from sendense_portal.tenancy.roles import ProviderRole

    staff = User.objects.create_user("bench@provider.test", "x" * 20, provider_role=ProviderRole.ADMIN)
    browser = Client()
    browser.force_login(staff, backend="allauth.account.auth_backends.AuthenticationBackend")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")

    def get(query: str) -> Any:
        return browser.get(f"{LIST}?{query}")

    for query in [*(f"sort={sign}{name}" for name in SORTS for sign in ("", "-")), *filters()]:
        with CaptureQueriesContext(connection) as queries:
            answer = get(query)
        asked = len(queries)
        paginator = answer.context["table"].paginator
        end = f"{query}&page={paginator.num_pages}"
        first, last = side_by_side(lambda: get(query), lambda: get(end), rounds=ROUNDS)  # noqa: B023
        yield (
            f"{query}: {asked} queries; {paginator.count:,} rows; page 1 {first * 1000:.0f} ms, "
            f"page {paginator.num_pages:,} {last * 1000:.0f} ms: {last / first:.2f}×"
        )
