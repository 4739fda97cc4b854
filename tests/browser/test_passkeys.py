"""A passkey in the browser, with an authenticator that Chromium plays (WebDriver's virtual one, by CDP)."""

from collections.abc import Callable

from playwright.sync_api import Browser, CDPSession, Page

from tests.browser.test_people import signed_in
from tests.browser.world import complaints_of
from tests.portal_process import PortalProcess
from tests.visitor import PASSWORD, Visitor

ADMIN = "admin@provider.test"


def plug_in(page: Page) -> CDPSession:
    """An authenticator of the machine itself, whose owner is there and recognised."""
    line = page.context.new_cdp_session(page)
    line.send("WebAuthn.enable")
    line.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    return line


def sign_out(page: Page, portal: PortalProcess) -> None:
    page.evaluate("document.querySelector('form[action=\"/sign-out/\"]').submit()")
    page.wait_for_url(f"{portal.address}/sign-in/**")


def test_a_passkey_is_added_then_asked_for_after_the_password_and_opens_the_door_alone(
    browser: Browser, start_portal: Callable[..., PortalProcess]
) -> None:
    portal = start_portal()
    Visitor(portal).first_run(ADMIN)
    page = signed_in(browser, portal, ADMIN)
    complaints = complaints_of(page)
    plug_in(page)

    page.goto(portal.address + "/profile/security/")
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_role("textbox", name="Name").fill("laptop")
    page.locator("[data-passkey-button]").click()
    page.get_by_text("“laptop” was added.").wait_for()
    codes = page.locator("main li").all_inner_texts()
    assert len({code for code in codes if code.replace(" ", "").isdigit()}) == 10
    page.goto(portal.address + "/profile/security/")
    page.get_by_text("laptop").first.wait_for()
    sign_out(page, portal)

    page.goto(portal.address + "/sign-in/")
    page.get_by_label("Email").fill(ADMIN)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(f"{portal.address}/sign-in/second-factor/**")
    assert page.goto(portal.address + "/vms/") is not None
    assert "/sign-in/" in page.url  # not in yet
    page.goto(portal.address + "/sign-in/second-factor/")
    page.locator("[data-passkey-button]").click()
    page.get_by_role("heading", name="Dashboard").wait_for()
    sign_out(page, portal)

    # Who shows a passkey has shown both: what one has, and that it is oneself.
    page.goto(portal.address + "/sign-in/")
    page.locator("[data-passkey-button]").click()
    page.get_by_role("heading", name="Dashboard").wait_for()
    rows = Visitor(portal).rows("audit.AuditEntry", "action", "parameters")
    ways = [row["parameters"].get("by") for row in rows if row["action"] == "person.sign_in"]
    assert ways.count("password, passkey") == ways.count("passkey") == 1
    assert complaints == []
    page.context.close()
