"""The whole product once per role: whatever a page offers can be opened, is accessible, and fits the window.

Each person begins at the dashboard and follows every link of the portal once (links that differ only in an id
count as one). So a new page is looked at, in Chromium and light or dark, as soon as anything leads to it,
once for all who get the same.
"""

import re
from html import unescape
from urllib.parse import urljoin, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from sendense_portal.tenancy.roles import ProviderRole, TenantRole
from tests.browser.world import ROLES, World, contexts

pytestmark = [pytest.mark.browser, pytest.mark.slow]

BOTH_SCHEMES = (ProviderRole.ADMIN, TenantRole.ADMIN, TenantRole.OPERATOR, TenantRole.VIEWER)
LIGHT, DARK = (
    [role for number, role in enumerate(ROLES) if role in BOTH_SCHEMES or number % 2 == half]
    for half in (1, 0)
)
WIDTHS = (1440, 820, 390)
NO_PAGE = (
    "/static/",
    "/sign-out/",
    "/navigation/",
    "/notice/",
    "/folder/",
    "/file/",
    "/take/",
    "/export",
    "/verifier",
    ".zip",
    ".py",
)
"""What a link of these leads to is a file, a part of a page, or the way out."""
MOST_PAGES = 200


class TestInTheLight:
    """A class is given to one process whole, which then knows what was examined before."""

    @pytest.mark.parametrize("role", LIGHT)
    def test_whatever_is_offered_opens_fits_and_is_accessible(
        self, world: World, browser: Browser, role: str
    ) -> None:
        walk(world, browser, role, "light")


class TestInTheDark:
    """The same for the other colours."""

    @pytest.mark.parametrize("role", DARK)
    def test_whatever_is_offered_opens_fits_and_is_accessible(
        self, world: World, browser: Browser, role: str
    ) -> None:
        walk(world, browser, role, "dark")


def walk(world: World, browser: Browser, role: str, scheme: str) -> None:
    """Follows every link of the portal once, and names what is wrong with the pages behind."""
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
        answer = page.request.get(world.portal.address + path)
        if answer.status != 200:
            faults.append(f"{path}: offered, and answers {answer.status}")
            continue
        html = answer.text()
        waiting += links_of(html, path)
        examined = world.examined.setdefault(f"{scheme} {kind_of(path).partition('?')[0]}", [])
        parts = parts_of(html)
        if not any(parts <= others for others in examined):
            examined.append(parts)
            page.set_viewport_size({"width": WIDTHS[0], "height": 900})
            page.goto(world.portal.address + path)
            faults += [f"{path}: {fault}" for fault in [*serious(page), *overflowing(page)]]
    context.close()
    assert not faults, "\n".join(faults)
    assert complaints == []
    assert len(seen) > 5, seen


def kind_of(path: str) -> str:
    """The address without ids and values: what makes it the same kind of page, however sorted."""
    parts = urlsplit(path)
    names = sorted({pair.split("=")[0] for pair in parts.query.split("&") if pair and "sort" not in pair})
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|(?<=/)[0-9]+(?=/)", "*", parts.path) + "?" + "&".join(names)


def links_of(html: str, path: str) -> list[str]:
    """Addresses of this site that the page leads to, by links and by dialogs."""
    found = [urljoin(path, unescape(link)) for link in re.findall(r'\b(?:href|hx-get)="([^"#]*)', html)]
    return [link for link in found if link.startswith("/") and not any(mark in link for mark in NO_PAGE)]


def parts_of(html: str) -> frozenset[str]:
    """The kinds of elements on a page: opening tags without ids, numbers and addresses. Whoever gets no
    other parts than somebody before them, or the same with other rows, gets the same findings."""
    varying = r"hx-headers='[^']*'|"
    varying += r'[0-9a-f]{8}[0-9a-f-]*|[0-9]+|(?:href|hx-get|hx-post|action|value|title|content)="[^"]*"'
    return frozenset(re.findall(r"<[a-z][^>]*>", re.sub(varying, "#", html)))


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
