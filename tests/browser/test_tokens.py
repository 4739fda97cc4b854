"""API tokens and service accounts in the browser."""

from collections.abc import Callable

import requests
from playwright.sync_api import Browser, Page

from tests.browser.test_quotas import signed_in
from tests.portal_process import PortalProcess
from tests.visitor import Visitor

ADMIN = "admin@provider.test"


def who(portal: PortalProcess, text: str) -> requests.Response:
    """The API's answer to a token."""
    header = {"Authorization": f"Bearer {text}"}
    return requests.get(f"{portal.address}/api/v1/me/", headers=header, timeout=20)


def make(page: Page, name: str) -> str:
    """Fills the form and gives the token's text."""
    page.get_by_role("link", name="Make a token").click()
    page.get_by_role("textbox", name="Name").fill(name)
    page.get_by_label("See virtual machines").check()
    page.get_by_role("button", name="Make the token").click()
    page.get_by_text("Copy it now").wait_for()
    return page.locator("#token-text").inner_text()


def test_a_token_is_made_used_and_revoked(
    browser: Browser, start_portal: Callable[..., PortalProcess]
) -> None:
    portal = start_portal()
    Visitor(portal).first_run(ADMIN)
    page = signed_in(browser, portal, ADMIN)
    page.goto(portal.address + "/profile/")
    page.get_by_role("link", name="API tokens").click()
    text = make(page, "Nightly report")
    assert who(portal, text).json()["actions"] == ["vm.view"]
    page.get_by_role("link", name="I have copied it").click()
    page.get_by_text("from 127.0.0.1").wait_for()
    assert text not in page.content()
    page.get_by_role("link", name="Revoke Nightly report").click()
    page.get_by_text("there is no way back").wait_for()
    page.get_by_role("button", name="Revoke").click()
    page.get_by_text("“Nightly report” was revoked.").wait_for()
    assert who(portal, text).status_code == 401

    page.get_by_role("link", name="Service accounts").click()
    page.get_by_role("link", name="Make a service account").click()
    page.get_by_role("textbox", name="Name").fill("Robot")
    page.get_by_label("Role").select_option(label="Provider auditor")
    page.get_by_role("button", name="Make it").click()
    page.get_by_text("It needs a token").wait_for()
    of_robot = make(page, "Inventory")
    assert who(portal, of_robot).json()["kind"] == "service_account"
    page.get_by_role("link", name="I have copied it").click()
    page.get_by_role("link", name="Switch off").click()
    page.get_by_role("button", name="Switch off").click()
    page.get_by_text("Switched off").first.wait_for()
    assert who(portal, of_robot).status_code == 401
