"""Takes loads back: what they brought goes, what they had replaced is in force again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb

from etl.books import recount
from etl.errors import InputError
from etl.versions import Versions

NO_TABLES = {"", "none", "look-up"}
NEWEST_NAMED = 5
LOOK_AT_LOADS = '`backorders query "from quality.loads"`'


@dataclass(frozen=True)
class _Known:
    """What the books say of a load; `joined` are the loads it looked rows up in, as text."""

    file: str
    tables: set[str]
    joined: set[str]
    rows: int


@dataclass(frozen=True)
class Unloaded:
    """A load taken back, and how many of its rows had been in force."""

    load_id: int
    source_file: str
    rows: int


def unload(con: duckdb.DuckDBPyConnection, load_ids: Sequence[int]) -> tuple[Unloaded, ...]:
    """Remove loads, so that the open database is as if they had never been given.

    Raises InputError for a number that is no load, or when a load that stays was read together
    with one that goes: a line joined with its header is neither file's alone.
    """
    known = {
        int(number): _Known(str(name), set(tables.split(", ")), set(joined.split(", ")), int(rows))
        for number, name, tables, joined, rows in con.execute(
            "select load_id, source_file, tables, joined_loads, rows_loaded from quality.loads"
        ).fetchall()
    }
    gone = sorted(set(load_ids))
    for number in gone:
        if number not in known:
            raise InputError(
                f"there is no load {number}",
                where="quality.loads",
                remedy=f"{_newest(known)}see all loads with {LOOK_AT_LOADS}",
            )
    _require_together(gone, known)
    touched: set[int] = set()
    for table in sorted(set().union(*(known[number].tables for number in gone)) - NO_TABLES):
        touched |= Versions(con, table).remove(gone)
    listed = ", ".join(map(str, gone))
    for table in ("loads", "rejected_rows", "rejected_cells"):
        con.execute(f"delete from quality.{table} where load_id in ({listed})")
    recount(con, touched)
    return tuple(Unloaded(number, known[number].file, known[number].rows) for number in gone)


def _newest(known: Mapping[int, _Known]) -> str:
    """The loads a user most likely means."""
    newest = sorted(known, reverse=True)[:NEWEST_NAMED]
    names = ", ".join(f"{number} ({known[number].file})" for number in newest)
    return f"The newest are {names}; " if names else "There are none; "


def _require_together(gone: Sequence[int], known: Mapping[int, _Known]) -> None:
    """Raise InputError when a load that stays was read together with one that goes."""
    links: dict[int, set[int]] = {number: set() for number in known}
    for number in known:
        for other in known:
            if str(other) in known[number].joined:
                links[number].add(other)
                links[other].add(number)
    group, added = set(gone), set(gone)
    while added:
        added = set().union(*(links[number] for number in added)) - group
        group |= added
    staying = sorted(group - set(gone))
    if not staying:
        return
    partners = [number for number in gone if links[number]]
    names, others = (
        " and ".join(f"{number} ({known[number].file})" for number in numbers)
        for numbers in (staying, partners)
    )
    raise InputError(
        f"load {names} was read together with {others}: rows were made of both",
        where="quality.loads",
        remedy=f"Unload them together: `backorders unload {' '.join(map(str, sorted(group)))}`",
    )
