"""The whole product once per role: whatever a page offers can be opened, is accessible, and fits the window.

Each person begins at the dashboard and follows every link of the portal once (links that differ only in an id
count as one), in Chromium, light and dark. So a new page is looked at as soon as anything leads to it.
"""

import re
import shutil
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from sendense_portal.tenancy.roles import ProviderRole, TenantRole
from tests.browser.world import ROLES, World, contexts

pytestmark = [pytest.mark.browser, pytest.mark.slow]

BOTH_SCHEMES = (ProviderRole.ADMIN, TenantRole.ADMIN)
SEATS = [
    (role, scheme)
    for number, role in enumerate(ROLES)
    for scheme in (("light", "dark") if role in BOTH_SCHEMES else (("dark", "light")[number % 2],))
]
WIDTHS = (1440, 820, 390)
NO_PAGE = ("/sign-out/", "/folder/", "/file/", "/export", "/verifier", ".zip", ".py")
"""What a link of these leads to is a file, or the way out."""
MOST_PAGES = 120


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("world")
    made = World(folder / "data")
    yield made
    made.portal.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.parametrize(("role", "scheme"), SEATS)
def test_whatever_is_offered_opens_fits_and_is_accessible(
    world: World, browser: Browser, role: str, scheme: str
) -> None:
    context, complaints = contexts(browser, scheme)
    page = world.sign_in(context, role)
    faults: list[str] = []
    seen: set[str] = set()
    waiting = ["/"]
    while waiting:
        path = waiting.pop(0)
        if kind_of(path) in seen:
            continue
        seen.add(kind_of(path))
        assert len(seen) < MOST_PAGES, "links without end"
        page.set_viewport_size({"width": 1440, "height": 900})
        answer = page.goto(world.portal.address + path)
        status = answer.status if answer else 0
        if status != 200:
            faults.append(f"{path}: offered, and answers {status}")
            continue
        faults += [f"{path}: {fault}" for fault in [*serious(page), *overflowing(page)]]
        waiting += links_of(page)
    context.close()
    assert not faults, "\n".join(faults)
    assert complaints == []
    assert len(seen) > 5, seen


def kind_of(path: str) -> str:
    """The address without ids and values: what makes it the same kind of page."""
    parts = urlsplit(path)
    names = sorted({pair.split("=")[0] for pair in parts.query.split("&") if pair})
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|(?<=/)[0-9]+(?=/)", "*", parts.path) + "?" + "&".join(names)


def links_of(page: Page) -> list[str]:
    """Addresses of this site that the page leads to, by links and by dialogs."""
    found: list[str] = page.evaluate(
        """() => [...document.querySelectorAll("a[href], [hx-get]")]
            .map(e => new URL(e.getAttribute("href") || e.getAttribute("hx-get"), document.baseURI))
            .filter(url => url.origin === location.origin)
            .map(url => url.pathname + url.search)"""
    )
    return [path for path in found if not any(mark in path for mark in NO_PAGE)]


def serious(page: Page) -> list[str]:
    """What axe finds of serious or critical impact."""
    results = Axe().run(page).response
    return [
        f"{found['id']} ({found['impact']}): {found['nodes'][0]['html'][:120]}"
        for found in results["violations"]
        if found["impact"] in {"serious", "critical"}
    ]


def overflowing(page: Page) -> list[str]:
    """Windows that the page does not fit into."""
    faults = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        wider = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        if wider > 0:
            faults.append(f"{wider} px wider than a window of {width}")
    return faults
