"""One line on the terminal that says how far a refresh is: rows, share and time left."""

import mmap
import shutil
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

import duckdb

from etl.read import TEXT_SUFFIXES, find_files
from etl.refresh import Listener

_TICK_SECONDS = 0.2
_BYTES_A_ROW = 60


class ProgressLine(Listener):
    """Redraws one line of a terminal until closed. Give it to nothing but a terminal."""

    def __init__(self, stream: TextIO, paths: Sequence[Path] = ()) -> None:
        """`paths` are the files about to be read: their rows are what the share is of."""
        self._stream = stream
        self._rows = {path.name: _estimated_rows(path) for path in find_files(paths)[0]}
        self._done_rows = 0
        self._part = 0.0
        self._lock = threading.Lock()
        self._con: duckdb.DuckDBPyConnection | None = None
        self._step: tuple[str, str, int, int] | None = None
        self._started = time.monotonic()
        self._ended = threading.Event()
        self._ticker = threading.Thread(target=self._tick, daemon=True)
        self._ticker.start()

    def connected(self, con: duckdb.DuckDBPyConnection) -> None:
        """Watch this connection's query from now on."""
        con.execute("set enable_progress_bar = true")
        con.execute("set enable_progress_bar_print = false")
        with self._lock:
            self._con = con

    def loading(self, name: str, number: int, total: int) -> None:
        """Show the file being read; the ones before it count as done."""
        with self._lock:
            if self._step is not None:
                self._done_rows += self._rows.get(_file_of(self._step[1]), 0)
            self._step, self._part = ("Loading", name, number, total), 0.0

    def building(self, name: str, number: int, total: int) -> None:
        """Show the model being built."""
        with self._lock:
            if self._step is None or self._step[0] != "Building":
                self._started = time.monotonic()
            self._step, self._part = ("Building", name, number, total), 0.0

    def note(self, text: str) -> None:
        """Print the sentence above the line."""
        with self._lock:
            self._stream.write(f"\r\x1b[K{text}\n")
            self._stream.flush()

    def close(self) -> None:
        """Remove the line and stop watching."""
        self._ended.set()
        self._ticker.join()
        self._stream.write("\r\x1b[K")
        self._stream.flush()

    def _tick(self) -> None:
        while not self._ended.wait(_TICK_SECONDS):
            with self._lock:
                text = self._text()
                if text:
                    width = shutil.get_terminal_size().columns - 1
                    self._stream.write(f"\r\x1b[K{text[:width]}")
                    self._stream.flush()

    def _text(self) -> str:
        if self._step is None:
            return ""
        what, name, number, total = self._step
        # A step is several queries, the first the longest: its share never goes back.
        part = self._part = max(self._part, self._query_share())
        rows = ""
        if what == "Loading":
            all_rows = sum(self._rows.values())
            now = self._done_rows + part * self._rows.get(_file_of(name), 0)
            share = now / all_rows if all_rows else 0.0
            rows = f"about {round(now):,} of {all_rows:,} rows, "
        else:
            share = (number - 1 + part) / total
        left = _left(time.monotonic() - self._started, share)
        return f"{what} {name} ({number} of {total}): {rows}{share:.0%}{left}"

    def _query_share(self) -> float:
        try:
            return max(0.0, self._con.query_progress() / 100) if self._con else 0.0
        except duckdb.Error:
            return 0.0


def _left(elapsed: float, share: float) -> str:
    if share < 0.01 or elapsed < 1:
        return ""
    seconds = round(elapsed * (1 - share) / share)
    return f", {seconds // 60}:{seconds % 60:02d} left"


def _file_of(source: str) -> str:
    """The file's name in a source's: a workbook's sheet stands in brackets."""
    return source.partition("[")[0]


def _estimated_rows(path: Path) -> int:
    """Line ends of a text file, at memory speed; for other files a guess from the size."""
    size = path.stat().st_size
    if not size or path.suffix.lower() not in TEXT_SUFFIXES:
        return size // _BYTES_A_ROW
    step = 1 << 24
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return sum(data[start : start + step].count(b"\n") for start in range(0, size, step))
