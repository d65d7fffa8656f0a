"""The dashboard's own server, and a real browser that tells what it complained about."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect, sync_playwright

from tests.benchmarks.sessions import serving
from tests.browser import site as sites
from tests.dashboard.store import LATE, Stores, newest

# The browser shares two cores with the server and the other tests.
expect.set_options(timeout=30_000)

Open = Callable[..., Page]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = sites.chromium(playwright)
        if started is None:
            pytest.skip("no Chromium found; get it with: apt-get install chromium")
        yield started
        started.close()


@pytest.fixture(scope="session")
def folder(stores: Stores) -> Path:
    return stores()


@pytest.fixture(scope="session")
def late(stores: Stores) -> Path:
    """The same, with a purchase order that should have been in long ago."""
    return stores(*LATE)


class Stage:
    """One running server, and the store it shows at the moment."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder = url, folder
        self._shown: Path | None = None
        self._shows = 0

    def show(self, store: Path) -> str:
        """Shows a store's newest snapshot, as if it were the only one there is."""
        if store != self._shown:
            self.clear()
            # The server keeps what it has read of a file by its name.
            name = f"backorders-20260401T0600{self._shows:02d}-000.duckdb"
            self._shows += 1
            shutil.copy(newest(store), self.folder / name)
            (self.folder / "CURRENT.new").write_text(name + "\n")
            (self.folder / "CURRENT.new").replace(self.folder / "CURRENT")
            self._shown = store
        return self.url

    def clear(self) -> str:
        """Shows nothing, as before the first refresh; what is published now is the test's own."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        self.forget()
        return self.url

    def forget(self) -> None:
        """A test has published something of its own."""
        self._shown = None


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Stage]:
    """The server of all tests: to start one takes as long as a test."""
    stand = tmp_path_factory.mktemp("stage") / "store"
    with serving(stand) as (url, _):
        yield Stage(url, stand)


@pytest.fixture
def site(stage: Stage, folder: Path) -> str:
    return stage.show(folder)


@pytest.fixture
def late_site(stage: Stage, late: Path) -> str:
    return stage.show(late)


class Watched:
    """Pages of their own contexts, and what the browser complained of in any of them."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self.complaints: list[str] = []
        self.tabs: list[Page] = []

    def open(self, url: str, *, width: int = 1280, height: int = 900, dark: bool = False) -> Page:
        """A new visitor at an address, once the page has its title."""
        context = self._browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            accept_downloads=True,
        )
        context.set_default_timeout(30_000)
        page = context.new_page()
        page.on("console", self._heard)
        page.on("request", self._asked)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.tabs.append(page)
        page.goto(url)
        page.wait_for_selector("h1")
        return page

    def close(self) -> None:
        """Closes all; there must have been no complaint."""
        for page in self.tabs:
            page.context.close()
        assert not self.complaints

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(f"{message.text} ({message.location.get('url', '')})")

    def _asked(self, request: Request) -> None:
        if not request.url.startswith(("http://localhost:", "ws://localhost:", "data:", "blob:")):
            self.complaints.append(f"asked for {request.url}")


@pytest.fixture
def visit(browser: Browser) -> Iterator[Open]:
    """Opens a page and waits for its title; afterwards the browser must have had no complaint."""
    watched = Watched(browser)
    yield watched.open
    watched.close()
