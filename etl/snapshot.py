"""The writer's side of the snapshot store: build aside, check, publish, keep five, go back.

A published file is never changed. Publishing renames a finished file to a new versioned name and
then replaces the pointer CURRENT, so a reader sees the old snapshot or the new one and nothing
between, whenever the writer is killed. What a killed writer leaves behind is removed by the next
one, which knows it for a leftover because it holds the lock.
"""

import contextlib
import fcntl
import json
import os
import shutil
import socket
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from etl.errors import StoreError
from etl.urls import redacted
from sql.store import POINTER, SNAPSHOT_NAME, current_path, pointed_name

KEPT = 5
_LOCK = ".lock"
_LOG = "refresh.log"
_PUBLISHING = ".publishing"
_BUILDING = ".building-"
_LATEST = "latest.duckdb"
_STAGED = "staged.duckdb"
_STAMP = "%Y%m%dT%H%M%S"
_POLL_SECONDS = 0.1


@dataclass(frozen=True)
class SnapshotInfo:
    """One published snapshot. `created` is in UTC, `size` in bytes."""

    version: str
    path: Path
    size: int
    created: datetime
    is_current: bool


@dataclass(frozen=True)
class Holder:
    """Who holds the lock of a store."""

    pid: int
    host: str
    since: str
    command: str

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host}, `{self.command}`, since {self.since}"


