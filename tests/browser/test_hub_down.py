"""The hub stopped in the middle: pages still open at once with a banner, and recover without a reload."""

import re
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.localhub_process import LocalHub, sample_vms
from tests.portal_process import PortalProcess
from tests.visitor import PASSWORD, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PATHS = ("/", "/vms/", "/backups/", "/restore/", "/restore/mounts/", "/activity/", "/hubs/", "/profile/")
LIMIT = 0.3
"""Seconds; or twice what a page takes while the hub is up, on a machine that is slower than that."""


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[LocalHub]:
    """A hub of its own, so that it can be stopped while the portal goes on."""
    vms = sample_vms(tmp_path / "vms", "web01")
    with LocalHub(vms, tmp_path / "state", copy_rate=4 * 2**20, stale_after=5) as process:
        yield process


@pytest.fixture
def portal(tmp_path: Path, hub: LocalHub) -> Iterator[PortalProcess]:
    token = tmp_path / "token"
    token.write_text(hub.token)
    with PortalProcess(tmp_path / "data", "--hub", hub.url, "--token-file", str(token)) as process:
        yield process


def test_pages_open_at_once_and_tell_and_recover(page: Page, hub: LocalHub, portal: PortalProcess) -> None:
    visitor = Visitor(portal)
    visitor.first_run()
    backup = visitor.back_up(visitor.wait_for_vms(1)["web01"])
    page.goto(portal.address + "/sign-in/")
    page.get_by_label("Email").fill("admin@provider.test")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.goto(f"{portal.address}/backups/{backup}/")
    main = page.locator("main")
    expect(main).to_contain_text(re.compile(r"[1-9]\d? %"), timeout=20_000)
    paths = (*PATHS, f"/backups/{backup}/")
    before = {path: seconds(visitor, path) for path in paths}
    hub.kill()
    wait_for_state(visitor, "down")
    times = {path: seconds(visitor, path, banner="does not answer") for path in paths}
    slow = {path: taken for path, taken in times.items() if taken > max(LIMIT, 2 * before[path])}
    assert slow == {}, "pages do not wait for a hub that is down"
    # The job has been silent for a minute: said on the open page, without a reload.
    page.evaluate("window.stillTheSamePage = true")
    expect(main).to_contain_text(re.compile("Stalled|No sign of life"), timeout=90_000)
    hub.start()
    wait_for_state(visitor, "up", within=90)
    expect(main).to_contain_text("Failed", timeout=60_000)
    assert page.evaluate("window.stillTheSamePage") is True
    assert "does not answer" not in visitor.get("/").text


def wait_for_state(visitor: Visitor, state: str, within: float = 30) -> None:
    """Until sync has noticed how the hub is."""
    end = time.monotonic() + within
    while visitor.rows("tenancy.HubConnection", "state")[0]["state"] != state:
        assert time.monotonic() < end, f"the hub was not found {state} within {within} s"
        time.sleep(0.5)


def seconds(visitor: Visitor, path: str, banner: str = "") -> float:
    """Median of five requests, each with its banner."""
    taken = []
    for _ in range(5):
        begun = time.perf_counter()
        answer = visitor.get(path)
        taken.append(time.perf_counter() - begun)
        assert banner in answer.text, f"{path} has no banner"
    return statistics.median(taken)
