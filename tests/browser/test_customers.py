"""Customers in the browser: one is made, a rule is previewed, saved and applied, and its machine moves."""

from collections.abc import Callable
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.portal_process import PortalProcess
from tests.visitor import PASSWORD, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow]
ADMIN, VIEWER = "admin@provider.test", "viewer@cobalt.test"
PAGES = ("/vms/unassigned/", "/vms/unassigned/?search=zz", "/vms/assign/?all=1", "/vms/rules/")
PAGES_OF_CUSTOMER = ("rules/", "edit/", "state/?step=close")
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


def signed_in(
    browser: Browser, portal: PortalProcess, person: str, scheme: Literal["light", "dark"] = "light"
) -> Page:
    page = browser.new_context(color_scheme=scheme, viewport={"width": 1440, "height": 900}).new_page()
    page.goto(portal.address + "/sign-in/")
    page.get_by_label("Email").fill(person)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Dashboard").wait_for()
    return page


def faults_of(page: Page) -> list[str]:
    """What axe finds serious, and how far the page is wider than its window."""
    found = [
        f"{fault['id']}: {fault['nodes'][0]['html'][:120]}"
        for fault in Axe().run(page).response["violations"]
        if fault["impact"] in {"serious", "critical"}
    ]
    for width in (820, 390, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        wider = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        found += [f"{wider} px wider than {width}"] if wider > 0 else []
    return [f"{page.url}: {fault}" for fault in found]


def test_a_customer_gets_its_machines_by_a_rule(
    browser: Browser, start_portal: Callable[..., PortalProcess]
) -> None:
    portal = start_portal()
    visitor = Visitor(portal)
    visitor.first_run(ADMIN)
    visitor.wait_for_vms(3)
    admin, faults = signed_in(browser, portal, ADMIN), []

    admin.goto(portal.address + "/customers/new/")
    faults += faults_of(admin)
    admin.get_by_label("Name").fill("Cobalt Works")
    admin.get_by_role("button", name="Add customer").click()
    admin.get_by_text("Cobalt Works was added.").wait_for()
    address = admin.url
    portal.manage(
        "create_person", VIEWER, "--tenant", "Cobalt Works", "--role", "viewer", text=PASSWORD + "\n"
    )
    viewer = signed_in(browser, portal, VIEWER, "dark")
    viewer.goto(portal.address + "/vms/")
    viewer.get_by_text("has not assigned any machine to you yet").wait_for()

    admin.get_by_role("link", name="New rule").click()
    expect(admin.get_by_label("Customer")).to_contain_text("Cobalt Works")
    admin.get_by_label("Name").fill("web*")
    admin.get_by_role("button", name="Preview").click()
    admin.get_by_role("heading", name="Takes 1 machine").wait_for()
    faults += faults_of(admin)
    expect(admin.locator("#preview")).to_contain_text("web01")
    admin.get_by_role("button", name="Save the rule").click()
    admin.get_by_text("The rule was saved.").wait_for()
    faults += faults_of(admin)
    admin.get_by_role("button", name="Apply now").click()
    admin.get_by_role("heading", name="1 machine went to Cobalt Works").wait_for()
    faults += faults_of(admin)
    # The customer's open page learns of it without being loaded again.
    viewer.get_by_role("link", name="web01").wait_for(timeout=15_000)
    assert viewer.get_by_role("link", name="db01").count() == 0

    for scheme in SCHEMES:
        page = signed_in(browser, portal, ADMIN, scheme)
        for path in (*PAGES, address, *(address + rest for rest in PAGES_OF_CUSTOMER)):
            page.goto(path if path.startswith("http") else portal.address + path)
            faults += faults_of(page)
    assert faults == []


def test_a_suspended_customers_people_are_told_on_the_page_that_they_have_open(
    browser: Browser, start_portal: Callable[..., PortalProcess]
) -> None:
    portal = start_portal()
    visitor = Visitor(portal)
    visitor.first_run(ADMIN)
    portal.manage("create_tenant", "Cobalt Works")
    portal.manage(
        "create_person", VIEWER, "--tenant", "Cobalt Works", "--role", "viewer", text=PASSWORD + "\n"
    )
    tenant = visitor.rows("tenancy.Tenant", "id")[0]["id"]
    viewer = signed_in(browser, portal, VIEWER, "dark")
    viewer.goto(portal.address + "/vms/")
    viewer.locator('#live-state[data-live-state="live"]').wait_for(state="attached")
    visitor.post(f"/customers/{tenant}/state/", {"step": "suspend"})
    viewer.get_by_role("heading", name="Your organisation’s access is switched off").wait_for(timeout=8_000)
    assert faults_of(viewer) == []
