"""Protection in the browser: a schedule previewed while typing, a flow, and a run that starts a backup."""

from collections.abc import Callable

from playwright.sync_api import Browser, Page

from tests.browser.test_quotas import ADMIN, OPERATOR, signed_in
from tests.browser.world import complaints_of
from tests.portal_process import PortalProcess
from tests.visitor import PASSWORD, Visitor

MANY = """
from sendense_portal.tenancy.models import HubConnection, Tenant
from vms.models import VirtualMachine
hub = HubConnection.objects.create(name="Elsewhere", url="http://127.0.0.1:9", enabled=False)
VirtualMachine.objects.bulk_create(
    VirtualMachine(hub=hub, remote_id=f"x{n}", name=f"acme-{n:03}", tenant=Tenant.objects.get())
    for n in range(220)
)
"""
"""Machines of a hub that nobody asks, so that sync leaves them alone."""


def test_a_flow_is_made_and_run(browser: Browser, start_portal: Callable[..., PortalProcess]) -> None:
    portal = start_portal()
    visitor = Visitor(portal)
    visitor.first_run(ADMIN)
    visitor.wait_for_vms(3)
    portal.manage("create_tenant", "Acme")
    portal.manage("create_person", OPERATOR, "--tenant", "Acme", "--role", "operator", text=PASSWORD + "\n")
    portal.manage("assign_vms", "Acme", "db01")

    page = signed_in(browser, portal, OPERATOR)
    complaints = complaints_of(page)
    page.get_by_role("link", name="Protection").click()
    page.get_by_role("link", name="Schedules").click()
    page.get_by_role("link", name="New schedule").click()
    page.get_by_label("Name").fill("Minutely")
    page.get_by_label("How often").select_option("cron")
    page.get_by_role("textbox", name="Cron").fill("nonsense")
    page.locator("#preview").get_by_text("Five fields are wanted").wait_for()
    page.get_by_role("textbox", name="Cron").fill("* * * * *")
    page.locator("#preview time").nth(4).wait_for()
    page.get_by_role("button", name="Save the schedule").click()
    page.get_by_text("The schedule was saved.").wait_for()

    page.get_by_role("link", name="Virtual machines").click()
    page.get_by_role("link", name="db01").first.click()
    page.get_by_role("link", name="Make a flow").first.click()
    assert page.get_by_role("checkbox", name="db01").is_checked()
    page.get_by_label("Name").fill("Databases")
    page.get_by_role("combobox", name="Repository").select_option(index=1)
    page.get_by_role("combobox", name="Schedule").select_option(label="Minutely")
    page.get_by_role("button", name="Save the flow").click()
    page.get_by_text("The flow was saved.").wait_for()
    page.get_by_role("button", name="Run now").click()
    page.get_by_role("link", name="Machine by machine").click()
    page.get_by_text("1 started, 0 not.").wait_for(timeout=15_000)
    page.get_by_role("link", name="Completed", exact=True).wait_for(timeout=30_000)
    page.get_by_role("link", name="Databases").click()
    chosen_among_many(page, portal)
    switched_off_together(page)
    assert complaints == []


def chosen_among_many(page: Page, portal: PortalProcess) -> None:
    """Of more than two hundred machines those whose names one types part of are left to choose from."""
    portal.manage("shell", "-v", "0", "-c", MANY)
    page.goto(portal.address + "/protection/flows/new/")
    machines = page.get_by_role("group", name="Machines")
    machines.get_by_role("searchbox").fill("acme-21")
    assert machines.get_by_role("checkbox").count() == 10
    machines.get_by_role("checkbox", name="acme-217").check()
    machines.get_by_text("1 / 221").wait_for()
    page.get_by_label("Name", exact=True).fill("One of many")
    page.get_by_role("combobox", name="Repository").select_option(index=1)
    page.get_by_role("combobox", name="Newest restore point").select_option(label="4 hours")
    page.get_by_role("button", name="Save the flow").click()
    page.get_by_role("heading", name="1 machine", exact=True).wait_for()
    page.get_by_text("at most 4 hours old").wait_for()
    page.get_by_role("link", name="acme-217").click()
    page.get_by_text("at most 4 hours old").wait_for()


def switched_off_together(page: Page) -> None:
    """A schedule rests, and the flow that follows it is named before."""
    page.get_by_role("link", name="Protection").click()
    page.get_by_role("link", name="Schedules").click()
    page.get_by_label("Choose Minutely").check()
    page.get_by_role("button", name="Switch off").click()
    page.get_by_text("1 flow changes with them").wait_for()
    page.get_by_role("button", name="Switch off").click()
    page.get_by_text("1 flow rests with it.").wait_for()
