"""Whether the published figures can be trusted: books, freshness, contradictions, what is missing.

The same facts the dashboard's page *Data* shows, for a terminal or a program.
"""

from dataclasses import dataclass
from typing import Any

import duckdb

from etl.errors import StoreError
from etl.snapshot import Store

MOVERS = 10
CONTRADICTION = "contradiction"


@dataclass(frozen=True)
class Part:
    """One table of the report; empty where there is nothing to tell."""

    name: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


@dataclass(frozen=True)
class Findings:
    """The books in figures, and the parts in the order they are told.

    `contradictions` are kinds of them, `contradicting_rows` all rows they were found in.
    """

    version: str
    as_of: str
    files: int
    rows_in: int
    rows_loaded: int
    rows_refused: int
    rows_superseded: int
    refused_cells: int
    contradictions: int
    contradicting_rows: int
    parts: tuple[Part, ...]

    @property
    def is_sound(self) -> bool:
        """Nothing was refused, and nothing contradicts itself."""
        return not (self.rows_refused or self.refused_cells or self.contradictions)


_PARTS = (
    (
        "checks",
        "What does not add up",
        "select severity, check_name, rows, title from quality.checks where rows > 0"
        " order by list_position(['contradiction', 'missing', 'stale'], severity), rows desc,"
        " check_name",
    ),
    (
        "refused",
        "Rows refused (quality.rejected_rows)",
        "select source_file as file, count(distinct source_row) as rows,"
        " min(source_row) as first_row, reason"
        " from quality.rejected_rows group by all order by file, rows desc, reason",
    ),
    (
        "refused_cells",
        "Cells refused, their rows loaded (quality.rejected_cells)",
        'select source_file as file, column_name as "column", count(*) as cells,'
        " min(source_row) as first_row, reason"
        " from quality.rejected_cells group by all order by file, cells desc, reason",
    ),
    (
        "freshness",
        "How new it is",
        'select table_name as "table", rows, newest_date, age_days from quality.freshness'
        " where rows > 0 order by table_name",
    ),
    (
        "loads",
        "Files",
        "select load_id as load, source_file as file, source_system as profile, tables,"
        " rows_in as rows, rows_loaded as loaded, rows_refused as refused,"
        " rows_superseded as superseded, refused_cells as cells"
        " from quality.loads order by load_id",
    ),
    (
        "orphans",
        "Ids without a master record",
        'select kind, id, table_name as "table", rows from quality.orphans'
        " order by kind, rows desc, id",
    ),
    (
        "answers",
        "What a missing table costs",
        'select table_name as "table", costs from quality.answers where not is_loaded'
        " order by table_name",
    ),
    (
        "not_known",
        "What could not be known for this day",
        "select fact, rows, reason from quality.not_known order by fact",
    ),
    (
        "promises",
        "Who moved promises most (backlog.promise_drift has all)",
        "select kind, coalesce(party_name, party_id) as party, lines_moved, changes,"
        " round(mean_moved_days, 1) as mean_moved_days, pushed_out, pulled_in"
        " from backlog.promise_drift"
        f" qualify row_number() over (partition by kind order by changes desc, party) <= {MOVERS}"
        " order by kind, changes desc, party",
    ),
)


def check(store: Store) -> Findings | None:
    """Read what the snapshot in force says about itself; None when nothing was published yet."""
    path = store.current()
    if path is None:
        return None
    version = next(each.version for each in store.snapshots() if each.is_current)
    try:
        with duckdb.connect(str(path), read_only=True) as con:
            return _read(con, version)
    except duckdb.Error as error:
        raise StoreError(
            f"the snapshot cannot be read: {str(error).splitlines()[0]}",
            where=str(path),
            remedy="Build it again with `backorders build`, or go back with `backorders rollback`",
        ) from error


def _read(con: duckdb.DuckDBPyConnection, version: str) -> Findings:
    books = con.execute(
        "select count(*), coalesce(sum(rows_in), 0), coalesce(sum(rows_loaded), 0),"
        " coalesce(sum(rows_refused), 0), coalesce(sum(rows_superseded), 0),"
        " coalesce(sum(refused_cells), 0) from quality.loads"
    ).fetchall()[0]
    (as_of,) = con.execute("select cast(as_of as varchar) from core.as_of").fetchall()[0]
    parts = tuple(_part(con, *each) for each in _PARTS)
    contradicting = [rows for severity, _, rows, _ in parts[0].rows if severity == CONTRADICTION]
    files, rows_in, loaded, refused, superseded, cells = (int(each) for each in books)
    return Findings(
        version=version,
        as_of=as_of,
        files=files,
        rows_in=rows_in,
        rows_loaded=loaded,
        rows_refused=refused,
        rows_superseded=superseded,
        refused_cells=cells,
        contradictions=len(contradicting),
        contradicting_rows=sum(contradicting),
        parts=parts,
    )


def _part(con: duckdb.DuckDBPyConnection, name: str, title: str, sql: str) -> Part:
    found = con.execute(sql)
    columns = tuple(each[0] for each in found.description or ())
    return Part(name, title, columns, tuple(found.fetchall()))
