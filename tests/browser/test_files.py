"""The file browser with a mouse and with keys: a long folder, choosing, the basket, a parcel."""

import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import zstandard
from playwright.sync_api import BrowserContext, Page, expect

from tests.restore.served import ServedPortal
from tests.restore.small_hub import Content, SmallHub

MANY = 100_000
MOST_ROWS = 400


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedPortal]:
    """An open restore point with a folder of 100,000 files."""
    files: dict[str, Content] = {"/partition-1": None, "/partition-1/many": None, "/partition-1/small": None}
    files |= {f"/partition-1/many/entry-{number:06}": b"" for number in range(MANY)}
    files |= {f"/partition-1/small/{name}.txt": name.encode() for name in ("one", "two")}
    # With its sync, which also packs: the hub tells it nothing but what restore asks for.
    with (
        SmallHub(files) as hub,
        ServedPortal(tmp_path_factory.mktemp("files"), hub.url, "--bind", "127.0.0.1") as portal,
    ):
        yield portal


@pytest.fixture
def browse(context: BrowserContext, portal: ServedPortal) -> Page:
    """A signed-in page at the disk's partition."""
    context.add_cookies([{"name": "sessionid", "value": portal.cookies["sessionid"], "url": portal.url("/")}])
    page = context.new_page()
    page.goto(portal.url(f"{portal.files_path}?path=/partition-1"))
    return page


def rows(page: Page) -> int:
    return page.locator("[data-files] tr").count()


def test_a_hundred_thousand_names_scroll_with_few_rows_and_by_keys(
    browse: Page, complaints: list[str]
) -> None:
    page = browse
    page.get_by_role("link", name="many", exact=True).first.click()
    expect(page.locator("[data-files]")).to_have_attribute("data-total", str(MANY), timeout=60_000)
    box = page.locator("[data-files]")
    highest = box.evaluate("box => box.scrollHeight")
    for part in (0.5, 0.02, 0.9, 1.0):
        box.evaluate("(box, top) => { box.scrollTop = top }", highest * part)
        number = min(int(MANY * part), MANY - 1)
        near = page.locator(f'tr[data-index="{max(number - 30, 0)}"]')
        expect(near).to_be_attached(timeout=5_000)
        assert rows(page) <= MOST_ROWS
    expect(page.get_by_text("entry-099999", exact=True)).to_be_visible()
    # Keys: the end, the beginning, typing a name, choosing with the space bar.
    page.locator(f'tr[data-index="{MANY - 1}"]').focus()
    page.keyboard.press("Home")
    expect(page.locator('tr[data-index="0"]')).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("PageDown")
    page.keyboard.press("End")
    expect(page.locator(f'tr[data-index="{MANY - 1}"]')).to_be_focused()
    page.keyboard.type("entry-0543", delay=20)
    expect(page.locator('tr[data-index="54300"]')).to_be_focused()
    page.keyboard.press(" ")
    page.keyboard.press("Shift+ArrowDown")
    expect(page.locator("[data-chosen]")).to_have_text("2")
    page.keyboard.press("Home")
    expect(page.locator('tr[data-index="0"]')).to_be_focused()
    page.keyboard.press(" ")
    expect(page.locator("[data-chosen]")).to_have_text("3")
    assert rows(page) <= MOST_ROWS
    # What was chosen far away is put in all the same.
    page.get_by_role("button", name="Put chosen in the basket").click()
    expect(page.locator("[data-basket-count]")).to_have_text("3")
    expect(page.locator("[data-chosen]")).to_have_text("0")
    page.locator("tr[data-index='0']").press("Backspace")
    expect(page.get_by_role("link", name="small", exact=True).first).to_be_visible()
    assert complaints == []


def test_a_basket_is_packed_and_fetched(browse: Page, complaints: list[str], tmp_path: Path) -> None:
    page = browse
    page.get_by_label("Go to a path").fill("/small/two.txt")
    page.get_by_role("button", name="Go", exact=True).click()
    expect(page.locator("tr[data-index='1']")).to_be_focused()
    page.keyboard.press(" ")
    page.get_by_role("button", name="Put chosen in the basket").click()
    page.get_by_text("was put in the basket").wait_for()
    page.locator("#basket-link").click()
    page.get_by_role("heading", name="Basket", exact=True).wait_for()
    page.get_by_label("Kind of archive").select_option("tar.zst")
    page.get_by_role("button", name="Pack in the background").click()
    page.get_by_role("link", name="Download", exact=True).wait_for(timeout=20_000)
    with page.expect_download() as taking:
        page.get_by_role("link", name="Download", exact=True).click()
    target = tmp_path / "packed.tar.zst"
    taking.value.save_as(target)
    assert taking.value.suggested_filename.endswith(".tar.zst")
    with target.open("rb") as packed:
        plain = zstandard.ZstdDecompressor().stream_reader(packed)
        with tarfile.open(fileobj=plain, mode="r|") as archive:
            names = [member.name.rpartition("/")[2] for member in archive if member.isfile()]
    assert "two.txt" in names
    assert complaints == []
