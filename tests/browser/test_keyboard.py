"""The customer's journey without a mouse: every step by keys alone, and the focus to be seen at each."""

import hashlib
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from sendense_portal.tenancy.roles import TenantRole
from tests.browser.world import World
from tests.localhub_process import file_in_vm

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MOST_STEPS = 150
SLOW = 60_000


def test_the_whole_journey_takes_no_mouse(world: World, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, accept_downloads=True)
    page = world.sign_in(context, TenantRole.ADMIN)
    skip_link_leads_to_the_content(page)
    press(page, page.locator("#nav").get_by_role("link", name="Virtual machines"))
    expect(page.get_by_role("heading", name="Virtual machines", exact=True)).to_be_visible()
    press(page, page.get_by_role("link", name="db01", exact=True).first)
    panel = page.locator("#panel-body")
    expect(panel.get_by_role("heading", name="db01")).to_be_visible()
    press(page, panel.get_by_role("link", name="Back up now").first)
    choose_full_and_start(page)
    expect(page.locator("main")).to_contain_text("100 %", timeout=SLOW)
    open_point(page)
    took = download(page)
    assert hashlib.sha256(took).digest() == hashlib.sha256(hosts_of(world)).digest()
    context.close()


def hosts_of(world: World) -> bytes:
    """The file as it is in the machine."""
    return file_in_vm(world.portal.data / "vms", "db01", 0, 1, "/etc/hostname")


def skip_link_leads_to_the_content(page: Page) -> None:
    """The first key of a page offers to jump over the navigation."""
    page.reload()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    page.reload()


def walk_to(page: Page, wanted: Locator) -> None:
    """Tab by Tab until the wanted thing has the focus; each thing on the way shows that it has it."""
    expect(wanted).to_be_visible(timeout=SLOW)
    for _ in range(MOST_STEPS):
        if wanted.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
        focus_is_seen(page)
    raise AssertionError(f"{wanted} is not reached by {MOST_STEPS} presses of Tab")


def focus_is_seen(page: Page) -> None:
    """What has the focus is drawn with a line around it (radios and boxes: their label)."""
    unseen = page.evaluate(
        """() => {
            const element = document.activeElement;
            if (element === document.body || element.tagName === "IFRAME") return "";
            const drawn = (one) => one && getComputedStyle(one).outlineStyle !== "none"
                && parseFloat(getComputedStyle(one).outlineWidth) >= 1;
            if (drawn(element) || drawn(element.closest("label"))) return "";
            return element.outerHTML.slice(0, 200);
        }"""
    )
    assert unseen == ""


def press(page: Page, wanted: Locator) -> None:
    """Walks there and presses Enter."""
    walk_to(page, wanted)
    page.keyboard.press("Enter")


def choose_full_and_start(page: Page) -> None:
    """The dialog has the focus when it opens; its radios answer to the arrows and to Space."""
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    assert page.evaluate("document.querySelector('dialog').contains(document.activeElement)")
    full = dialog.get_by_role("radio", name=re.compile("^Full"))
    for _ in range(MOST_STEPS):
        if full.is_checked():
            break
        if page.evaluate("document.activeElement.type === 'radio'"):
            page.keyboard.press("ArrowUp")
        else:
            page.keyboard.press("Tab")
    expect(full).to_be_checked()
    page.wait_for_timeout(300)
    expect(dialog.locator(".htmx-request")).to_have_count(0)  # what is chosen draws the dialog anew
    press(page, dialog.get_by_role("button", name="Start backup"))
    toast = page.locator("#toasts > *", has_text="Backup of db01 started")
    expect(toast).to_be_visible(timeout=SLOW)
    press(page, toast.get_by_role("link").first)
    page.wait_for_url(re.compile(r"/backups/[0-9a-f-]{36}/"))


def open_point(page: Page) -> None:
    """From the backup's page to its files; a hub that is still closing the point is asked again."""
    press(page, page.get_by_role("link", name=re.compile("Browse files")).first)
    for _ in range(20):
        press(page, page.get_by_role("button", name="Open", exact=True))
        page.wait_for_timeout(700)
        if "/files/" in page.url:
            return
    raise AssertionError("the restore point could not be opened")


def download(page: Page) -> bytes:
    """Into the partition and its folder, and the file's bytes as the browser saves them."""
    press(page, page.get_by_role("link", name=re.compile("Partition 1|data")).first)
    files = page.locator("#files")
    press(page, files.get_by_role("link", name="etc", exact=True))
    # The list is one stop of Tab; within it arrows and names lead on.
    walk_to(page, files.locator('tr[data-index][tabindex="0"]'))
    page.keyboard.type("hostname", delay=20)
    expect(files.get_by_role("row", name=re.compile("hostname"))).to_be_focused()
    focus_is_seen(page)
    with page.expect_download() as saved:
        page.keyboard.press("Enter")
    return Path(saved.value.path()).read_bytes()
