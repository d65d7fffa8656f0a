"""The audit log of a store: who did what and when, one JSON object a line, only ever appended.

`audit.jsonl` lies beside the snapshots. A line is on the disk before `record` returns. When the
file has grown to ROTATED_BYTES it is put aside under the time of its last line, and kept.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

NAME = "audit.jsonl"
ROTATED_BYTES = 16_000_000
_TEXT = 10_000
"""Characters kept of a text such as a question in SQL."""


def record(store: Path, event: str, user: str, role: str, **facts: Any) -> None:
    """Append one event; raises OSError when it cannot be written."""
    entry = {
        "time": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "event": event,
        "user": user,
        "role": role,
        **{name: _short(value) for name, value in facts.items() if value is not None},
    }
    line = json.dumps(entry, ensure_ascii=False, default=str).encode() + b"\n"
    with _opened(store / NAME) as file:
        size = os.fstat(file).st_size
        # A line the machine went down in has no end.
        if size and os.pread(file, 1, size - 1) != b"\n":
            line = b"\n" + line
        os.write(file, line)
        os.fsync(file)


def entries(
    store: Path, *, last: int | None = None, event: str | None = None, user: str | None = None
) -> list[dict[str, Any]]:
    """The newest events, the newest first, of one kind or one user where that is given."""
    found: list[dict[str, Any]] = []
    for path in _files(store):
        for line in reversed(path.read_text(encoding="utf-8", errors="replace").splitlines()):
            if last is not None and len(found) >= last:
                return found
            entry = _parsed(line)
            if event in (None, entry.get("event")) and user in (None, entry.get("user")):
                found.append(entry)
    return found


def rows(found: list[dict[str, Any]]) -> list[dict[str, str]]:
    """Events as a table: what all of them have in columns, the rest in one text."""
    return [
        {
            **{name: str(entry.get(name, "")) for name in COLUMNS[:-1]},
            COLUMNS[-1]: "; ".join(
                f"{name} {_said(value)}" for name, value in entry.items() if name not in COLUMNS
            ),
        }
        for entry in found
    ]


COLUMNS = ("time", "event", "user", "role", "details")


def _files(store: Path) -> list[Path]:
    """The log and those put aside, the newest first."""
    aside = sorted(store.glob("audit-*.jsonl"), reverse=True)
    return [path for path in (store / NAME, *aside) if path.is_file()]


def _parsed(line: str) -> dict[str, Any]:
    try:
        entry: dict[str, Any] = json.loads(line)
    except ValueError:
        return {"event": "unreadable", "text": line[:_TEXT]}
    return entry


def _said(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _short(value: Any) -> Any:
    return value[:_TEXT] if isinstance(value, str) else value


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    """The log, locked against other programs; a full one is put aside first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    while True:
        file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            if not _is_at(file, path):
                continue
            if os.fstat(file).st_size >= ROTATED_BYTES:
                stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
                path.rename(path.with_name(f"audit-{stamp}.jsonl"))
                continue
            yield file
            return
        finally:
            os.close(file)


def _is_at(file: int, path: Path) -> bool:
    """Whether the open file still has that name: another program may have put it aside."""
    try:
        return os.path.samestat(os.fstat(file), path.stat())
    except FileNotFoundError:
        return False
