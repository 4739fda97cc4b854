"""From a part of a name to an old version of the file, with the proof of what was taken."""

import re
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from localhub.samples.building import tool
from localhub.samples.partition_tables import FIRST
from sendense_portal.tenancy.roles import TenantRole
from tests.browser.world import World, contexts

NAME = "budget 2026.csv"
OLD, NEW = b"item;amount\nrent;100\n", b"item;amount\nrent;100\nheating;20\n"
DISKS = 2
SLOW = 60_000
WALK = """
import time
from datetime import timedelta
from django.utils import timezone
from restore.catalogue import walker
from restore.models import CataloguePoint
from sendense_portal.tenancy.models import HubConnection

walker.FINISHING_FOR = timedelta()  # nobody waits two minutes here
hub = HubConnection.objects.get()
mine = CataloguePoint.objects.filter(backup__in={keys}, state="complete")
for _ in range(60):
    walker.walk_all(hub)
    if mine.count() == {count}:
        break
    # A hub that was still closing a point is asked again at once, not in ten minutes.
    CataloguePoint.objects.filter(state="waiting").update(touched_at=timezone.now(), tries=0)
    time.sleep(0.5)
else:
    raise SystemExit("not walked: " + str(list(CataloguePoint.objects.values("state", "cause"))))
"""


def test_an_old_version_is_found_taken_and_proved(world: World, browser: Browser, tmp_path: Path) -> None:
    context, complaints = contexts(browser, "light")
    page = world.sign_in(context, TenantRole.ADMIN)
    points = two_points(world, page, tmp_path)
    world.portal.manage("shell", "--no-imports", "-c", WALK.format(keys=points, count=len(points) * DISKS))

    page.get_by_role("link", name="Restore", exact=True).first.click()
    page.get_by_role("link", name="Search files").first.click()
    page.get_by_label("File name").fill("get 2026")
    page.get_by_label("File name").press("Enter")
    page.get_by_role("row").filter(has_text="Disk 0").get_by_role("link", name=NAME, exact=True).click()
    versions = page.get_by_role("list", name="Versions, the newest first").get_by_role("listitem")
    older = versions.filter(has=page.get_by_role("link", name="Open the point")).nth(1)
    older.get_by_role("link", name="Open the point").click()
    opened(page)

    with page.expect_download() as taking:
        page.get_by_role("link", name=f"Download {NAME}").click()
    taken = tmp_path / "taken.csv"
    taking.value.save_as(taken)
    assert taken.read_bytes() == OLD
    manifest = manifest_of(page, world, tmp_path)
    assert NAME in manifest.read_text(encoding="utf-8")
    assert proof(world, page, tmp_path, manifest, taken) == 0
    taken.write_bytes(NEW)
    assert proof(world, page, tmp_path, manifest, taken) == 1, "another version is not what was taken"
    assert complaints == []
    context.close()


def two_points(world: World, page: Page, folder: Path) -> list[str]:
    """Backs Acme's machine up with the one and with the other content of the file; the keys of both."""
    keys = []
    for content in (OLD, NEW):
        source = folder / "content"
        source.write_bytes(content)
        disk = world.portal.data / "vms" / "db01" / "disk0.raw"
        script = f'rm "/{NAME}"\nwrite {source} "{NAME}"\n'
        tool("debugfs", "-w", "-f", "-", f"{disk}?offset={FIRST}", stdin=script)
        keys.append(back_up(world, page))
    return keys


def back_up(world: World, page: Page) -> str:
    """Backs Acme's machine up; the backup's key when it has completed."""
    address = f"{world.portal.address}/backups/start/?vm={world.keys_of_customer['vm']}"
    start = page.get_by_role("button", name="Start backup")
    page.goto(address)
    for _ in range(20):
        if start.is_enabled():
            break
        # The hub may still be ending the one before.
        page.wait_for_timeout(1_000)
        page.goto(address)
    start.click()
    page.locator("#toasts > *", has_text="Backup of db01 started").get_by_role("link").first.click()
    page.wait_for_url(re.compile(r"/backups/[0-9a-f-]{36}/"))
    expect(page.locator("main")).to_contain_text("100 %", timeout=SLOW)
    return page.url.rstrip("/").rpartition("/")[2]


def opened(page: Page) -> None:
    """Opens the point; a hub that is still closing it is asked again."""
    files = page.locator("#file-browser")
    for _ in range(20):
        page.locator("#mount-open-send").click()
        refused = page.locator("#mount-open .alert-error")
        expect(files.or_(refused).first).to_be_visible(timeout=SLOW)
        if files.is_visible():
            return
        page.wait_for_timeout(500)
    raise AssertionError("the restore point could not be opened")


def manifest_of(page: Page, world: World, folder: Path) -> Path:
    """The signed manifest of the newest download."""
    page.goto(world.portal.address + "/restore/downloads/")
    with page.expect_download() as taking:
        page.get_by_role("link", name=f"Signed manifest of {NAME}").first.click()
    taking.value.save_as(folder / "manifest.json")
    return folder / "manifest.json"


def proof(world: World, page: Page, folder: Path, manifest: Path, taken: Path) -> int:
    """What the script that the portal hands out says, in a Python that knows nothing of it."""
    script = folder / "verify_manifest.py"
    script.write_bytes(page.request.get(world.portal.address + f"/restore/downloads/{script.name}").body())
    words = [sys.executable, "-I", str(script), str(manifest), str(taken)]
    return subprocess.run(words, cwd="/", capture_output=True, check=False).returncode
