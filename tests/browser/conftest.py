"""The whole product in Chromium: started by script/server, driven as a person would."""

import shutil
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, ConsoleMessage, Page

from tests.browser.world import LEFT, World
from tests.portal_process import PortalProcess

HERE = Path(__file__).parent
NOISE = ("autocomplete attributes", *LEFT)
"""Hints that say nothing about a fault."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever lies here runs with the browser's tests: its event loop bears no others beside it."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.browser)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that fails shows what its portal printed last: the cause of an error page stands there only."""
    report = yield
    world = getattr(item, "funcargs", {}).get("world")
    if report.failed and world is not None:
        report.sections.append(("the portal's output", world.portal.output[-6000:]))
    return report


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """Debian's Chromium."""
    return {
        "executable_path": "/usr/bin/chromium",
        "args": ["--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking"],
    }


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_context_args, "viewport": {"width": 1440, "height": 900}, "accept_downloads": True}


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """For tests that leave it as they found it, but for backups more; it takes long to make."""
    folder = tmp_path_factory.mktemp("world")
    made = World(folder / "data")
    yield made
    made.portal.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def complaints(context: BrowserContext) -> list[str]:
    """What the browser's console complained of: errors, and refusals of the content security policy."""
    found: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not any(noise in message.text for noise in NOISE):
            found.append(f"{message.type}: {message.text}")

    context.on("console", listen)
    context.on("weberror", lambda error: found.append(str(error.error)))
    return found


@pytest.fixture
def start_portal(tmp_path: Path) -> Iterator[Callable[..., PortalProcess]]:
    """``start_portal("--dialect", "older")`` runs script/server with a data folder of its own."""
    started: list[PortalProcess] = []

    def start(*options: str) -> PortalProcess:
        portal = PortalProcess(tmp_path / "data", *options).start()
        started.append(portal)
        return portal

    yield start
    for portal in started:
        portal.stop()
    shutil.rmtree(tmp_path, ignore_errors=True)


def shown(page: Page, selector: str) -> str:
    """The text of the first match."""
    return page.locator(selector).first.inner_text()
