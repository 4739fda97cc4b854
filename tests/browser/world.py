"""A running product with a customer, a person for each role, backups and an open restore point."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

from sendense_portal.tenancy.roles import ProviderRole, TenantRole
from tests.portal_process import PortalProcess
from tests.visitor import PASSWORD, Visitor

CUSTOMER = "Acme"
LEFT = ("htmx:afterRequest", "htmx:sendAbort", "htmx:sendError")
"""htmx's words for a question whose page is left before the answer; of an answer that is an error it says
``htmx:responseError``, and the browser itself complains."""
ROLES = (*ProviderRole.values, *TenantRole.values)


def address_of(role: str) -> str:
    """The e-mail address of the person with a role."""
    return f"{role}@provider.test" if role in ProviderRole.values else f"{role}@acme.test"


class World:
    """``keys`` belong to the provider alone, ``keys_of_customer`` to Acme."""

    def __init__(self, data: Path) -> None:
        self.examined: dict[str, list[frozenset[str]]] = {}
        """Of which parts the pages were made that axe has looked at, by colour scheme and address."""
        self.portal = PortalProcess(data).start()
        visitor = Visitor(self.portal)
        visitor.first_run(address_of(ProviderRole.ADMIN))
        vms = visitor.wait_for_vms(3)
        self.portal.manage("create_tenant", CUSTOMER)
        with ThreadPoolExecutor() as beside:  # the commands take their time to start
            list(beside.map(self.create_person, [role for role in ROLES if role != ProviderRole.ADMIN]))
        self.portal.manage("assign_vms", CUSTOMER, "db01")
        backup = visitor.back_up(vms["web01"])
        of_customer = visitor.back_up(vms["db01"])
        visitor.wait_for_backups(backup, of_customer)
        self.keys = {
            "vm": vms["web01"], "backup": backup, "mount": visitor.open_point(backup),
            "hub": visitor.rows("tenancy.HubConnection", "id")[0]["id"],
        }  # fmt: skip
        self.keys_of_customer = self.keys | {"vm": vms["db01"], "backup": of_customer}

    def create_person(self, role: str) -> None:
        """The person of a role, with the password of all."""
        of_provider = role in ProviderRole.values
        part = ("--provider-role", role) if of_provider else ("--tenant", CUSTOMER, "--role", role)
        self.portal.manage("create_person", address_of(role), *part, text=PASSWORD + "\n")

    def sign_in(self, context: BrowserContext, role: str) -> Page:
        """A page of the person with this role, on their dashboard."""
        page = context.new_page()
        page.goto(self.portal.address + "/sign-in/")
        page.get_by_label("Email").fill(address_of(role))
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("heading", name="Dashboard").wait_for()
        return page


def contexts(browser: Browser, scheme: str) -> tuple[BrowserContext, list[str]]:
    """A browser of its own, and what its console will complain of."""
    context = browser.new_context(color_scheme=scheme, viewport={"width": 1440, "height": 900})  # type: ignore[arg-type]
    complaints = complaints_of(context)
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    return context, complaints


def complaints_of(listened_to: BrowserContext | Page) -> list[str]:
    """What the console complains of from now on."""
    complaints: list[str] = []

    def listen(said: ConsoleMessage) -> None:
        if said.type == "error" and not said.text.startswith(LEFT):
            complaints.append(said.text)

    listened_to.on("console", listen)
    return complaints
