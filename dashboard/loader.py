"""Runs the loader beside the dashboard, as a program of its own: neither imports the other.

A job writes what it says into files and is asked now and then how far it is; the page that started
it may be left meanwhile.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dashboard import formats
from dashboard.texts import _

ROOT = Path(__file__).parent.parent
PREVIEW_SECONDS = 300.0
PREVIEW_BYTES = 8 << 30
"""Most memory a preview may ask for: a small workbook can claim to be a huge one."""

_STEP = re.compile(r"^(Loading|Building) (.+) \((\d+) of (\d+)\)$")
_LOADING_SHARE = 0.5


@dataclass(frozen=True)
class Failure:
    """An error as the command line tells it: what happened, where, and how to mend it."""

    what: str
    where: str = ""
    remedy: str = ""


@dataclass(frozen=True)
class Progress:
    """How far a job is: 0 to 1, and its last step in words."""

    share: float
    text: str


@dataclass
class Job:
    """A running or ended loader. `seconds` ends it by force; None lets it take its time."""

    process: subprocess.Popen[bytes]
    folder: tempfile.TemporaryDirectory[str]
    seconds: float | None
    started: float = field(default_factory=time.monotonic)
    is_overdue: bool = False

    @property
    def is_running(self) -> bool:
        """Whether to ask again later; ends a job that took too long."""
        if self.process.poll() is not None:
            return False
        if self.seconds is not None and time.monotonic() - self.started > self.seconds:
            self.stop()
            self.is_overdue = True
        return self.process.poll() is None

    def wait(self, seconds: float) -> None:
        """Give it a moment: most previews end before the reader notices."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(seconds)

    def stop(self) -> None:
        """End it, and what it started, at once."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    @property
    def output(self) -> str:
        """What it wrote as its result."""
        return self._text("out")

    @property
    def narration(self) -> list[str]:
        """Its notes, a sentence each: without progress and without the error at the end."""
        lines = [line for line in self._text("err").splitlines() if line.strip()]
        return [
            line
            for line in lines
            if not _STEP.match(line) and not line.startswith(("error: ", "  where: ", "  remedy: "))
        ]

    @property
    def progress(self) -> Progress:
        """How far it is, by the last step it told."""
        lines = [line for line in self._text("err").splitlines() if line.strip()]
        for line in reversed(lines):
            if found := _STEP.match(line):
                what, name, number, total = found.groups()
                share = (int(number) - 1) / int(total)
                if what == "Loading":
                    text = _("Loading {name}, {number} of {total}")
                    text = text.format(name=name, number=number, total=total)
                    return Progress(_LOADING_SHARE * share, text)
                text = _("Building {name}, {number} of {total}")
                text = text.format(name=name, number=number, total=total)
                return Progress(_LOADING_SHARE + (1 - _LOADING_SHARE) * share, text)
        return Progress(0, lines[-1] if lines else _("Starting"))

    @property
    def failure(self) -> Failure | None:
        """Why it ended without success; None when it succeeded."""
        if self.is_overdue:
            return Failure(
                _("reading took longer than {n} seconds and was stopped").format(
                    n=formats.number(self.seconds or 0)
                ),
                remedy=_("Load large files with `backorders refresh`"),
            )
        if self.process.returncode == 0:
            return None
        told: dict[str, str] = {}
        for line in self._text("err").splitlines():
            name, _colon, text = line.strip().partition(": ")
            if name == "error":
                told = {"what": text}
            elif name in ("where", "remedy") and told:
                told.setdefault(name, text)
        if told:
            return Failure(**told)
        return Failure(
            _("the loader stopped before it was done"),
            remedy=_(
                "The file may need more memory than a preview is given; load it with"
                " `backorders refresh`, which says more"
            ),
        )

    def _text(self, name: str) -> str:
        return Path(self.folder.name, name).read_text(encoding="utf-8", errors="replace")


def preview(files: Sequence[Path], options: Sequence[str], store: Path) -> Job:
    """Start looking at files: what they are and what would become of their rows."""
    target = ["--db", str(store.resolve()), "--format", "json"]
    job = _start(["preview", *target, *options, "--", *map(str, files)], PREVIEW_SECONDS)
    _limit(job.process.pid)
    return job


def preview_result(job: Job) -> dict[str, Any] | None:
    """What an ended preview found, the files' problems in it; None when it failed as a whole."""
    try:
        found: dict[str, Any] = json.loads(job.output)
    except ValueError:
        return None
    return found


def refresh(
    files: Sequence[Path],
    options: Sequence[str],
    store: Path,
    held: object,
    user: str = "",
    role: str = "",
) -> Job:
    """Start loading files into the store and publishing what comes of it.

    `held` owns the files: it is kept until the end, also when the reader closes the page. `user`
    and `role` stand in the audit log for what is published.
    """
    target = ["--db", str(store.resolve()), "--progress"]
    job = _start(
        ["refresh", *target, *options, "--", *map(str, files)],
        None,
        BACKORDERS_AUDIT_USER=user,
        BACKORDERS_AUDIT_ROLE=role,
    )
    threading.Thread(target=_hold, args=(job, held), daemon=True).start()
    return job


def _hold(job: Job, _held: object) -> None:
    job.process.wait()


def _start(arguments: Sequence[str], seconds: float | None, **environment: str) -> Job:
    folder = tempfile.TemporaryDirectory(prefix="backorders-job-")
    with Path(folder.name, "out").open("wb") as out, Path(folder.name, "err").open("wb") as err:
        process = subprocess.Popen(
            [sys.executable, "-m", "etl", *arguments],
            cwd=ROOT,
            # What it unpacks lies in the job's folder, and goes with it even when it is killed.
            env={**os.environ, "TMPDIR": folder.name, **environment},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            start_new_session=True,
        )
    return Job(process, folder, seconds)


def _limit(pid: int) -> None:
    """Memory and processor time of a preview, also when nobody is left to ask how far it is."""
    try:
        import resource

        physical = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        most = min(PREVIEW_BYTES, physical)
        seconds = int(PREVIEW_SECONDS) * (os.cpu_count() or 1)
        resource.prlimit(pid, resource.RLIMIT_AS, (most, most))
        resource.prlimit(pid, resource.RLIMIT_CPU, (seconds, seconds))
    except (ImportError, AttributeError, OSError, ValueError):
        # Only Linux can limit another process; elsewhere the time limit has to do.
        return
