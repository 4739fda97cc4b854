"""Discovery in the browser: a credential, what its vCenter has, and a machine given to a customer."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from sendense_portal.tenancy.roles import ProviderRole
from tests.browser.world import World
from tests.localhub_process import LocalHub

NAMES = ("acme-web", "acme-db", "with-disk1")


FORGET = """
from vms.models import Credential, VirtualMachine
from sendense_portal.tenancy.models import HubConnection
from backups.models import Repository
for model in (VirtualMachine, Credential, Repository):
    model.objects.filter(hub__name="Second hub").delete()
HubConnection.objects.filter(name="Second hub").delete()
"""


@pytest.fixture
def second_hub(world: World, tmp_path: Path) -> Iterator[None]:
    """Forgotten again: a hub that is down would be a banner on all pages of the world."""
    folder = tmp_path
    for name in NAMES:
        (folder / "vms" / name).mkdir(parents=True)
        with (folder / "vms" / name / "disk.raw").open("wb") as disk:
            disk.truncate(3 << 20)
    with LocalHub(folder / "vms", folder / "state", inventory="discovered") as hub:
        (folder / "token").write_text(hub.token)
        world.portal.manage("connect_hub", "Second hub", hub.url, "--token-file", str(folder / "token"))
        yield
        world.portal.manage("shell", "--no-imports", "-c", FORGET)


def seen(page: Page, name: str) -> None:
    """Keeps pictures where SHOTS names a folder, in both schemes and widths."""
    if folder := os.environ.get("SHOTS"):
        for scheme in ("light", "dark"):
            for width in (1440, 820):
                page.emulate_media(color_scheme=scheme)
                page.set_viewport_size({"width": width, "height": 900})
                page.wait_for_timeout(400)  # the drawer of narrow windows slides away
                page.screenshot(path=Path(folder) / f"{name}-{scheme}-{width}.png", full_page=True)
        page.emulate_media(color_scheme="light")
        page.set_viewport_size({"width": 1440, "height": 900})


def test_a_machine_is_found_added_and_given_to_a_customer(
    world: World, second_hub: None, context: BrowserContext, complaints: list[str]
) -> None:
    page = world.sign_in(context, ProviderRole.ADMIN)
    page.get_by_role("link", name="Discovery").click()
    page.get_by_role("link", name="Credentials", exact=True).click()
    page.get_by_role("link", name="Add a credential").click()
    page.get_by_label("Hub", exact=True).select_option("Second hub")
    for label, text in (
        ("Name", "Lab"), ("vCenter", "localhub.invalid"), ("Datacenter", "localhub"),
        ("User name", "localhub"), ("Password", "localhub"),
    ):  # fmt: skip
        page.get_by_label(label, exact=True).fill(text)
    seen(page, "credential-add")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text("0 machines are backed up by it")).to_be_visible()
    seen(page, "credential")
    page.get_by_role("button", name="Discover").click()
    expect(page.get_by_text("2 of 3 are not at the hub yet")).to_be_visible(timeout=10_000)
    expect(page.get_by_role("row", name="with-disk1")).to_contain_text("can’t handle this name")
    seen(page, "found")

    page.get_by_role("row", name="acme-web").get_by_role("checkbox").check()
    page.get_by_role("button", name="Add to the hub").click()
    page.get_by_label("Give them to").select_option("Acme")
    seen(page, "add")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text("1 added, 0 not added")).to_be_visible(timeout=10_000)
    expect(page.get_by_role("row", name="acme-web")).to_contain_text("It belongs to Acme")
    seen(page, "added")
    page.get_by_role("link", name="acme-web").click()
    expect(page.get_by_role("heading", name="acme-web")).to_be_visible()
    for name, path in (("discoveries", "/vms/discovery/"), ("credentials", "/vms/credentials/")):
        page.goto(world.portal.address + path)
        seen(page, name)
    page.get_by_role("link", name="Lab").click()
    page.get_by_role("link", name="Delete").click()
    expect(page.get_by_text("1 machine is backed up by it: acme-web")).to_be_visible()
    seen(page, "delete")
    assert complaints == []
