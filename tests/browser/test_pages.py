"""Every page as everybody must be able to use it: by ear, in the dark, on a phone."""

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.browser.conftest import Watched
from tests.browser.site import settle
from tests.dashboard.pages import PAGES, PATHS

# What Streamlit's own markup causes: rule, selector, and why it may stay.
EXCEPTIONS = {
    # Labels of controls that are off need no contrast (WCAG 1.4.3), but nothing in the markup ties
    # the label to its control, so that axe takes it for a text of its own.
    ("color-contrast", "[data-testid=stWidgetLabel][disabled]"),
}
GRAVE = ("serious", "critical")
ENOUGH = 4.5
AXE = Axe()


@pytest.fixture(scope="module")
def window(browser: Browser) -> Iterator[Watched]:
    """A tab in each theme for all pages: they go from page to page as a reader does."""
    watched = Watched(browser)
    yield watched
    watched.close()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_shuts_nobody_out(window: Watched, late_site: str, name: str) -> None:
    if not window.tabs:
        for dark in (False, True):
            window.open(late_site, dark=dark)
    for tab, is_dark in zip(window.tabs, (False, True), strict=True):
        go(tab, f"{late_site}/{PATHS[name]}")
        assert (ground(tab) < 0.1) is is_dark
        assert not grave(tab)
        assert not faint(tab)
    tab = window.tabs[0]
    tab.set_viewport_size({"width": 390, "height": 844})
    settle(tab)
    assert not too_wide(tab)
    tab.set_viewport_size({"width": 1280, "height": 900})
    assert not window.complaints


def go(page: Page, address: str) -> None:
    """Follows the menu's link, which may stand behind "more"."""
    link = page.locator(f"[data-testid=stTopNavLink][href='{address}']")
    link.first.evaluate("each => each.click()")
    page.wait_for_url(re.compile(re.escape(address) + r"(\?.*)?$"))
    settle(page)


def grave(page: Page) -> list[str]:
    """What keeps people from using the page, by axe-core's rules."""
    found = []
    for rule in AXE.run(page).response["violations"]:
        for node in rule["nodes"]:
            if rule["impact"] in GRAVE and not excepted(page, rule["id"], node["target"]):
                found.append(f"{rule['id']}: {node['html'][:200]}: {node['failureSummary']}")
    return found


def excepted(page: Page, rule: str, target: list[str]) -> bool:
    selectors = [selector for known, selector in EXCEPTIONS if known == rule]
    if not selectors:
        return False
    within = "([path, known]) => !!document.querySelector(path)?.closest(known)"
    return bool(page.evaluate(within, [target[0], ", ".join(selectors)]))


def faint(page: Page) -> set[str]:
    """Colours of texts in charts, where axe does not look, that cannot be read."""
    fills = page.evaluate(
        "[...document.querySelectorAll('svg.marks text')].filter(e => /\\w/.test(e.textContent))"
        ".map(e => getComputedStyle(e).fill)"
    )
    behind = ground(page)
    return {fill for fill in fills if contrast(luminance(fill), behind) < ENOUGH}


def too_wide(page: Page) -> list[str]:
    """What needs sideways scrolling."""
    return page.evaluate(
        "[...document.querySelectorAll('[data-testid=stMain], html, .stAppViewContainer')]"
        ".filter(e => e.scrollWidth > e.clientWidth)"
        ".concat([...document.querySelectorAll('svg.marks, h1')].filter(e => {"
        "  const box = e.getBoundingClientRect(); return box.left < 0 || box.right > 390}))"
        ".map(e => e.outerHTML.slice(0, 200))"
    )


def ground(page: Page) -> float:
    return luminance(
        page.evaluate("getComputedStyle(document.querySelector('.stApp')).backgroundColor")
    )


def contrast(one: float, other: float) -> float:
    lighter, darker = sorted([one, other], reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    red, green, blue = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    parts = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (red, green, blue)
    ]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
