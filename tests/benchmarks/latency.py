"""How long a reader waits: for a page, after a refresh, for a scenario, among thirty others.

Server times are those of the served dashboard, over the connection the browser uses: from the click
to the end of the page's run. `again` is a page seen before; `first` the first sight of it after a
refresh, with another snapshot to compare with; `content` is the browser's, until all is drawn.
CPU is what the server computed for one run, which does not hang on what else the machine does.

    python -m tests.benchmarks.latency --db data
"""

import argparse
import asyncio
import os
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
from playwright.sync_api import sync_playwright
from websockets.asyncio.client import connect

from tests.benchmarks import sessions, what_if
from tests.benchmarks.sessions import p95
from tests.browser.site import SETTLED, chromium
from tests.dashboard.pages import PATHS

AIMS = {"again": 0.3, "first": 1.5, "clicking": 2.0}
"""Seconds that 19 of 20 runs may take."""


@dataclass
class Report:
    """Seconds by page."""

    again: dict[str, list[float]] = field(default_factory=dict)
    again_cpu: dict[str, float] = field(default_factory=dict)
    first_cpu: dict[str, float] = field(default_factory=dict)
    first: dict[str, list[float]] = field(default_factory=dict)
    content: dict[str, list[float]] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)

    def text(self) -> str:
        """The report for a terminal, the slowest page first."""
        lines = [
            f"load of the machine {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores",
            f"{'milliseconds':12} {'again p50':>10} {'p95':>7} {'CPU':>7}"
            f" {'first p50':>10} {'p95':>7} {'CPU':>7} {'content':>8}",
        ]
        for page in sorted(self.again, key=lambda each: -p95(self.again[each])):
            again, first = self.again[page], self.first[page]
            content = self.content.get(page)
            lines.append(
                f"{page:12} {milli(statistics.median(again)):>10} {milli(p95(again)):>7}"
                f" {milli(self.again_cpu[page]):>7}"
                f" {milli(statistics.median(first)):>10} {milli(p95(first)):>7}"
                f" {milli(self.first_cpu[page]):>7}"
                f" {milli(statistics.median(content)) if content else '–':>8}"
            )
        for name in ("again", "first"):
            found = p95([each for took in getattr(self, name).values() for each in took])
            lines.append(f"{name}, all pages: p95 {milli(found)} ms (aim: {milli(AIMS[name])} ms)")
        return "\n".join([*lines, *self.errors])


def milli(seconds: float) -> str:
    return f"{seconds * 1000:,.0f}"


def measure(store: Path, repeats: int = 20, refreshes: int = 3, visits: int = 3) -> Report:
    """Serves a copy of a store's newest snapshot and looks at every page."""
    report = Report()
    with tempfile.TemporaryDirectory(dir=store) as scratch:
        shown = Shown(store / (store / "CURRENT").read_text().strip(), Path(scratch))
        shown.refresh()
        with sessions.serving(Path(scratch)) as (url, pid):
            asyncio.run(_runs(url, pid, shown, report, repeats, refreshes))
            _visits(url, report, visits)
    return report


class Shown:
    """The store that is served: the snapshot, a week older too, and again under newer names."""

    def __init__(self, snapshot: Path, folder: Path) -> None:
        self._snapshot, self._folder, self._shows = snapshot, folder, 0
        older = folder / "backorders-20000101T000000-000.duckdb"
        shutil.copy(snapshot, older)
        with duckdb.connect(str(older)) as con:
            con.execute("update core.as_of set as_of = as_of - 7")

    def refresh(self) -> None:
        """Publishes the snapshot under a name no cache knows."""
        before = self._folder / f"backorders-20000102T000000-{self._shows:03}.duckdb"
        self._shows += 1
        name = f"backorders-20000102T000000-{self._shows:03}.duckdb"
        os.link(self._snapshot, self._folder / name)
        (self._folder / "CURRENT.new").write_text(name + "\n")
        (self._folder / "CURRENT.new").replace(self._folder / "CURRENT")
        before.unlink(missing_ok=True)


async def _runs(
    url: str, pid: int, shown: Shown, report: Report, repeats: int, refreshes: int
) -> None:
    met = sessions.Report(1, 0)
    tab = sessions.Session(met, random.Random(0), 0)
    stream = url.replace("http", "ws", 1) + "/_stcore/stream"
    async with connect(stream, subprotocols=["streamlit"], max_size=None) as socket:

        async def run(page: str) -> float:
            tab.page = PATHS[page]
            await tab.run(socket)
            return met.runs[-1][1]

        await run("overview")
        pages = [page for page in PATHS if PATHS[page] in tab.pages]
        for page in pages:
            await run(page)
        for page in pages:
            computed = sessions.cpu_seconds(pid)
            report.again[page] = [await run(page) for _ in range(repeats)]
            report.again_cpu[page] = (sessions.cpu_seconds(pid) - computed) / repeats
        for page in pages:
            report.first[page] = []
            computed = sessions.cpu_seconds(pid)
            for _ in range(refreshes):
                shown.refresh()
                report.first[page].append(await run(page))
            report.first_cpu[page] = (sessions.cpu_seconds(pid) - computed) / refreshes
    report.errors += met.errors


def _visits(url: str, report: Report, visits: int) -> None:
    with sync_playwright() as playwright:
        browser = chromium(playwright)
        if browser is None:
            return
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        for name in report.again:
            report.content[name] = []
            for _ in range(visits):
                page.goto("about:blank")
                started = time.monotonic()
                page.goto(f"{url}/{PATHS[name]}", wait_until="commit")
                page.wait_for_function(SETTLED)
                report.content[name].append(time.monotonic() - started)
        browser.close()


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and tell whether the aims were met."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--db", type=Path, default=Path("data"))
    parser.add_argument("--repeats", type=int, default=20, help="runs of each page")
    parser.add_argument("--sessions", type=int, default=30, help="people at once; 0 for none")
    parser.add_argument("--seconds", type=float, default=180, help="how long they click")
    asked = parser.parse_args(arguments)
    report = measure(asked.db, asked.repeats)
    sys.stdout.write(report.text() + "\n")
    sys.stdout.write(what_if.report(what_if.measure(asked.db)) + "\n")
    errors = report.errors
    if asked.sessions:
        with sessions.serving(asked.db) as (url, pid):
            met = sessions.click(url, sessions=asked.sessions, seconds=asked.seconds, pid=pid)
        sys.stdout.write(met.text() + f"\n(aim: p95 {milli(AIMS['clicking'])} ms, 0 errors)\n")
        errors = [*errors, *met.errors]
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
