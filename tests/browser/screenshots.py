"""Pictures of every page on the sample business: light, dark and on a phone; and the README's four.

python -m tests.browser.screenshots
"""

import argparse
import io
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from tests.benchmarks.sessions import serving
from tests.browser.site import chromium, settle
from tests.dashboard.pages import PATHS

ROOT = Path(__file__).parents[2]
KINDS = {"light": (1280, False), "dark": (1280, True), "phone": (390, False)}
"""Kind of picture → width of the screen, and whether it is dark."""

README = {
    "overview": ("", False),
    "causes": ("causes", False),
    "cash_flow": ("cash_flow", True),
    "what_if": ("what_if?set=supplier_days=-10", False),
}
"""Picture of the README → what is opened, and whether in the dark."""
README_FOLDER = ROOT / "dashboard" / "screens"
README_WIDTH, README_HEIGHT = 800, 1350
TALLEST = 8_000


def picture(
    browser: Browser, url: str, width: int, is_dark: bool, height: int | None = None
) -> bytes:
    """A page as it stands when it has come to rest: all of it, or a screen's height."""
    page = browser.new_page(
        viewport={"width": width, "height": height or 900},
        color_scheme="dark" if is_dark else "light",
    )
    page.goto(url)
    settle(page)
    no_tour = page.get_by_role("button", name="No, thanks")
    if no_tour.count():
        no_tour.click()
        no_tour.wait_for(state="detached")
        settle(page)
    if height is None:
        # What scrolls is within the page, which the browser's own whole picture does not see.
        height = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
        page.set_viewport_size({"width": width, "height": min(height + 80, TALLEST)})
        settle(page)
    taken = page.screenshot()
    page.close()
    return taken


def small(taken: bytes) -> bytes:
    """The same for the README: narrower, and compressed as far as letters can be read."""
    image = Image.open(io.BytesIO(taken)).convert("RGB")
    size = (README_WIDTH, round(image.height * README_WIDTH / image.width))
    made = io.BytesIO()
    image.resize(size, Image.Resampling.LANCZOS).save(made, "webp", quality=80, method=6)
    return made.getvalue()


def main() -> int:
    """Build the sample business, serve it, and take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--folder", type=Path, default=ROOT / "screenshots")
    parser.add_argument("--readme", action="store_true", help="only the README's")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        browser = chromium(playwright)
        if browser is None:
            sys.stderr.write("no Chromium found; get it with: apt-get install chromium\n")
            return 1
        demo = [sys.executable, "-m", "etl", "demo", "--no-serve", "--db", scratch]
        subprocess.run(demo, check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
        with serving(Path(scratch)) as (url, _):
            README_FOLDER.mkdir(exist_ok=True)
            for name, (path, is_dark) in README.items():
                taken = picture(browser, f"{url}/{path}", 1280, is_dark, README_HEIGHT)
                (README_FOLDER / f"{name}.webp").write_bytes(small(taken))
            for name, path in ({} if asked.readme else PATHS).items():
                for kind, (width, is_dark) in KINDS.items():
                    asked.folder.mkdir(exist_ok=True, parents=True)
                    taken = picture(browser, f"{url}/{path}", width, is_dark)
                    (asked.folder / f"{name}-{kind}.png").write_bytes(taken)
                sys.stdout.write(f"{name}\n")
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
