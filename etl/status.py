"""What a store holds: which snapshot, for which day, of how many rows, with what warnings."""

from dataclasses import dataclass
from datetime import date

import duckdb

from etl.errors import StoreError
from etl.snapshot import SnapshotInfo, Store


@dataclass(frozen=True)
class TableRows:
    """Rows of one contract table now in force, and the newest date they carry."""

    table: str
    rows: int
    newest: date | None


@dataclass(frozen=True)
class Status:
    """The snapshot in force and what is in it; `warnings` are the checks that found rows."""

    snapshot: SnapshotInfo
    as_of: date | None
    currency: str | None
    is_sample: bool
    built_version: str
    tables: tuple[TableRows, ...]
    warnings: tuple[tuple[str, int], ...]
    rows_refused: int
    cells_refused: int
    is_staged: bool


def status(store: Store) -> Status | None:
    """Read the snapshot in force; None when nothing has been published yet."""
    path = store.current()
    if path is None:
        return None
    snapshot = next(each for each in store.snapshots() if each.is_current)
    try:
        with duckdb.connect(str(path), read_only=True) as con:
            return _read(con, store, snapshot)
    except duckdb.Error as error:
        raise StoreError(
            f"the snapshot cannot be read: {str(error).splitlines()[0]}",
            where=str(path),
            remedy="Go back with `backorders rollback`, or refresh again",
        ) from error


def _read(con: duckdb.DuckDBPyConnection, store: Store, snapshot: SnapshotInfo) -> Status:
    as_of, currency, is_sample, built_version = con.execute(
        "select as_of.as_of, as_of.reporting_currency, as_of.is_sample, run.built_version"
        " from core.as_of as as_of cross join core.run as run"
    ).fetchall()[0]
    refused = con.execute(
        "select coalesce(sum(rows_refused), 0), coalesce(sum(refused_cells), 0) from quality.loads"
    ).fetchall()[0]
    tables = con.execute(
        "select table_name, rows, newest_date from quality.freshness where rows > 0 order by 1"
    ).fetchall()
    warnings = con.execute(
        "select check_name, rows from quality.checks where rows > 0 order by 1"
    ).fetchall()
    return Status(
        snapshot=snapshot,
        as_of=as_of,
        currency=currency,
        is_sample=bool(is_sample),
        built_version=built_version,
        tables=tuple(TableRows(*row) for row in tables),
        warnings=tuple((name, rows) for name, rows in warnings),
        rows_refused=int(refused[0]),
        cells_refused=int(refused[1]),
        is_staged=store.staged.exists(),
    )
