"""People in the browser: somebody is invited, comes in, and is removed while their page is open."""

import re
import time
from collections.abc import Callable

from playwright.sync_api import Browser, Page

from tests.portal_process import PortalProcess
from tests.visitor import PASSWORD, Visitor

ADMIN, NEW = "admin@provider.test", "new.person@acme.test"


def signed_in(browser: Browser, portal: PortalProcess, person: str) -> Page:
    page = browser.new_context().new_page()
    page.goto(portal.address + "/sign-in/")
    page.get_by_label("Email").fill(person)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Dashboard").wait_for()
    return page


def link_in_letter(portal: PortalProcess, within: float = 10) -> str:
    """The link of the last letter; without a mail server letters are printed."""
    end = time.monotonic() + within
    while time.monotonic() < end:
        if found := re.findall(r"(http://\S+/invitation/\S+)", portal.output):
            return str(found[-1])
        time.sleep(0.1)
    raise AssertionError(portal.output[-2000:])


def test_invited_let_in_and_removed_while_looking(
    browser: Browser, start_portal: Callable[..., PortalProcess]
) -> None:
    portal = start_portal()
    Visitor(portal).first_run(ADMIN)
    portal.manage("create_tenant", "Acme")

    admin = signed_in(browser, portal, ADMIN)
    admin.get_by_role("link", name="People").click()
    admin.get_by_role("link", name="Invite somebody").click()
    admin.get_by_label("E-mail address").fill(NEW)
    admin.get_by_label("Belongs to").select_option("Acme")
    admin.get_by_label("Role").select_option("Operator")
    admin.get_by_role("button", name="Send the invitation").click()
    admin.get_by_text(f"An invitation is on its way to {NEW}").first.wait_for()

    person = browser.new_context().new_page()
    person.goto(link_in_letter(portal))
    person.get_by_label("Your name").fill("New Person")
    person.get_by_label("Password", exact=True).fill(PASSWORD)
    person.get_by_label("Password again").fill(PASSWORD)
    person.get_by_role("button", name="Accept").click()
    person.get_by_role("heading", name="Dashboard").wait_for()
    person.goto(portal.address + "/vms/")
    person.locator("#live-state[data-live-state=live]").wait_for()

    admin.goto(portal.address + "/people/")
    admin.get_by_role("link", name="New Person").click()
    admin.get_by_role("link", name="Remove from Acme").click()
    admin.get_by_role("button", name="Remove", exact=True).click()
    # The socket ends within seconds, and the page that lived by it asks anew and is refused.
    person.get_by_role("heading", name="Virtual machines").wait_for(state="detached", timeout=5_000)
    answer = person.goto(portal.address + "/vms/")
    assert answer is not None
    assert answer.status == 403
    for page in (admin, person):
        page.context.close()
