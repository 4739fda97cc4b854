"""What single pages promise."""

import pytest
from playwright.sync_api import Browser

from sendense_portal.tenancy.roles import TenantRole
from tests.browser.world import World

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_a_viewer_is_offered_no_backup_and_no_files(world: World, browser: Browser) -> None:
    visitor = world.sign_in(browser.new_context(), TenantRole.VIEWER)
    visitor.goto(world.portal.address + "/vms/")
    assert visitor.get_by_role("row").count() == 2, "the head and Acme's one machine"
    assert visitor.get_by_role("link", name="Back up").count() == 0
    assert visitor.get_by_role("link", name="Files").count() == 0
    visitor.context.close()


def test_without_javascript_a_backup_starts_and_shows(world: World, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = world.sign_in(context, TenantRole.OPERATOR)
    page.goto(f"{world.portal.address}/backups/start/?vm={world.keys_of_customer['vm']}")
    page.get_by_role("button", name="Start backup").click()
    assert "/backups/" in page.url
    assert page.get_by_role("heading", name="Backup of db01").count() == 1
    context.close()
