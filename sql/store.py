"""The reader's side of the snapshot store: which database file is in force now.

A store is a folder of finished, never changed files; the text file CURRENT names the one in force.
Whoever wants new data asks again, and opens the new name beside the old one.
"""

import re
from pathlib import Path

POINTER = "CURRENT"
SNAPSHOT_NAME = re.compile(r"backorders-(\d{8}T\d{6}-\d{3})\.duckdb")


def pointed_name(store: Path) -> str | None:
    """Return the file name in CURRENT, or None when the store has no pointer or a torn one."""
    try:
        name = (store / POINTER).read_text(encoding="ascii", errors="replace").removesuffix("\n")
    except (FileNotFoundError, NotADirectoryError):
        return None
    return name if SNAPSHOT_NAME.fullmatch(name) else None


def current_path(store: Path) -> Path | None:
    """Return the snapshot in force, or None when nothing has been published yet."""
    name = pointed_name(store)
    if name is None or not (store / name).is_file():
        return None
    return store / name
