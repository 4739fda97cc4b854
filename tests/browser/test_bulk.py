"""Several at once with the keyboard, and lists as a person makes them their own."""

import pytest
from playwright.sync_api import Browser, expect

from sendense_portal.tenancy.roles import ProviderRole, TenantRole
from tests.browser.world import World, contexts

pytestmark = [pytest.mark.browser, pytest.mark.slow]
ROWS = 'input[name="row"]'


def test_machines_are_chosen_with_the_keyboard_and_each_result_stays(world: World, browser: Browser) -> None:
    context, complaints = contexts(browser, "dark")
    page = world.sign_in(context, ProviderRole.OPERATOR)
    page.goto(world.portal.address + "/vms/")
    start = page.get_by_role("button", name="Back up")
    expect(start).to_be_disabled()
    page.get_by_label("All of this page").focus()
    page.keyboard.press("Space")
    expect(page.locator(f"{ROWS}:checked")).to_have_count(page.locator(ROWS).count())
    page.get_by_label("Choose db01").focus()
    page.keyboard.press("Space")
    expect(page.get_by_label("Choose db01")).not_to_be_checked()
    expect(page.locator("[data-bulk-count]")).to_have_text("2")
    # What refreshes itself loses nothing that was chosen.
    page.evaluate("document.body.dispatchEvent(new Event('live:vms'))")
    page.wait_for_timeout(500)
    expect(page.locator(f"{ROWS}:checked")).to_have_count(2)
    start.press("Enter")
    page.get_by_role("button", name="Start backups").press("Enter")
    expect(page.get_by_role("status").filter(has_text="2 done, 0 not done.")).to_be_visible(timeout=20_000)
    address = page.url
    page.goto(world.portal.address + "/backups/")
    page.goto(address)
    assert page.get_by_text("started.").count() == 2
    assert complaints == []
    context.close()


def test_columns_views_and_the_file_of_a_list(world: World, browser: Browser) -> None:
    context, complaints = contexts(browser, "light")
    page = world.sign_in(context, TenantRole.VIEWER)
    page.goto(world.portal.address + "/backups/?state=completed")
    with page.expect_download() as file:
        page.get_by_role("link", name="CSV").click()
    assert "db01" in file.value.path().read_text("utf-8")
    page.get_by_role("link", name="Views and columns").click()
    page.get_by_role("textbox", name="Name", exact=True).fill("Good ones")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("link", name="Views and columns").click()
    page.get_by_role("checkbox", name="Repository").uncheck()
    page.get_by_role("button", name="Show these").click()
    expect(page.get_by_role("columnheader", name="Status")).to_be_visible()
    assert page.get_by_role("columnheader", name="Repository").count() == 0
    page.goto(world.portal.address + "/backups/")
    page.get_by_role("link", name="Views and columns").click()
    page.get_by_role("link", name="Good ones").click()
    page.wait_for_url("**/backups/?state=completed")
    page.get_by_role("link", name="Views and columns").click()
    page.get_by_role("checkbox", name="Repository").check()
    page.get_by_role("button", name="Show these").click()
    expect(page.get_by_role("columnheader", name="Repository")).to_be_visible()
    assert complaints == []
    context.close()


def test_without_javascript_all_of_a_page_is_deleted_by_plain_forms(world: World, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = world.sign_in(context, TenantRole.ADMIN)
    page.goto(world.portal.address + "/backups/")
    page.get_by_label("All of this page").check()
    page.get_by_role("button", name="Delete", exact=True).click()
    assert page.get_by_role("heading", name="Delete backups").count() == 1
    assert page.get_by_text("db01").count() > 0
    context.close()