class Store:
    """A folder of snapshots. Reading needs no lock; everything that writes asks for it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._locked = False

    @property
    def staged(self) -> Path:
        """Inputs loaded and not yet built."""
        return self.path / _STAGED

    def current(self) -> Path | None:
        """Return the snapshot in force or None; StoreError when the pointer is wrong."""
        found = current_path(self.path)
        if found is None and (self.path / POINTER).exists():
            raise StoreError(
                f"{POINTER} does not name a snapshot that exists",
                where=str(self.path / POINTER),
                remedy="Choose one with `backorders rollback VERSION`, or refresh again",
            )
        return found

    def snapshots(self) -> list[SnapshotInfo]:
        """Return the published snapshots, newest first."""
        if not self.path.is_dir():
            return []
        current = pointed_name(self.path)
        unfinished = self._publishing_name()
        return [
            _info(self.path / name, name == current)
            for name in sorted(self._snapshot_names(), reverse=True)
            if name == current or name != unfinished
        ]

    @contextlib.contextmanager
    def lock(
        self, wait_seconds: float = 0, on_wait: Callable[[Holder | None], None] | None = None
    ) -> Iterator[None]:
        """Hold the store for writing, and tidy what a killed writer left.

        Waits up to `wait_seconds` and calls `on_wait` once if it has to; then StoreError names the
        holder. The kernel frees the lock of a dead process.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.path / _LOCK, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise _unwritable(self.path, error) from error
        try:
            self._wait_for_lock(descriptor, wait_seconds, on_wait)
            _write_holder(descriptor)
            self._locked = True
            self._tidy()
            yield
        finally:
            self._locked = False
            os.close(descriptor)

    @contextlib.contextmanager
    def building(self) -> Iterator[Path]:
        """Give a path to build at, in the store's own folder so that publishing is one rename.

        Whatever is left at it, or beside it, when the block ends is removed: only `publish` and
        `stage` keep a file. A failure is logged.
        """
        self._must_be_locked()
        stamp = datetime.now(UTC).strftime(_STAMP)
        path = self.path / f"{_BUILDING}{os.getpid()}-{stamp}.duckdb"
        self.log("build_started")
        try:
            yield path
        except BaseException as error:
            self.log("build_failed", error=f"{type(error).__name__}: {error}")
            raise
        finally:
            self._remove_leftovers()

    def copy(self, base: Path, building: Path) -> None:
        """Start a build from the copy of a closed database file, which is only read."""
        self._must_be_locked()
        try:
            shutil.copyfile(base, building)
        except OSError as error:
            raise _unwritable(self.path, error) from error

    def publish(self, building: Path) -> SnapshotInfo:
        """Check a closed database file, make it the snapshot in force, and drop the oldest."""
        self._must_be_locked()
        _check_readable(building)
        version = self._next_version()
        target = self.path / f"backorders-{version}.duckdb"
        try:
            _sync(building)
            # Until CURRENT names it, the marker tells a killed publication from a snapshot that
            # someone rolled back from.
            self._replace_text(_PUBLISHING, target.name)
            building.rename(target)
            _sync(self.path)
            self._point_to(target.name)
            (self.path / _PUBLISHING).unlink()
        except OSError as error:
            with contextlib.suppress(OSError):
                self._settle_publication()
            raise _unwritable(self.path, error) from error
        self._prune()
        self.log("published", version=version, bytes=target.stat().st_size)
        return _info(target, is_current=True)

    def stage(self, building: Path) -> Path:
        """Keep a closed database file of loaded inputs for the next build."""
        self._must_be_locked()
        try:
            _sync(building)
            building.replace(self.staged)
            _sync(self.path)
        except OSError as error:
            raise _unwritable(self.path, error) from error
        self.log("staged", bytes=self.staged.stat().st_size)
        return self.staged

    def discard_staged(self) -> None:
        """Forget the inputs that wait for a build."""
        self._must_be_locked()
        self.staged.unlink(missing_ok=True)

    def rollback(self, version: str | None = None) -> SnapshotInfo:
        """Put an earlier snapshot in force: the one named, or the one before the current one."""
        self._must_be_locked()
        snapshots = self.snapshots()
        if version is None:
            current = pointed_name(self.path)
            older = [each for each in snapshots if current is None or each.path.name < current]
            if not older:
                raise StoreError(
                    "there is no earlier snapshot to go back to",
                    where=str(self.path),
                    remedy="See what is kept with `backorders snapshots`",
                )
            chosen = older[0]
        else:
            named = [each for each in snapshots if each.version == version]
            if not named:
                kept = ", ".join(each.version for each in snapshots) or "none"
                raise StoreError(
                    f"there is no snapshot {version}",
                    where=str(self.path),
                    remedy=f"Choose one that is kept: {kept}",
                )
            chosen = named[0]
        _check_readable(chosen.path)
        try:
            self._point_to(chosen.path.name)
        except OSError as error:
            raise _unwritable(self.path, error) from error
        self.log("rolled_back", version=chosen.version)
        return _info(chosen.path, is_current=True)

    def log(self, event: str, **details: object) -> None:
        """Add one line of JSON to refresh.log."""
        line = {
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "event": event,
            "pid": os.getpid(),
            **details,
        }
        # A full disk must not turn a published snapshot into a failed refresh.
        with contextlib.suppress(OSError), (self.path / _LOG).open("a", encoding="utf-8") as log:
            log.write(json.dumps(line, ensure_ascii=False) + "\n")

    def holder(self) -> Holder | None:
        """Return who wrote the lock last; None when that cannot be read."""
        try:
            return Holder(**json.loads((self.path / _LOCK).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def _wait_for_lock(
        self,
        descriptor: int,
        wait_seconds: float,
        on_wait: Callable[[Holder | None], None] | None,
    ) -> None:
        deadline = time.monotonic() + wait_seconds
        told = False
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise StoreError(
                        "another refresh holds the store",
                        where=str(self.holder() or self.path),
                        remedy="Wait for it, or try again with a longer --wait",
                    ) from None
                if on_wait is not None and not told:
                    on_wait(self.holder())
                    told = True
                time.sleep(_POLL_SECONDS)
            except OSError as error:
                raise _unwritable(self.path, error) from error
            else:
                return

    def _must_be_locked(self) -> None:
        if not self._locked:
            raise RuntimeError("hold Store.lock() before writing to the store")

    def _snapshot_names(self) -> list[str]:
        return [each.name for each in self.path.iterdir() if SNAPSHOT_NAME.fullmatch(each.name)]

    def _publishing_name(self) -> str | None:
        try:
            return (self.path / _PUBLISHING).read_text(encoding="ascii").strip()
        except FileNotFoundError:
            return None

    def _tidy(self) -> None:
        """Undo or finish what a killed writer was doing. Only the holder of the lock may."""
        self._settle_publication()
        removed = self._remove_leftovers()
        if removed:
            self.log("leftovers_removed", files=removed)

    def _settle_publication(self) -> None:
        unfinished = self._publishing_name()
        if unfinished is None:
            return
        published = pointed_name(self.path) == unfinished
        if published:
            self._link_latest(unfinished)
        elif SNAPSHOT_NAME.fullmatch(unfinished):
            (self.path / unfinished).unlink(missing_ok=True)
        (self.path / _PUBLISHING).unlink()
        self.log("publication_finished" if published else "publication_undone", file=unfinished)

    def _remove_leftovers(self) -> list[str]:
        leftovers = sorted(self.path.glob(f"{_BUILDING}*"))
        for each in leftovers:
            if each.is_dir() and not each.is_symlink():
                shutil.rmtree(each, ignore_errors=True)
            else:
                each.unlink(missing_ok=True)
        return [each.name for each in leftovers]

    def _next_version(self) -> str:
        """Return a version later than every version kept, even when the clock went back."""
        newest = max(self._snapshot_names(), default=None)
        stamp, number = datetime.now(UTC).strftime(_STAMP), 1
        if newest is not None:
            newest_stamp, newest_number = _version_of(newest).rsplit("-", 1)
            if stamp <= newest_stamp:
                stamp, number = newest_stamp, int(newest_number) + 1
                if number > 999:
                    later = datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC)
                    stamp, number = (later + timedelta(seconds=1)).strftime(_STAMP), 1
        return f"{stamp}-{number:03d}"

    def _point_to(self, name: str) -> None:
        self._replace_text(POINTER, name)
        self._link_latest(name)

    def _link_latest(self, name: str) -> None:
        """Point latest.duckdb at the snapshot, for people; programs read CURRENT."""
        # Some file systems have no links; the pointer alone decides what is in force.
        with contextlib.suppress(OSError):
            aside = self.path / f"{_BUILDING}{os.getpid()}-latest"
            aside.unlink(missing_ok=True)
            aside.symlink_to(name)
            aside.replace(self.path / _LATEST)

    def _replace_text(self, name: str, text: str) -> None:
        aside = self.path / f"{_BUILDING}{os.getpid()}-{name.strip('.')}"
        aside.write_text(text + "\n", encoding="ascii")
        _sync(aside)
        aside.replace(self.path / name)
        _sync(self.path)

    def _prune(self) -> None:
        """Remove the oldest snapshots. A reader that has one open keeps its data."""
        current = pointed_name(self.path)
        for name in sorted(self._snapshot_names(), reverse=True)[KEPT:]:
            if name != current:
                (self.path / name).unlink(missing_ok=True)


def _version_of(name: str) -> str:
    match = SNAPSHOT_NAME.fullmatch(name)
    assert match is not None
    return match[1]


def _info(path: Path, is_current: bool) -> SnapshotInfo:
    version = _version_of(path.name)
    created = datetime.strptime(version.rsplit("-", 1)[0], _STAMP).replace(tzinfo=UTC)
    return SnapshotInfo(version, path, path.stat().st_size, created, is_current)


def _check_readable(path: Path) -> None:
    """Open the file as a reader would: a truncated one opens, and fails only when it is read."""
    if path.with_name(path.name + ".wal").exists():
        raise StoreError(
            "the database was not closed before publication",
            where=str(path),
            remedy="Close every connection to it first",
        )
    try:
        with duckdb.connect(str(path), read_only=True) as con:
            rows = con.execute("select as_of from core.as_of").fetchall()
    except duckdb.Error as error:
        raise StoreError(
            "the database cannot be read back",
            where=f"{path}: {error}",
            remedy="Refresh again; if it recurs, check the disk",
        ) from error
    if len(rows) != 1:
        raise StoreError(
            f"core.as_of has {len(rows)} rows in place of one",
            where=str(path),
            remedy="Refresh again",
        )


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write_holder(descriptor: int) -> None:
    holder = {
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "since": datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC"),
        "command": redacted(" ".join([Path(sys.argv[0]).name, *sys.argv[1:]])),
    }
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, json.dumps(holder).encode(), 0)


def _unwritable(path: Path, error: OSError) -> StoreError:
    return StoreError(
        f"the store cannot be written: {error.strerror or error}",
        where=str(path),
        remedy="Check the folder's permissions and free space, or name another with --db",
    )
