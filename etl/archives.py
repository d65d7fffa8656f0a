"""Zip and gzip files become plain files in a folder of ours, within limits and nowhere else."""

import errno
import gzip
import os
import stat
import struct
import time
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol

from etl.errors import InputError
from etl.read import SUFFIXES, counted

CHUNK_BYTES = 1 << 20
# Below this a ratio does no harm: a short file of blanks packs a thousandfold.
RATIO_FREE_BYTES = 64 << 20
NOTED_MEMBERS = 5
_UNSET_DATE = (1980, 1, 1, 0, 0, 0)
_UNIX_TIMES = 0x5455


@dataclass(frozen=True)
class Limits:
    """What one archive or download may grow to.

    `bytes` is the size unpacked, of all members together; `ratio` is unpacked to packed size;
    `members` counts the files in a zip.
    """

    bytes: int = 8 << 30
    ratio: int = 200
    members: int = 1000


LIMITS = Limits()


class Readable(Protocol):
    """What bytes are read from: a file, a response, a member of a zip."""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes; none at the end."""


def unpack(path: Path, folder: Path, limits: Limits = LIMITS) -> tuple[list[Path], list[str]]:
    """Extract a zip's data files into `folder`, and notes on the members passed over.

    A file keeps its path in the zip below a folder called like the zip, so that the books name it
    `exports.zip/orders.csv`, and its date. Raises InputError for a zip that is damaged, protected,
    larger than the limits, without data files, or that names a place outside of itself.
    """
    with _damage_told(path):
        _check_directory(path, limits)
        with zipfile.ZipFile(path) as archive:
            members = [each for each in archive.infolist() if not each.is_dir()]
            if len(members) > limits.members:
                raise _too_much(path, f"holds {len(members):,} files, over {limits.members:,}")
            wanted, notes = _data_files(path, members)
            _check_sizes(path, wanted, limits)
            found: dict[Path, None] = {}
            for member, parts in wanted:
                target = folder.joinpath(path.name, *parts)
                target.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(member) as packed:
                    copy(packed, target, member.file_size, path.name)
                moment = _moment(member) or path.stat().st_mtime
                os.utime(target, (moment, moment))
                found[target] = None
    return list(found), notes


def gunzip(path: Path, folder: Path, limits: Limits = LIMITS) -> Path:
    """Decompress a .gz file into `folder`, dated as its content was.

    Raises InputError for one that is damaged or larger than the limits.
    """
    target = folder / path.name[: -len(".gz")]
    size = path.stat().st_size
    most = min(limits.bytes, max(RATIO_FREE_BYTES, limits.ratio * size))
    with _damage_told(path):
        with path.open("rb") as raw:
            (moment,) = struct.unpack("<4xI", raw.read(8))
        with gzip.open(path) as packed:
            copy(packed, target, most, path.name)
    moment = moment or path.stat().st_mtime
    os.utime(target, (moment, moment))
    return target


def copy(source: Readable, target: Path, most: int, where: str) -> int:
    """Write what `source` yields to `target`: the number of bytes, InputError beyond `most`."""
    size = 0
    with target.open("wb") as file:
        while chunk := source.read(CHUNK_BYTES):
            size += len(chunk)
            if size > most:
                raise _too_much(Path(where), f"is larger than {_megabytes(most)} unpacked")
            file.write(chunk)
    return size


@contextmanager
def _damage_told(path: Path) -> Iterator[None]:
    try:
        yield
    except (gzip.BadGzipFile, zipfile.BadZipFile, EOFError, struct.error, zlib.error) as error:
        raise _damaged(path) from error
    except OSError as error:
        # Offsets that lead before the start of the file.
        if error.errno != errno.EINVAL:
            raise
        raise _damaged(path) from error
    except NotImplementedError as error:
        raise InputError(
            "the zip is packed in a way that is not known here",
            where=path.name,
            remedy="Pack it with the ordinary method (deflate), or unpack it and name the folder",
        ) from error


def _check_directory(path: Path, limits: Limits) -> None:
    """Refuse a directory of millions of entries before it is read into memory."""
    with path.open("rb") as file:
        start = max(0, file.seek(0, os.SEEK_END) - (1 << 16) - 100)
        file.seek(start)
        tail = file.read()
    end = tail.rfind(b"PK\x05\x06")
    size = int.from_bytes(tail[end + 12 : end + 16], "little") if end >= 0 else 0
    end64 = tail.rfind(b"PK\x06\x06")
    if size == 0xFFFFFFFF and end64 >= 0:
        size = int.from_bytes(tail[end64 + 40 : end64 + 48], "little")
    if size > (limits.members + 1) << 10:
        raise _too_much(path, f"has a directory for more than {limits.members:,} files")


def _data_files(
    path: Path, members: list[zipfile.ZipInfo]
) -> tuple[list[tuple[zipfile.ZipInfo, tuple[str, ...]]], list[str]]:
    """The members to extract, with their path in parts, and notes on the others."""
    wanted: list[tuple[zipfile.ZipInfo, tuple[str, ...]]] = []
    passed: list[str] = []
    for member in members:
        parts = _parts(path, member.filename)
        if any(part[0] in ".~" or part == "__MACOSX" for part in parts):
            continue
        is_link = stat.S_ISLNK(member.external_attr >> 16)
        if is_link or PurePosixPath(parts[-1]).suffix.lower() not in SUFFIXES:
            passed.append("/".join((path.name, *parts)))
        elif member.flag_bits & 1:
            raise InputError(
                "the zip is protected by a password",
                where=path.name,
                remedy="Unpack it yourself and name the folder, or make it without a password",
            )
        else:
            wanted.append((member, parts))
    if not wanted:
        raise InputError(
            "the zip holds no data file",
            where=path.name,
            remedy=f"Put exports into it ({', '.join(SUFFIXES)})",
        )
    if len(passed) > NOTED_MEMBERS:
        return wanted, [f"{path.name}: {counted(len(passed), 'member')} passed over, no data files"]
    return wanted, [f"{name}: not a data file, passed over" for name in passed]


def _parts(path: Path, name: str) -> tuple[str, ...]:
    plain = "".join(c if c.isprintable() else "_" for c in name.replace("\\", "/"))
    inside = PurePosixPath(plain)
    if inside.is_absolute() or ".." in inside.parts or ":" in inside.parts[0]:
        raise InputError(
            f"the zip names a place outside of it: {plain[:80]}",
            where=path.name,
            remedy="Do not trust it; ask for the exports again",
        )
    return inside.parts


def _check_sizes(
    path: Path, wanted: list[tuple[zipfile.ZipInfo, tuple[str, ...]]], limits: Limits
) -> None:
    size = sum(member.file_size for member, _ in wanted)
    # Members may overlap, so that they claim more packed bytes than the zip has.
    packed = min(path.stat().st_size, sum(member.compress_size for member, _ in wanted))
    if size > limits.bytes:
        raise _too_much(
            path, f"would unpack to {_megabytes(size)}, over {_megabytes(limits.bytes)}"
        )
    if size > RATIO_FREE_BYTES and size > limits.ratio * packed:
        raise _too_much(path, f"would unpack to more than {limits.ratio} times its size")


def _moment(member: zipfile.ZipInfo) -> float | None:
    """When the member was last written: UTC where the zip says so, else as a local time."""
    extra = member.extra
    while len(extra) >= 4:
        kind, length = struct.unpack_from("<HH", extra)
        if kind == _UNIX_TIMES and length >= 5 and len(extra) >= 9 and extra[4] & 1:
            return float(struct.unpack_from("<i", extra, 5)[0])
        extra = extra[4 + length :]
    if member.date_time <= _UNSET_DATE:
        return None
    try:
        return time.mktime((*member.date_time, 0, 0, -1))
    except (OverflowError, ValueError):
        return None


def _megabytes(size: int) -> str:
    return f"{size / (1 << 20):,.0f} MB"


def _damaged(path: Path) -> InputError:
    return InputError("the archive is damaged", where=path.name, remedy="Make or download it again")


def _too_much(path: Path, what: str) -> InputError:
    return InputError(
        f"the file {what}",
        where=path.name,
        remedy="If you trust it, unpack it yourself and name the folder",
    )
