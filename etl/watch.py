"""Refreshes whenever exports in a folder are new or changed, once they have stopped changing.

The system says when something happens in the folder; what there is to do is decided by looking,
so that a missed or a needless word does no harm.
"""

import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from watchdog.events import DirModifiedEvent, FileModifiedEvent, FileSystemEvent
from watchdog.events import FileSystemEventHandler as Handler
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver
from watchdog.observers.polling import PollingObserver

from etl.errors import BackordersError, InputError, StoreError
from etl.sources import data_files

# Network folders do not say what another computer does in them.
LOOK_SECONDS = 30.0
State = dict[Path, tuple[int, int]]


def watch(
    folder: Path,
    refresh: Callable[[Sequence[Path]], None],
    on_error: Callable[[BackordersError], None],
    *,
    settle_seconds: float = 3.0,
    look_seconds: float = LOOK_SECONDS,
) -> None:
    """Call `refresh` with the folder's exports, now and whenever one is new or has changed.

    It waits until no file has changed for `settle_seconds`. After a failure, told to `on_error`,
    the next change tries again; when only the store was busy, the next look. Returns on Ctrl-C or
    SIGTERM; in the middle of a refresh, KeyboardInterrupt goes on to the caller.
    """
    if not folder.is_dir():
        raise InputError("no such folder", where=str(folder), remedy="Check the path, or make it")
    done: State = {}
    tried: State = {}
    with _stoppable(), _told(folder) as changed:
        changed.set()
        while True:
            try:
                state = _settled(folder, done, tried, settle_seconds)
                if state is None:
                    changed.wait(look_seconds)
                    changed.clear()
                    continue
            except KeyboardInterrupt:
                return
            tried = state
            try:
                refresh(list(state))
                done = state
            except StoreError as error:
                on_error(error)
                tried = {}
                # Not at once: what made the store refuse may last.
                changed.clear()
                if _stopped(changed, look_seconds):
                    return
            except BackordersError as error:
                on_error(error)


def _stopped(changed: threading.Event, seconds: float) -> bool:
    """Wait for a change or the time to pass; True when stopped meanwhile."""
    try:
        changed.wait(seconds)
    except KeyboardInterrupt:
        return True
    return False


def _settled(folder: Path, done: State, tried: State, seconds: float) -> State | None:
    """The folder's exports, at rest, or None when none of them is new or changed."""
    state = _state(folder)
    while _is_new(state, done, tried):
        time.sleep(seconds)
        before, state = state, _state(folder)
        if state == before:
            return state
    return None


def _is_new(state: State, done: State, tried: State) -> bool:
    return state != tried and any(done.get(path) != stamp for path, stamp in state.items())


def _state(folder: Path) -> State:
    """Size and time of each export; a folder out of reach for a while is an empty one."""
    found: State = {}
    try:
        for path in data_files(folder)[0]:
            facts = path.stat()
            found[path] = (facts.st_size, facts.st_mtime_ns)
    except OSError:
        return {}
    return found


class _Bell(Handler):
    """Rings at every change; reading a file is none."""

    def __init__(self, changed: threading.Event) -> None:
        self._changed = changed

    def on_created(self, _event: FileSystemEvent) -> None:
        self._changed.set()

    def on_deleted(self, _event: FileSystemEvent) -> None:
        self._changed.set()

    def on_moved(self, _event: FileSystemEvent) -> None:
        self._changed.set()

    def on_modified(self, _event: DirModifiedEvent | FileModifiedEvent) -> None:
        self._changed.set()


@contextmanager
def _told(folder: Path) -> Iterator[threading.Event]:
    """An event that is set when something happens in the folder."""
    changed = threading.Event()
    observer: BaseObserver = Observer()
    observer.schedule(_Bell(changed), str(folder))
    try:
        observer.start()
    except OSError:  # the system's watches are used up, or the file system has none
        observer = PollingObserver(timeout=2)
        observer.schedule(_Bell(changed), str(folder))
        observer.start()
    try:
        yield changed
    finally:
        observer.stop()
        observer.join()


@contextmanager
def _stoppable() -> Iterator[None]:
    """Have SIGTERM, which service managers send, do what Ctrl-C does."""
    previous = signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
