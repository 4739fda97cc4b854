"""The customer's journey from the first run to a restored file, through the real product in a browser."""

import hashlib
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.localhub_process import command, file_in_vm
from tests.portal_process import PortalProcess
from tests.visitor import PASSWORD, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow]

FOLDER = "etc"
LEFT_OUT = "_not-included.txt"
"""What the portal adds to an archive to name the links that it left out."""
SLOW = 60_000


@pytest.mark.parametrize("dialect", ["today", "older"])
def test_from_the_first_run_to_a_restored_file(
    page: Page,
    start_portal: Callable[..., PortalProcess],
    complaints: list[str],
    tmp_path: Path,
    dialect: str,
) -> None:
    portal = start_portal("--dialect", dialect, "--copy-rate", "20")
    vms = portal.data / "vms"
    first_run(page, portal)
    full = back_up(page, portal, "Full", watch=dialect == "today")
    command("change-vm", vms, "web01")
    changed_at = file_in_vm(vms, "web01", 0, 1, "/etc/hostname")
    increment = back_up(page, portal, "Incremental")
    sizes = stored_bytes(portal)
    assert sizes[increment] < sizes[full] / 5, "an incremental holds what was changed, not the disk"
    open_files(page, portal, increment)
    root = "/partition-1" if dialect == "today" else ""
    if root:
        page.get_by_role("link", name=re.compile("Partition 1|web data")).first.click()
    page.locator("#files").get_by_role("link", name=FOLDER, exact=True).click()
    expect(page.locator("#files")).to_contain_text("hostname")
    took = download_file(page, "hostname")
    assert hashlib.sha256(took).hexdigest() == hashlib.sha256(changed_at).hexdigest()
    archive_equals_the_folder(page, vms, tmp_path / "etc.zip")
    close(page)
    trail_names_the_person(page, portal)
    assert complaints == []


def first_run(page: Page, portal: PortalProcess) -> None:
    """The one-time link makes the first administrator and signs in; sign out and in again."""
    page.goto(portal.first_run_url)
    page.get_by_label("Your name").fill("Ada")
    page.get_by_label("E-mail address").fill("ada@provider.test")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password again").fill(PASSWORD)
    page.get_by_role("button", name=re.compile("administrator|Create|Continue|Start", re.I)).click()
    expect(page).to_have_url(portal.address + "/")
    page.get_by_role("button", name="Sign out").first.click()
    page.wait_for_url(re.compile("/sign-in/"))
    page.get_by_label("Email").fill("ada@provider.test")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Dashboard")).to_be_visible()


def back_up(page: Page, portal: PortalProcess, kind: str, *, watch: bool = False) -> str:
    """Virtual machines → select → Back up now → watch; returns the backup's id when it has completed."""
    page.goto(portal.address + "/vms/")
    row = page.get_by_role("row", name=re.compile("web01"))
    for _ in range(60):
        if row.count():
            break
        page.wait_for_timeout(500)
        page.reload()
    row.get_by_role("link", name="web01").first.click()
    panel = page.locator("#panel-body")
    expect(panel.get_by_role("heading", name="web01")).to_be_visible()
    panel.get_by_role("link", name="Back up now").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("radio", name=re.compile(f"^{kind}")).check()
    dialog.get_by_role("button", name="Start backup").click()
    toast = page.locator("#toasts > *", has_text="Backup of web01 started")
    expect(toast).to_be_visible(timeout=SLOW)
    toast.get_by_role("link").first.click()
    page.wait_for_url(re.compile(r"/backups/[0-9a-f-]{36}/"))
    key = page.url.rstrip("/").rsplit("/", 1)[1]
    if watch:
        moves_without_reload(page)
    expect(page.locator("main")).to_contain_text("100 %", timeout=SLOW)
    return key


def moves_without_reload(page: Page) -> None:
    """The bar takes several values while the very same page stays."""
    page.evaluate("window.stillTheSamePage = true")
    seen: set[float] = set()
    for _ in range(100):
        value = page.evaluate("document.querySelector('main progress')?.value ?? null")
        seen |= {value} - {None}
        if len(seen) >= 3:
            break
        page.wait_for_timeout(150)
    assert len(seen) >= 3, f"the bar stood still at {seen}"
    assert page.evaluate("window.stillTheSamePage") is True


def stored_bytes(portal: PortalProcess) -> dict[str, int]:
    """Bytes of each backup by its id."""
    rows = Visitor(portal).rows("backups.Backup", "id", "transferred_bytes")
    return {row["id"]: row["transferred_bytes"] for row in rows}


def open_files(page: Page, portal: PortalProcess, backup: str) -> None:
    """From the backup's page to its files; a hub that is still closing the point is asked again."""
    page.goto(f"{portal.address}/backups/{backup}/")
    page.get_by_role("link", name=re.compile("Browse files")).first.click()
    for _ in range(20):
        page.get_by_role("button", name="Open", exact=True).click()
        page.wait_for_timeout(700)
        if "/files/" in page.url:
            return
    raise AssertionError("the restore point could not be opened")


def download_file(page: Page, name: str) -> bytes:
    """A file's bytes as the browser saves them."""
    row = page.locator("#files").get_by_role("row", name=re.compile(name))
    with page.expect_download() as saved:
        row.get_by_role("link", name=f"Download {name}").click()
    assert saved.value.suggested_filename == name
    return Path(saved.value.path()).read_bytes()


def archive_equals_the_folder(page: Page, vms: Path, target: Path) -> None:
    """Every member of the folder's zip has the bytes of the file in the VM's disk."""
    with page.expect_download() as saved:
        page.get_by_role("link", name="This folder as zip").click()
    saved.value.save_as(target)
    with zipfile.ZipFile(target) as archive:
        assert archive.testzip() is None
        members = [name for name in archive.namelist() if not name.endswith("/")]
        files = [name for name in members if not name.endswith(LEFT_OUT)]
        assert len(files) >= 3
        for name in files:
            assert archive.read(name) == file_in_vm(vms, "web01", 0, 1, f"/{name}"), name


def close(page: Page) -> None:
    """Gives the restore point back."""
    page.get_by_role("link", name="Close", exact=True).click()
    page.get_by_role("button", name="Close it").click()
    expect(page.locator("body")).to_contain_text("closed", timeout=SLOW)


def trail_names_the_person(page: Page, portal: PortalProcess) -> None:
    """Each step is on record with who made it, and the chain is sound."""
    entries = Visitor(portal).rows("audit.AuditEntry", "action", "outcome", "actor_name")
    for action, times in {"backup.start": 2, "mount.open": 1, "file.download": 2, "mount.close": 1}.items():
        done = [entry for entry in entries if entry["action"] == action and entry["outcome"] == "ok"]
        assert len(done) >= times, f"{action}: {done}"
        assert {entry["actor_name"] for entry in done} == {"Ada <ada@provider.test>"}
    page.goto(portal.address + "/activity/")
    expect(page.locator("main")).to_contain_text("Ada")
    expect(page.locator("main")).to_contain_text("hostname")
    assert "all sound" in portal.manage("audit_verify")
