"""Searching 5,000,000 names, and one file's history: in SQLite, and in PostgreSQL where it is installed."""

import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial

import django
from django.conf import settings
from django.test.utils import setup_databases, setup_test_environment, teardown_databases

from tests.bench.catalogue_rows import COMMON, CUSTOMERS, ON_A_DISK, RARE, Rows, fill
from tests.bench.pairs import seconds
from tests.bench.servers import postgresql, programs

GOAL = 0.5
ROUNDS = 7
LOOKUPS = 200
WORDS = {
    "a rare word": RARE,
    "a common word": COMMON,
    "an ending of every eighth": ".pdf",
    "what no name has, of common parts": "reportreport",
    "two common words that no name has both": f"{COMMON} .log",
    "digits in the middle of a number": "123456",
    "two letters": "st",
    "one letter": "q",
    "nothing like it": "xylophone",
}


def measure() -> Iterator[str]:
    """Seconds of searches in the largest and in a tiny customer, against one lookup by an index."""
    yield from here()
    if settings.DATABASES["default"]["ENGINE"].endswith("postgresql"):
        return
    if not (found := programs()):
        yield "PostgreSQL is not installed here, and was not measured"
        return
    with postgresql(found) as environment:
        yield from elsewhere(environment)


def elsewhere(environment: dict[str, str]) -> Iterator[str]:
    """The same measurement by a process of its own, with another database."""
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.bench", "catalogue"],
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    for line in child.stdout:
        if line.startswith("  "):
            yield line.strip()
    if child.wait():
        yield "PostgreSQL: the measurement failed"


def here() -> Iterator[str]:
    """In the database of the settings."""
    django.setup()
    setup_test_environment()
    databases = setup_databases(verbosity=0, interactive=False)
    try:
        made: list[Rows] = []
        took = seconds(lambda: made.append(fill()))
        yield f"{engine()}: {sum(CUSTOMERS.values()):,} names put in within {took:.0f} s"
        lookup = one_lookup()
        yield f"one lookup by an index: {lookup * 1000:.2f} ms"
        yield from searches(made[0], lookup)
        yield from histories(made[0], lookup)
        yield from pages(lookup)
    finally:
        teardown_databases(databases, verbosity=0)


def engine() -> str:
    """Which database it is."""
    from django.db import connection

    return connection.display_name


def one_lookup() -> float:
    """Median seconds of fetching one name by its folder."""
    from restore.models import CatalogueName

    total = sum(CUSTOMERS.values())
    keys = range(1, total, total // LOOKUPS)
    some = list(CatalogueName.objects.filter(pk__in=keys).values_list("folder", "name"))
    return statistics.median(
        seconds(partial(CatalogueName.objects.get, folder=folder, name=name)) for folder, name in some
    )


def searches(rows: Rows, lookup: float) -> Iterator[str]:
    """Words of every kind in the largest and in a tiny customer, with what a list says of the first fifty."""
    from restore.catalogue.search import Found, Query, search
    from restore.catalogue.summary import seen_of

    def ask(query: Query) -> Found:
        found = search(query)
        seen_of(found.names[:50])
        return found

    for customer in ("large", "tiny"):
        owners = [rows.owners[customer]]
        for what, word in WORDS.items():
            asked = partial(ask, Query.of(word, owners))
            found = asked()
            more = " and more" if found.has_more else ""
            yield told(f"{customer} customer, {what}: {len(found.names)}{more}", asked, lookup)
        none = Query.of(COMMON, owners, versions={"size__gt": 1 << 50})
        yield told(f"{customer} customer, a common word of a size that none has", partial(ask, none), lookup)


def histories(rows: Rows, lookup: float) -> Iterator[str]:
    """One file over all points, and two points of a disk."""
    from restore.catalogue.compare import Comparison
    from restore.catalogue.timeline import timeline_of, walked_of
    from restore.models import CatalogueName

    changing = CatalogueName.objects.select_related("disk").get(pk=1001)
    yield told("history of a file that changed with each point", partial(timeline_of, changing), lookup)
    points = walked_of(rows.disks["large"][0]).points

    def compared() -> None:
        comparison = Comparison(points[5], points[25])
        comparison.folders()
        comparison.changes(comparison.names()[:100])

    took = statistics.median(seconds(compared) for _ in range(ROUNDS))
    yield f"what changed on a disk of {ON_A_DISK:,} names within twenty points: {took * 1000:.0f} ms"


def pages(lookup: float) -> Iterator[str]:
    """As the largest customer's people see them."""
    from django.test import Client

    from restore.models import CatalogueName
    from sendense_portal.tenancy.models import Membership, Tenant, User
    from sendense_portal.tenancy.roles import TenantRole

    person = User.objects.create_user("bench@customers.test", "x" * 20)
    largest = Tenant.objects.get(name="Customer large")
    Membership.objects.create(user=person, tenant=largest, role=TenantRole.ADMIN)
    browser = Client()
    browser.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    changing = CatalogueName.objects.filter(owner__tenant=largest).order_by("pk").first()
    assert changing is not None
    for what, path in {
        "a common word": f"/restore/search/?search={COMMON}",
        "a rare word": f"/restore/search/?search={RARE}",
        "a history": f"/restore/names/{changing.pk}/",
    }.items():
        assert browser.get(path).status_code == 200
        yield told(f"the whole page of {what}", partial(browser.get, path), lookup)


def told(what: str, ask: Callable[[], object], lookup: float) -> str:
    """The median of some rounds and the slowest, against the goal."""
    times = [seconds(ask) for _ in range(ROUNDS)]
    median = statistics.median(times)
    return (
        f"{what}: {median * 1000:.0f} ms, slowest {max(times) * 1000:.0f} ms (goal ≤ {GOAL * 1000:.0f} ms), "
        f"{median / lookup:.0f}× one lookup"
    )
