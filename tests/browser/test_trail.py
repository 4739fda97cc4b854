"""The trail in the browser: filtered, taken out, and reached from a machine."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from sendense_portal.tenancy.roles import TenantRole
from tests.audit.exports import verify_alone
from tests.browser.world import World, contexts

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def taken(page: Page, link: str) -> bytes:
    """The file behind a link of the page."""
    with page.expect_download() as waiting:
        page.get_by_role("link", name=link).click()
    return Path(waiting.value.path()).read_bytes()


def test_an_auditor_filters_exports_and_verifies(world: World, browser: Browser, tmp_path: Path) -> None:
    context, complaints = contexts(browser, "light")
    page = world.sign_in(context, TenantRole.AUDITOR)
    page.goto(world.portal.address + "/activity/")
    whole = taken(page, "All as JSON lines")
    script = taken(page, "Verifier")
    assert script.startswith(b"#!/usr/bin/env python3")
    status, said = verify_alone(tmp_path, whole)
    assert (status, said.splitlines()[-1]) == (0, "SOUND")
    assert verify_alone(tmp_path, whole.replace(b"db01", b"db02", 1))[0] == 1

    page.get_by_label("Action").select_option(label="Start a backup")
    page.get_by_role("link", name="These as CSV").wait_for()
    assert "action=backup.start" in page.url
    csv = taken(page, "These as CSV").decode()
    assert "Started a backup of db01 (full)" in csv
    assert "audit.export" not in csv

    page.locator("tbody a[href^='/activity/']").first.click()
    page.get_by_role("heading", name="As it is recorded").wait_for()
    assert page.get_by_role("heading", name="The whole attempt").count() == 1
    assert complaints == []
    context.close()


def test_a_machine_leads_to_its_history(world: World, browser: Browser) -> None:
    context, complaints = contexts(browser, "dark")
    page = world.sign_in(context, TenantRole.ADMIN)
    page.goto(f"{world.portal.address}/vms/{world.keys_of_customer['vm']}/")
    page.get_by_role("link", name="History").click()
    page.get_by_text("History of db01").wait_for()
    assert page.get_by_text("Assigned db01 to Acme").count() == 1
    page.get_by_role("link", name="Show everything").click()
    page.get_by_text("History of db01").wait_for(state="detached")
    assert complaints == []
    context.close()
