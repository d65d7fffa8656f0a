"""A watched folder: complete exports are refreshed once, failures told, and it ends if asked."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from etl import watch as watching
from etl.errors import BackordersError, InputError, StoreError
from etl.snapshot import Store
from etl.watch import watch

ORDERS = "order_id,line_id,order_date,item_id,ordered_qty\nO1,1,2026-03-01,LAMP,10\n"
PATIENCE = 60
WATCH = (sys.executable, "-m", "etl", "watch")


class Recorder:
    """Stands where the refresh is called: notes the files, then does what comes next."""

    def __init__(self, *steps: Callable[[], object]) -> None:
        self.calls: list[list[str]] = []
        self.errors: list[str] = []
        self._steps = list(steps)

    def refresh(self, files: Sequence[Path]) -> None:
        self.calls.append([path.name for path in files])
        self._next()

    def tell(self, error: BackordersError) -> None:
        self.errors.append(error.what)

    def _next(self) -> None:
        if self._steps:
            self._steps.pop(0)()
        if not self._steps:
            later(0.3, stop)


def stop() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


def later(seconds: float, do: Callable[[], object]) -> None:
    threading.Timer(seconds, do).start()


def run(folder: Path, recorder: Recorder, look_seconds: float = 30) -> None:
    """Watch until the recorder's last step; a guard ends it whatever happens."""
    guard = threading.Timer(PATIENCE, stop)
    guard.start()
    try:
        watch(
            folder, recorder.refresh, recorder.tell, settle_seconds=0.1, look_seconds=look_seconds
        )
    finally:
        guard.cancel()


def nothing() -> None:
    """A refresh that goes well."""


def failing(error: BackordersError) -> Callable[[], None]:
    def fail() -> None:
        raise error

    return fail


def test_what_is_there_comes_first_and_then_what_is_new(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("1")
    recorder = Recorder(lambda: later(0.2, lambda: (tmp_path / "b.csv").write_text("2")), nothing)
    run(tmp_path, recorder)
    assert recorder.calls == [["a.csv"], ["a.csv", "b.csv"]]


def test_a_file_that_comes_during_a_refresh_is_taken_next(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("1")
    recorder = Recorder(lambda: (tmp_path / "b.csv").write_text("2"), nothing)
    run(tmp_path, recorder)
    assert recorder.calls == [["a.csv"], ["a.csv", "b.csv"]]


def test_a_growing_file_is_left_until_it_rests(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"

    def grow() -> None:
        for _ in range(12):
            with path.open("a") as file:
                file.write("x" * 100)
            time.sleep(0.03)

    sizes: list[int] = []
    writer = threading.Thread(target=grow)
    writer.start()
    recorder = Recorder(lambda: sizes.append(path.stat().st_size))
    run(tmp_path, recorder)
    writer.join()
    assert sizes == [1200]


def test_partial_uploads_and_lock_files_are_not_exports(tmp_path: Path) -> None:
    for name in ("~$a.xlsx", "a.csv.part", ".a.csv.Xk3", "a.csv.crdownload"):
        (tmp_path / name).write_text("1")
    later(0.3, lambda: (tmp_path / "a.csv.part").rename(tmp_path / "a.csv"))
    recorder = Recorder(nothing)
    run(tmp_path, recorder)
    assert recorder.calls == [["a.csv"]]


def test_touching_nothing_refreshes_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("1")
    (tmp_path / "old.csv").write_text("1")

    def look_and_remove() -> None:
        (tmp_path / "a.csv").read_text()
        (tmp_path / "old.csv").unlink()
        (tmp_path / "notes.pdf").write_text("x")

    recorder = Recorder(lambda: later(0.1, look_and_remove), nothing)
    later(1, stop)
    run(tmp_path, recorder, look_seconds=0.1)
    assert recorder.calls == [["a.csv", "old.csv"]]


def test_a_failure_is_told_and_the_next_change_tries_again(tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text("1")
    (tmp_path / "good.csv").write_text("1")

    def fail() -> None:
        later(0.2, bad.unlink)
        raise InputError("the file is empty")

    recorder = Recorder(fail, nothing)
    run(tmp_path, recorder)
    assert recorder.errors == ["the file is empty"]
    assert recorder.calls == [["bad.csv", "good.csv"], ["good.csv"]]


def test_a_store_that_was_busy_is_tried_again_without_a_change(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("1")
    recorder = Recorder(failing(StoreError("another refresh holds the store")), nothing)
    run(tmp_path, recorder, look_seconds=0.1)
    assert recorder.calls == [["a.csv"], ["a.csv"]]
    assert len(recorder.errors) == 1


def test_a_folder_without_notifications_is_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.csv").write_text("1")
    monkeypatch.setattr(watching._Bell, "on_created", lambda *_: None)
    monkeypatch.setattr(watching._Bell, "on_modified", lambda *_: None)
    recorder = Recorder(lambda: later(0.2, lambda: (tmp_path / "b.csv").write_text("2")), nothing)
    run(tmp_path, recorder, look_seconds=0.1)
    assert recorder.calls == [["a.csv"], ["a.csv", "b.csv"]]


def test_without_the_systems_watches_the_folder_is_polled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def used_up(_: object) -> None:
        raise OSError(28, "inotify watch limit reached")

    (tmp_path / "a.csv").write_text("1")
    monkeypatch.setattr(watching.Observer, "start", used_up)
    recorder = Recorder(nothing)
    run(tmp_path, recorder)
    assert recorder.calls == [["a.csv"]]


def test_no_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such folder"):
        watch(tmp_path / "none", lambda _: None, lambda _: None)


# The command -------------------------------------------------------------------------------------


@pytest.fixture
def watcher(tmp_path: Path, root: Path) -> Iterator[subprocess.Popen[str]]:
    (tmp_path / "drop").mkdir()
    (tmp_path / "drop" / "orders.csv").write_text("no,known,header\n1,2,3\n")
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(
            [*WATCH, tmp_path / "drop", "--settle", "0.2", "--db", tmp_path / "store"],
            cwd=root,
            stdout=log,
            stderr=log,
            text=True,
        )
    yield process
    process.kill()
    process.wait()


def wait_until(true: Callable[[], object], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.05)


def test_the_command_tells_a_failure_and_publishes_what_lands_next(
    watcher: subprocess.Popen[str], tmp_path: Path
) -> None:
    log, drop = tmp_path / "log", tmp_path / "drop"
    wait_until(lambda: "remedy: " in log.read_text(), log)
    assert "  where: orders.csv\n" in log.read_text()
    (tmp_path / "orders.csv").write_text(ORDERS)
    shutil.move(tmp_path / "orders.csv", drop / "orders.csv")
    wait_until(lambda: "Published" in log.read_text(), log)
    watcher.send_signal(signal.SIGTERM)
    assert watcher.wait(PATIENCE) == 0
    assert log.read_text().count("\norders.csv  sales_order_lines ") == 1
    assert len(Store(tmp_path / "store").snapshots()) == 1


def test_ctrl_c_in_a_refresh_leaves_the_store_as_it_was(tmp_path: Path, root: Path) -> None:
    (tmp_path / "orders.csv").write_text(ORDERS)
    store = Store(tmp_path / "store")
    with store.lock():
        process = subprocess.Popen(
            [*WATCH, tmp_path, "--settle", "0", "--db", store.path],
            cwd=root,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stderr is not None
        assert process.stderr.readline().startswith("Watching ")
        assert process.stderr.readline().startswith("Waiting for another refresh")
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 130
        assert "error: interrupted" in process.stderr.read()
    assert store.current() is None
