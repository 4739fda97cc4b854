"""Quotas in the browser: the provider sets one, the customer sees its bar and meets its limit."""

from collections.abc import Callable

from playwright.sync_api import Browser, Page

from tests.portal_process import PortalProcess
from tests.visitor import PASSWORD, Visitor

ADMIN, OPERATOR = "admin@provider.test", "operator@acme.test"


def signed_in(browser: Browser, portal: PortalProcess, person: str) -> Page:
    page = browser.new_context().new_page()
    page.goto(portal.address + "/sign-in/")
    page.get_by_label("Email").fill(person)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Dashboard").wait_for()
    return page


def test_a_limit_is_set_seen_and_met(browser: Browser, start_portal: Callable[..., PortalProcess]) -> None:
    portal = start_portal()
    visitor = Visitor(portal)
    visitor.first_run(ADMIN)
    visitor.wait_for_vms(3)
    portal.manage("create_tenant", "Acme")
    portal.manage("create_person", OPERATOR, "--tenant", "Acme", "--role", "operator", text=PASSWORD + "\n")
    portal.manage("assign_vms", "Acme", "db01", "web01")

    admin = signed_in(browser, portal, ADMIN)
    admin.get_by_role("link", name="Quotas").click()
    admin.get_by_role("link", name="Change Acme").click()
    points = admin.get_by_role("group", name="Restore points now")
    stored = admin.get_by_role("group", name="Stored data")
    points.get_by_label("Limit").fill("1")
    stored.get_by_label("Limit").fill("much")
    admin.get_by_role("button", name="Save").click()
    assert stored.get_by_label("Limit").input_value() == "much"
    stored.get_by_label("Limit").fill("1.5 TB")
    admin.get_by_role("button", name="Save").click()
    admin.get_by_text("The quotas of Acme were saved.").wait_for()

    operator = signed_in(browser, portal, OPERATOR)
    operator.get_by_text("0 of 1", exact=True).wait_for()
    for vm in ("web01", "db01"):
        operator.goto(portal.address + "/backups/start/")
        operator.get_by_label("Virtual machine").select_option(label=vm)
        operator.get_by_role("radio", name="Full The whole").check()
        operator.locator("#backup-start-send").click()
        if vm == "web01":
            operator.get_by_text("Backup of web01 started.").wait_for()
    operator.get_by_text("The quota is reached: restore points, 1 of 1 used.").wait_for()
    assert operator.get_by_role("radio", name="Full The whole").is_checked()
    operator.goto(portal.address + "/quotas/")
    operator.get_by_text("Reached: nothing more is taken on").wait_for()
