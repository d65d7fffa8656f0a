"""Everything that may be named on the command line becomes local files, before anything is loaded.

A file, a folder, a pattern of names, `-` for stdin, a zip, a .gz file, a URL, or a source file that
names queries of a database. Fetched files are dated when they were exported, as far as their source
says: which of two exports is the newer depends on it.
"""

import glob
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from etl.archives import LIMITS, Limits, copy, gunzip, unpack
from etl.errors import InputError
from etl.read import OLE_MAGIC, SUFFIXES
from etl.scratch import scratch_folder
from etl.urls import redacted, scheme

ARCHIVE_SUFFIXES = (".zip", ".gz")
SOURCE_SUFFIX = ".source.toml"
STDIN = "-"
_HEAD_BYTES = 4096


@contextmanager
def gathered(
    given: Sequence[str | Path], limits: Limits = LIMITS
) -> Iterator[tuple[list[Path], list[str]]]:
    """`gather` into a temporary folder that is removed when the block ends."""
    with scratch_folder() as scratch:
        yield gather(given, scratch, limits)


def gather(
    given: Sequence[str | Path], scratch: Path, limits: Limits = LIMITS
) -> tuple[list[Path], list[str]]:
    """Local files of all that is given, in that order, and notes on what was passed over.

    What has to be fetched or unpacked is put into `scratch`. Raises InputError for what does not
    exist, cannot be fetched or is larger than the limits.
    """
    files: list[Path] = []
    notes: list[str] = []
    rooms = _rooms(scratch)
    for each in given:
        shown = redacted(str(each))
        try:
            for path in _local(str(each), rooms, limits, notes):
                files += _opened(path, rooms, limits, notes)
        except OSError as error:
            raise InputError(
                f"the file cannot be fetched: {error.strerror or error}",
                where=shown,
                remedy="Check that you may read it and that TMPDIR has room",
            ) from error
    return files, notes


def data_files(folder: Path) -> tuple[list[Path], list[str]]:
    """Files of a folder to read, by name, not recursively, and notes on those passed over."""
    inside = sorted(
        path for path in folder.iterdir() if path.is_file() and path.name[0] not in ".~"
    )
    known = [path for path in inside if is_data(path)]
    return known, [f"{p.name}: not a data file, passed over" for p in inside if p not in known]


def is_data(path: Path) -> bool:
    """True for a name that ends like an export, packed or not."""
    suffix = path.suffix.lower()
    if suffix == ".gz":
        return Path(path.stem).suffix.lower() in SUFFIXES
    return suffix in SUFFIXES or suffix in ARCHIVE_SUFFIXES


def sniffed(head: bytes) -> str:
    """The ending a file's first bytes ask for; `.csv` for text of any delimiter."""
    if head.startswith(b"PK\x03\x04"):
        if b"[Content_Types].xml" in head or b"xl/" in head:
            return ".xlsx"
        return ".ods" if b"opendocument.spreadsheet" in head else ".zip"
    for magic, suffix in ((b"PAR1", ".parquet"), (b"\x1f\x8b", ".gz"), (OLE_MAGIC, ".xls")):
        if head.startswith(magic):
            return suffix
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start[:1] == b"{" or (start[:1] == b"[" and start[1:].lstrip()[:1] in (b"{", b"]")):
        return ".json"
    return ".csv"


def _rooms(scratch: Path) -> Iterator[Path]:
    """Folders of their own for fetched files, so that equal names do not meet."""
    number = 0
    while True:
        number += 1
        room = scratch / f"source-{number}"
        room.mkdir()
        yield room


def _local(given: str, rooms: Iterator[Path], limits: Limits, notes: list[str]) -> list[Path]:
    """Local files of one thing given, packed ones still packed."""
    if given == STDIN:
        return [_from_stdin(sys.stdin.buffer, next(rooms), limits)]
    if scheme(given):
        from etl.remote import fetch

        found = fetch(given, next(rooms), limits.bytes)
        notes += [f"{path.name}: from {redacted(given)}" for path in found]
        return [renamed(path) for path in found]
    path = Path(given)
    if path.is_dir():
        known, passed = data_files(path)
        notes += passed
        if not known:
            raise InputError(
                "the folder holds no data file",
                where=given,
                remedy=f"Put exports there ({', '.join(SUFFIXES)}) or name a file",
            )
        return known
    if path.exists():
        return [path]
    if glob.has_magic(given):
        return _matching(given)
    raise InputError("no such file or folder", where=given, remedy="Check the path")


def _matching(pattern: str) -> list[Path]:
    # Path.glob takes no absolute pattern, and its ** no files before Python 3.13.
    found = [Path(name) for name in glob.glob(pattern, recursive=True)]  # noqa: PTH207
    files = sorted(p for p in found if p.is_file() and p.name[0] != "~" and is_data(p))
    if not files:
        raise InputError(
            "no data file matches the pattern",
            where=pattern,
            remedy="Check the path; ** stands for any folders",
        )
    return files


def _from_stdin(stream: BinaryIO, room: Path, limits: Limits) -> Path:
    path = room / "stdin"
    if not copy(stream, path, limits.bytes, "stdin"):
        raise InputError("nothing came", where="stdin", remedy="Pipe an export into the command")
    return renamed(path)


def renamed(path: Path) -> Path:
    """The file, renamed to end in what it is where its name does not say."""
    if is_data(path) or path.name.lower().endswith((*ARCHIVE_SUFFIXES, SOURCE_SUFFIX)):
        return path
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    return path.rename(path.with_name((path.stem or path.name) + sniffed(head)))


def _opened(path: Path, rooms: Iterator[Path], limits: Limits, notes: list[str]) -> list[Path]:
    """The file itself, or what is in it."""
    name = path.name.lower()
    if name.endswith(".zip"):
        files, passed = unpack(path, next(rooms), limits)
        notes += passed
        return files
    if name.endswith(".gz"):
        return _opened(renamed(gunzip(path, next(rooms), limits)), rooms, limits, notes)
    if name.endswith(SOURCE_SUFFIX):
        from etl.source_file import read_tables

        return read_tables(path, next(rooms), limits.bytes)
    return [path]
