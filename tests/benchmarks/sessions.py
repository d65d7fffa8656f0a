"""Many people at once: sessions that click through the pages of a running dashboard.

Each speaks to the server as the browser does: it opens the first page, then goes to another page or
sets a filter, at its own pace, and asks every few seconds whether there is a newer snapshot. What
is measured is what the server has in hand, from the click to the end of the page's run.

    python -m tests.benchmarks.sessions --db data --sessions 30 --seconds 180
"""

import argparse
import asyncio
import os
import random
import signal
import socket
import statistics
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

ROOT = Path(__file__).parents[2]
PAUSE_SECONDS = 4.0
PATIENCE_SECONDS = 60.0
PAGE_SHARE = 0.6
"""Of the clicks, those that go to another page; the others set a filter."""

_LISTS = ("button_group", "multiselect")


@dataclass
class Report:
    """What the sessions met."""

    sessions: int
    seconds: float
    runs: list[tuple[str, float]] = field(default_factory=list)
    polls: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    resident_mb: list[float] = field(default_factory=list)
    cpu_seconds: float = 0.0

    @property
    def p50(self) -> float:
        """Seconds that half of the runs took at most."""
        return statistics.median(seconds for _, seconds in self.runs)

    @property
    def p95(self) -> float:
        """Seconds that 19 of 20 runs took at most."""
        return p95([seconds for _, seconds in self.runs])

    def text(self) -> str:
        """The report for a terminal, the slowest page first."""
        by_page = defaultdict(list)
        for page, seconds in self.runs:
            by_page[page].append(seconds)
        lines = [
            f"{self.sessions} sessions for {self.seconds:.0f} s: {len(self.runs)} runs"
            f" ({len(self.runs) / self.seconds:.1f} a second), {len(self.polls)} polls,"
            f" {len(self.errors)} errors",
            f"p50 {self.p50 * 1000:.0f} ms, p95 {self.p95 * 1000:.0f} ms,"
            f" longest {max(seconds for _, seconds in self.runs) * 1000:.0f} ms",
        ]
        if self.resident_mb:
            first, *_, last = self.resident_mb
            middle = self.resident_mb[len(self.resident_mb) // 2]
            lines += [
                f"memory {first:.0f} MB, {middle:.0f} MB half-way, {last:.0f} MB at the end",
                f"processor {self.cpu_seconds:.0f} s,"
                f" {1000 * self.cpu_seconds / len(self.runs):.0f} ms a run with its polls",
            ]
        lines += [
            f"  {page:12} {len(took):5} runs, p50 {statistics.median(took) * 1000:6.0f} ms,"
            f" p95 {p95(took) * 1000:6.0f} ms"
            for page, took in sorted(by_page.items(), key=lambda each: -p95(each[1]))
        ]
        lines += [f"{many} times {error}" for error, many in Counter(self.errors).most_common(10)]
        return "\n".join(lines)


def p95(seconds: list[float]) -> float:
    """The time that 19 of 20 took at most."""
    return sorted(seconds)[max(0, -(-len(seconds) * 19 // 20) - 1)]


def click(
    url: str,
    *,
    sessions: int,
    seconds: float,
    pause: float = PAUSE_SECONDS,
    pid: int | None = None,
) -> Report:
    """Let the sessions click; `pid` is the server's process, whose memory is then watched."""
    return asyncio.run(_click(url, sessions, seconds, pause, pid))


async def _click(url: str, sessions: int, seconds: float, pause: float, pid: int | None) -> Report:
    report = Report(sessions, seconds)
    stream = url.replace("http", "ws", 1).rstrip("/") + "/_stcore/stream"
    clicking = asyncio.Event()
    people = [Session(report, random.Random(number), pause) for number in range(sessions)]
    tasks = [asyncio.create_task(each.live(stream, clicking)) for each in people]
    await asyncio.gather(*(each.arrived.wait() for each in people))
    report.runs.clear()  # the first pages, all at once, are no one's ordinary day
    clicking.set()
    before = cpu_seconds(pid) if pid is not None else 0.0
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        if pid is not None:
            report.resident_mb.append(resident_mb(pid))
        await asyncio.sleep(min(left, max(seconds / 20, 0.1)))
    if pid is not None:
        report.cpu_seconds = cpu_seconds(pid) - before
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return report


class Session:
    """One open browser tab."""

    def __init__(self, report: Report, dice: random.Random, pause: float) -> None:
        self.arrived = asyncio.Event()
        self._report, self._dice, self._pause = report, dice, pause
        self.pages: dict[str, str] = {}
        self.page, self._query = "", ""
        self._set: dict[str, WidgetState] = {}
        self._widgets: dict[str, tuple[str, list[str]]] = {}
        self._poll: tuple[float, str] | None = None

    async def live(self, stream: str, clicking: asyncio.Event) -> None:
        try:
            async with connect(
                stream, subprotocols=["streamlit"], max_size=None, close_timeout=1
            ) as socket:
                await self.run(socket)
                self.arrived.set()
                await clicking.wait()
                while True:
                    await self._think(socket)
                    self._choose()
                    await self.run(socket)
        except (WebSocketException, OSError, TimeoutError) as error:
            self._report.errors.append(f"{self.page or 'overview'}: {type(error).__name__} {error}")
        finally:
            self.arrived.set()

    def _choose(self) -> None:
        others = [page for page in self.pages if page != self.page]
        if not self._widgets or self._dice.random() < PAGE_SHARE:
            self.page = self._dice.choice(others)
            return
        name = self._dice.choice(sorted(self._widgets))
        kind, options = self._widgets[name]
        # Every other click on a filter takes it back, lest nothing be left to show.
        if kind == "multiselect" and self._set.pop(name, None) is not None:
            return
        state = WidgetState(id=name)
        chosen = self._dice.choice(options[:10])
        if kind == "selectbox":
            state.string_value = chosen
        else:
            state.string_array_value.data[:] = [chosen]
        self._set[name] = state

    async def _think(self, socket: ClientConnection) -> None:
        end = time.monotonic() + self._pause * self._dice.uniform(0.5, 1.5)
        while (left := end - time.monotonic()) > 0:
            if self._poll is None or self._poll[0] > left:
                await asyncio.sleep(left)
                return
            interval, fragment = self._poll
            await asyncio.sleep(interval)
            started = time.monotonic()
            await socket.send(self._message(fragment_id=fragment, is_auto_rerun=True))
            await asyncio.wait_for(self._read(socket), PATIENCE_SECONDS)
            self._report.polls.append(time.monotonic() - started)

    async def run(self, socket: ClientConnection) -> None:
        self._widgets.clear()
        started = time.monotonic()
        await socket.send(self._message())
        await asyncio.wait_for(self._read(socket), PATIENCE_SECONDS)
        self._set = {name: state for name, state in self._set.items() if name in self._widgets}
        self._report.runs.append((self.page or "overview", time.monotonic() - started))

    def _message(self, **more: Any) -> bytes:
        message = BackMsg()
        state = message.rerun_script
        state.query_string = self._query
        state.page_script_hash = self.pages.get(self.page, "")
        state.widget_states.widgets.extend(self._set.values())
        for name, value in more.items():
            setattr(state, name, value)
        return message.SerializeToString()

    async def _read(self, socket: ClientConnection) -> None:
        """What the server sends, until the run has ended, and was not begun again."""
        while True:
            message = ForwardMsg.FromString(await socket.recv(decode=False))
            kind = message.WhichOneof("type")
            if kind == "navigation":
                self.pages = {
                    page.url_pathname: page.page_script_hash
                    for page in message.navigation.app_pages
                }
            elif kind == "page_info_changed":
                self._query = message.page_info_changed.query_string
            elif kind == "auto_rerun":
                self._poll = (message.auto_rerun.interval, message.auto_rerun.fragment_id)
            elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
                self._meet(message.delta.new_element)
            elif kind == "script_finished":
                if message.script_finished == ForwardMsg.FINISHED_WITH_COMPILE_ERROR:
                    self._report.errors.append(f"{self.page}: the script does not compile")
                if message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                    return

    def _meet(self, element: Any) -> None:
        kind = element.WhichOneof("type")
        if kind == "exception":
            said = f"{element.exception.type} {element.exception.message}"
            self._report.errors.append(f"{self.page or 'overview'}: {said}")
        elif kind in (*_LISTS, "selectbox"):
            widget = getattr(element, kind)
            options = [getattr(each, "content", each) for each in widget.options]
            if options and not widget.disabled:
                self._widgets[widget.id] = (kind, options)


def resident_mb(pid: int) -> float:
    """Memory of a process and those it started, in MB, as the kernel counts it."""
    pages = _sum(pid, lambda process: int((process / "statm").read_text().split()[1]))
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def cpu_seconds(pid: int) -> float:
    """Processor time of a process and those it started and that still run."""

    def ticks(process: Path) -> int:
        fields = (process / "stat").read_text().rpartition(")")[2].split()
        return int(fields[11]) + int(fields[12])

    return _sum(pid, ticks) / os.sysconf("SC_CLK_TCK")


def _sum(pid: int, count: Callable[[Path], int]) -> int:
    """Over a process and those it started; of one that ends meanwhile nothing is counted."""
    process = Path(f"/proc/{pid}")
    try:
        children = (process / f"task/{pid}/children").read_text().split()
        own = count(process)
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return own + sum(_sum(int(child), count) for child in children)


@contextmanager
def serving(store: Path, *flags: str) -> Iterator[tuple[str, int]]:
    """`backorders serve` on a free port; gives its address and its process."""
    with socket.create_server(("localhost", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "etl", "serve", "--db", str(store), "--port", str(port)]
    server = subprocess.Popen([*command, *flags], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        line = server.stdout.readline()
        assert line.startswith("The dashboard is at "), line
        yield line.split()[4], server.pid
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(30)


def main() -> int:
    """Serve a store, let the sessions click, print what they met."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--db", type=Path, default=Path("data"))
    parser.add_argument("--sessions", type=int, default=30)
    parser.add_argument("--seconds", type=float, default=180)
    parser.add_argument("--pause", type=float, default=PAUSE_SECONDS, help="mean between clicks")
    asked = parser.parse_args()
    with serving(asked.db) as (url, pid):
        report = click(
            url, sessions=asked.sessions, seconds=asked.seconds, pause=asked.pause, pid=pid
        )
    sys.stdout.write(report.text() + "\n")
    return 1 if report.errors else 0


if __name__ == "__main__":
    sys.exit(main())
