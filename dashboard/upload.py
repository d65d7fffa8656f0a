"""Exports dropped in the browser: who may, under which names and limits they are kept aside.

Invariant: nothing of an upload is executed, none of its names is a path, and nothing of it is left
when the reader goes. What the files are is found by the loader, in a process of its own.
"""

from __future__ import annotations

import os
import re
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import BinaryIO, Protocol

from streamlit.runtime.scriptrunner import get_script_run_ctx

from dashboard import access, formats
from dashboard.access import Role
from dashboard.loader import Failure
from dashboard.texts import _

SUFFIXES = (
    *("csv", "tsv", "txt", "tab"),
    *("xlsx", "xlsm", "xls", "xlsb", "ods"),
    *("parquet", "pq", "json", "ndjson", "jsonl", "zip"),
)
FILES = 100
UPLOAD_MB = 200
UNPACKED_MB = 2_000
UNPACKED_TIMES = 200
UNPACKED_LEAST = 50_000_000
_CHUNK = 1 << 20
_MEMBER_COSTS = 10_000
"""What an empty member counts for, so that a million of them are too much as well."""

_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    NotImplementedError,
    RuntimeError,
    EOFError,
    OSError,
    ValueError,
)


class UploadError(Exception):
    """A file was not taken; the text says why and what to do."""

    def __init__(self, failure: Failure) -> None:
        self.failure = failure
        super().__init__(failure.what)


class Uploaded(Protocol):
    """What Streamlit hands over: bytes under a name a stranger chose."""

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def size(self) -> int: ...  # noqa: D102
    def getbuffer(self) -> memoryview: ...  # noqa: D102


def limit_mb() -> int:
    """Most megabytes of one visit's files: BACKORDERS_UPLOAD_MB, else 200."""
    text = os.environ.get("BACKORDERS_UPLOAD_MB", "")
    return max(1, int(text)) if text.isdigit() else UPLOAD_MB


def refusal() -> str | None:
    """Why this reader may not publish files; None for those who may.

    Off for all with BACKORDERS_UPLOAD=off; else for those whose role is admin, which is everybody
    on the machine itself.
    """
    if os.environ.get("BACKORDERS_UPLOAD", "").strip().lower() == "off":
        return _("Uploads are switched off (BACKORDERS_UPLOAD=off).")
    if not access.may(Role.ADMIN):
        return _("Loading files replaces everybody's figures: it needs the role admin.")
    return None


_admitted: dict[str, None] = {}
"""Sessions that were shown where to drop files."""


def admit() -> None:
    """Lets this visit send files: whoever was not shown where to drop them may not."""
    context = get_script_run_ctx()
    if context is not None:
        _admitted[context.session_id] = None
    while len(_admitted) > 10_000:
        _admitted.pop(next(iter(_admitted)))


def is_admitted(session: str) -> bool:
    """Whether a session may send files. Streamlit itself asks only that there is such a session."""
    return session in _admitted


def safe_name(name: str) -> str:
    """The name without folders, control characters and what a shell or a pattern would act on.

    Raises UploadError for an ending that no export has.
    """
    last = re.split(r"[\\/]", name)[-1]
    plain = re.sub(r"[^\w.()\- ]", "_", last).strip(" .-_")
    stem, _dot, suffix = plain.rpartition(".")
    if not stem or suffix.lower() not in SUFFIXES:
        raise UploadError(
            Failure(
                _("this is not a kind of file that can be loaded"),
                last[:100],
                _("Export it as one of: {endings}").format(endings=", ".join(SUFFIXES)),
            )
        )
    return f"{stem[:100].rstrip(' .')}.{suffix.lower()}"


@dataclass
class Folder:
    """A private folder for the files of one reader; made by the first, gone with its holder."""

    held: tempfile.TemporaryDirectory[str] | None = None

    @property
    def files(self) -> list[Path]:
        """The files in it, by name."""
        return sorted(Path(self.held.name).iterdir()) if self.held else []

    def add(self, uploaded: Uploaded) -> Path:
        """Keep a file; one of the same name takes the place of the earlier. Raises UploadError."""
        name = safe_name(uploaded.name)
        self.held = self.held or tempfile.TemporaryDirectory(prefix="backorders-upload-")
        target = Path(self.held.name, name)
        others = [each for each in self.files if each != target]
        size = sum(each.stat().st_size for each in others) + uploaded.size
        if size > limit_mb() * 1_000_000 or len(others) >= FILES:
            raise UploadError(
                Failure(
                    _("more than {mb} MB or {n} files are not taken here").format(
                        mb=limit_mb(), n=FILES
                    ),
                    target.name,
                    _("Load large exports with `backorders refresh`"),
                )
            )
        target.write_bytes(uploaded.getbuffer())
        try:
            check_unpacked(target)
        except UploadError:
            target.unlink()
            raise
        return target

    def dated(self, day: date | None) -> None:
        """Give the files the day they were exported on, else the time they came."""
        moment = datetime.combine(day, time(23, 59, 59), UTC) if day else datetime.now(UTC)
        for each in self.files:
            os.utime(each, (moment.timestamp(), moment.timestamp()))


def check_unpacked(path: Path) -> None:
    """Unpack a zip archive or workbook into nothing, and raise UploadError before it is too much.

    What the archive says of itself proves nothing; reading it does.
    """
    with path.open("rb") as file:
        if file.read(2) != b"PK":
            return
        most = min(UNPACKED_MB * 1_000_000, max(UNPACKED_LEAST, UNPACKED_TIMES * file.seek(0, 2)))
        total = 0
        try:
            for size in _unpacked(file):
                total += size
                if total > most:
                    break
        except _DAMAGED as error:
            raise UploadError(
                Failure(
                    _("the archive or workbook is damaged, or protected by a password"),
                    path.name,
                    _("Save it again without a password"),
                )
            ) from error
    if total > most:
        raise UploadError(
            Failure(
                _("the file unpacks to more than {most} MB").format(
                    most=formats.number(most // 1_000_000)
                ),
                path.name,
                _("If that is as it should be, load it with `backorders refresh`"),
            )
        )


def _unpacked(file: BinaryIO) -> Iterator[int]:
    """Sizes of the pieces the archive unpacks to, one after another."""
    with zipfile.ZipFile(file) as archive:
        for member in archive.infolist():
            with archive.open(member) as inside:
                while chunk := inside.read(_CHUNK):
                    yield len(chunk)
            yield _MEMBER_COSTS
