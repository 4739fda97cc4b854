"""Every page in Chromium, light and dark, wide and narrow: nothing overflows or complains, axe is content."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.portal_process import PortalProcess
from tests.visitor import PASSWORD, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PEOPLE = {
    "provider": "admin@provider.test",
    "operator": "operator@acme.test",
    "viewer": "viewer@acme.test",
}
PAGES = {
    "provider": (
        "/", "/vms/", "/vms/{vm}/", "/backups/", "/backups/{backup}/", "/backups/start/?vm={vm}",
        "/backups/{backup}/delete/", "/backups/repositories/", "/restore/", "/restore/open/?backup={backup}",
        "/restore/mounts/", "/restore/mounts/{mount}/files/?path=/partition-1/etc",
        "/restore/mounts/{mount}/close/",
        "/restore/downloads/", "/activity/", "/hubs/", "/hubs/{hub}/edit/", "/profile/", "/nowhere/",
    ),
    "operator": ("/", "/vms/", "/vms/{vm}/", "/backups/", "/backups/{backup}/", "/restore/",
                 "/restore/downloads/"),
    "viewer": ("/", "/vms/", "/vms/{vm}/", "/backups/", "/backups/{backup}/", "/activity/", "/profile/"),
}  # fmt: skip
WIDTHS = (1440, 820, 390)


class World:
    """A running product with a customer, its people, one backup and an open restore point."""

    def __init__(self, data: Path) -> None:
        self.portal = PortalProcess(data).start()
        visitor = Visitor(self.portal)
        visitor.first_run(PEOPLE["provider"])
        vms = visitor.wait_for_vms(3)
        self.portal.manage("create_tenant", "Acme")
        for role in ("operator", "viewer"):
            person = ("create_person", PEOPLE[role], "--tenant", "Acme", "--role", role)
            self.portal.manage(*person, text=PASSWORD + "\n")
        self.portal.manage("assign_vms", "Acme", "db01")
        backup = visitor.back_up(vms["web01"])
        of_customer = visitor.back_up(vms["db01"])
        for key in (backup, of_customer):
            visitor.wait_for_backup(key)
        self.keys = {
            "vm": vms["web01"], "backup": backup, "mount": visitor.open_point(backup),
            "hub": visitor.rows("tenancy.HubConnection", "id")[0]["id"],
        }  # fmt: skip
        self.keys_of_customer = self.keys | {"vm": vms["db01"], "backup": of_customer}

    def address(self, person: str, path: str) -> str:
        keys = self.keys if person == "provider" else self.keys_of_customer
        return self.portal.address + path.format(**keys)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("world")
    made = World(folder / "data")
    yield made
    made.portal.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(
    scope="module", params=[(person, scheme) for person in PEOPLE for scheme in ("light", "dark")]
)
def seat(
    request: pytest.FixtureRequest, world: World, browser: Browser
) -> Iterator[tuple[str, Page, list[str]]]:
    """Somebody signed in, in one colour scheme; with what the console complained of."""
    person, scheme = request.param
    context = browser.new_context(color_scheme=scheme, viewport={"width": 1440, "height": 900})
    page = context.new_page()
    complaints: list[str] = []
    context.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    page.goto(world.portal.address + "/sign-in/")
    page.get_by_label("Email").fill(PEOPLE[person])
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Dashboard").wait_for()
    yield person, page, complaints
    context.close()


def test_pages_are_accessible_fit_and_are_silent(seat: tuple[str, Page, list[str]], world: World) -> None:
    person, page, complaints = seat
    faults: list[str] = []
    for path in PAGES[person]:
        page.set_viewport_size({"width": 1440, "height": 900})
        page.goto(world.address(person, path))
        faults += [f"{path}: {fault}" for fault in serious(page)]
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            wider = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            if wider > 0:
                faults.append(f"{path}: {wider} px wider than a window of {width}")
    assert faults == []
    # The page that is nowhere, and the trail that a viewer may not read, are refused on purpose.
    assert [text for text in complaints if "404" not in text and "403" not in text] == []


def serious(page: Page) -> list[str]:
    """What axe finds of serious or critical impact."""
    results = Axe().run(page).response
    return [
        f"{found['id']} ({found['impact']}): {found['nodes'][0]['html'][:120]}"
        for found in results["violations"]
        if found["impact"] in {"serious", "critical"}
    ]


def test_a_viewer_is_offered_no_backup_and_no_files(world: World, browser: Browser) -> None:
    visitor = browser.new_context().new_page()
    visitor.goto(world.portal.address + "/sign-in/")
    visitor.get_by_label("Email").fill(PEOPLE["viewer"])
    visitor.get_by_label("Password", exact=True).fill(PASSWORD)
    visitor.get_by_role("button", name="Sign in").click()
    visitor.get_by_role("heading", name="Dashboard").wait_for()
    visitor.goto(world.portal.address + "/vms/")
    assert visitor.get_by_role("row").count() == 2, "the head and Acme's one machine"
    assert visitor.get_by_role("link", name="Back up").count() == 0
    assert visitor.get_by_role("link", name="Files").count() == 0
    visitor.context.close()


def test_without_javascript_a_backup_starts_and_shows(world: World, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(world.portal.address + "/sign-in/")
    page.get_by_label("Email").fill(PEOPLE["operator"])
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.goto(world.address("operator", "/backups/start/?vm={vm}"))
    page.get_by_role("button", name="Start backup").click()
    assert "/backups/" in page.url
    assert page.get_by_role("heading", name="Backup of db01").count() == 1
    context.close()
