"""Repositories in the browser: the form asks for what its type needs; one is made, seen and deleted."""

from playwright.sync_api import BrowserContext, Page, expect

from sendense_portal.tenancy.roles import ProviderRole
from tests.browser.world import World

FIELDS = {
    "Local folder": {"Folder"},
    "NFS": {"Server", "Exported path", "Mount point", "NFS version", "Mount options"},
    "CIFS (SMB)": {
        "Server", "Share", "Mount point", "User name", "Password", "Domain", "Mount options",
    },
}  # fmt: skip
ALL = set().union(*FIELDS.values())
WITHOUT_HAS = """() => {
  for (const sheet of document.styleSheets) prune(sheet)
  function prune(group) {
    for (let at = group.cssRules.length - 1; at >= 0; at--) {
      const rule = group.cssRules[at]
      if (rule.selectorText?.includes(":has(")) group.deleteRule(at)
      else if (rule.cssRules) prune(rule)
    }
  }
}"""


def asked_for(page: Page) -> set[str]:
    """The labels of the fields of some types that are to be seen."""
    return {label for label in ALL if page.get_by_label(label, exact=True).is_visible()}


def test_one_is_added_seen_and_deleted(world: World, context: BrowserContext, complaints: list[str]) -> None:
    page = world.sign_in(context, ProviderRole.ADMIN)
    page.goto(world.portal.address + "/backups/repositories/")
    page.get_by_role("link", name="Add a repository").click()
    for kind, fields in FIELDS.items():
        page.get_by_role("radio", name=kind).check()
        assert asked_for(page) == fields, kind

    page.evaluate(WITHOUT_HAS)
    assert asked_for(page) == ALL, "a browser without :has() hides nothing"
    page.get_by_role("radio", name="Local folder").check()
    page.get_by_label("Name", exact=True).fill("Vault")
    page.get_by_label("Server", exact=True).fill("left over from another type")
    page.get_by_label("Folder", exact=True).fill("/etc/vault")
    page.get_by_role("button", name="Test").click()
    expect(page.get_by_text("It has to lie under one of")).to_be_visible()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Vault")

    page.get_by_label("Folder", exact=True).fill(str(world.portal.data / "localhub" / "vault"))
    page.get_by_role("button", name="Test").click()
    expect(page.get_by_text("The hub can write there")).to_be_visible()
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("heading", name="Vault", level=1)).to_be_visible()
    expect(page.get_by_text("The provider only")).to_be_visible()
    page.get_by_role("button", name="Count anew").click()
    expect(page.get_by_text("has counted its repositories anew")).to_be_visible()

    page.get_by_role("link", name="Delete").click()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("Vault was deleted.")).to_be_visible()
    assert page.locator("#repositories").get_by_role("link", name="Vault").count() == 0
    assert not complaints
