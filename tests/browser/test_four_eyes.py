"""Four eyes in two browsers: one person asks for a deletion, another approves it; one alone can't."""

from collections.abc import Callable

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_customers import faults_of, signed_in
from tests.portal_process import PortalProcess
from tests.visitor import PASSWORD, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow]
REQUESTER, APPROVER = "first@cobalt.test", "second@cobalt.test"


def points_at_hub(portal: PortalProcess, repository: str) -> int:
    """Backups that the hub itself still lists."""
    answer = requests.get(f"{portal.hub_url}/api/v1/backups?repository_id={repository}", timeout=20)
    return len(answer.json()["backups"])


def look(page: Page, faults: list[str]) -> None:
    """What is wrong with the page in both colour schemes."""
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)
        # Colours of buttons and fields pass into each other; half way they have no contrast yet.
        page.wait_for_timeout(300)
        faults += faults_of(page)


def test_a_backup_is_deleted_by_two_people_and_not_by_one(
    browser: Browser, start_portal: Callable[..., PortalProcess]
) -> None:
    portal = start_portal()
    visitor = Visitor(portal)
    visitor.first_run()
    vms = visitor.wait_for_vms(3)
    portal.manage("create_tenant", "Cobalt Works")
    for person in (REQUESTER, APPROVER):
        role = ("--tenant", "Cobalt Works", "--role", "tenant_admin")
        portal.manage("create_person", person, *role, text=PASSWORD + "\n")
    portal.manage("assign_vms", "Cobalt Works", "web01")
    full = visitor.back_up(vms["web01"])
    visitor.wait_for_backups(full)
    increment = visitor.back_up(vms["web01"], "incremental")
    visitor.wait_for_backups(increment)
    repository = visitor.rows("backups.Repository", "remote_id")[0]["remote_id"]
    tenant = visitor.rows("tenancy.Tenant", "id")[0]["id"]
    before = points_at_hub(portal, repository)
    faults: list[str] = []

    requester = signed_in(browser, portal, REQUESTER)
    requester.goto(f"{portal.address}/customers/{tenant}/rules/")
    requester.get_by_label("Two people to delete backups").check()
    requester.get_by_role("button", name="Save").click()
    requester.get_by_text("The safety rules were saved.").wait_for()

    approver = signed_in(browser, portal, APPROVER, "dark")
    approver.goto(portal.address + "/approvals/")
    approver.get_by_text("Nothing waits for you").wait_for()
    look(approver, faults)
    approver.locator('#live-state[data-live-state="live"]').wait_for(state="attached")

    requester.goto(f"{portal.address}/backups/{full}/delete/")
    requester.get_by_text("A second person has to approve this.").wait_for()
    look(requester, faults)
    requester.get_by_label("Reason").fill("The machine was rebuilt")
    requester.get_by_role("button", name="Ask for deletion").click()
    requester.get_by_text("Nothing is deleted yet").wait_for()
    look(requester, faults)
    expect(requester.get_by_role("button", name="Approve")).to_have_count(0)
    assert points_at_hub(portal, repository) == before

    # The other's open page has it without being loaded again.
    approver.get_by_role("link", name="Delete a backup").click(timeout=15_000)
    approver.get_by_text("The machine was rebuilt").wait_for()
    look(approver, faults)
    approver.get_by_label("Note").fill("Seen")
    approver.get_by_role("button", name="Approve").click()
    approver.locator("main").get_by_text("2 backups were deleted.").first.wait_for()
    look(approver, faults)
    assert points_at_hub(portal, repository) == before - 2

    requester.get_by_text("Approved", exact=True).first.wait_for(timeout=15_000)
    requester.goto(portal.address + "/activity/")
    requester.get_by_text("Asked a second person for Delete a backup").first.wait_for()
    requester.get_by_text("Approved what").first.wait_for()
    assert faults == []
