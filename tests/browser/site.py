"""A real Chromium, and when a page is complete: for tests, pictures and measurements."""

import shutil

from playwright.sync_api import Browser, Page, Playwright

CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# The run is over, nothing is about to be shown, and each chart has its marks.
SETTLED = """() => {
    const app = document.querySelector('[data-testid=stApp]');
    const drawn = chart => chart.querySelector('svg.marks, canvas.marks');
    return app?.dataset.testScriptState === 'notRunning'
        && document.querySelector('h1')
        && !document.querySelector('[data-testid=stSkeleton], [data-testid=stSpinner]')
        && [...document.querySelectorAll('[data-testid=stVegaLiteChart]')].every(drawn);
}"""
QUIET_MS = 300


def chromium(playwright: Playwright) -> Browser | None:
    """The machine's own Chromium, started; None where there is none."""
    path = next((found for name in CHROMIUM if (found := shutil.which(name))), None)
    return path and playwright.chromium.launch(executable_path=path, args=FLAGS)


def settle(page: Page) -> None:
    """Waits until the page has been complete for a moment: a chart may ask for another run."""
    # Asked from outside: the page's own policy forbids it to evaluate what it is sent.
    quiet = 0
    for _ in range(600):
        quiet = quiet + 1 if page.evaluate(SETTLED) else 0
        if quiet > QUIET_MS / 100:
            return
        page.wait_for_timeout(100)
    raise AssertionError("the page does not come to rest")
