"""Load, build and publish: the three steps of a refresh, each in a file aside.

Inputs are carried over from what was loaded before, so that a refresh needs only what is new; the
published snapshot is read, never touched. Every function expects the caller to hold the store's
lock.
"""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from etl.errors import InputError, ModelError, StoreError
from etl.load import LoadOptions, LoadReport, load
from etl.read import find_files
from etl.snapshot import SnapshotInfo, Store
from sql import models

SAMPLE_DIR = Path(__file__).parent.parent / "sample_data"
# A file of this version opens in the DuckDB release before as well.
STORAGE = "v1.5.0"


def sample_files() -> list[Path]:
    """The sample business's exports; what was done to it (truth.csv) is for judging models."""
    return [each for each in find_files([SAMPLE_DIR])[0] if each.name != "truth.csv"]


class Listener:
    """Told how far a refresh is. This one does not listen; the command line's draws a line."""

    def connected(self, con: duckdb.DuckDBPyConnection) -> None:
        """The connection that works, whose query_progress() may be asked from another thread."""

    def loading(self, name: str, number: int, total: int) -> None:
        """A file is being read."""

    def building(self, name: str, number: int, total: int) -> None:
        """A model is being built."""

    def note(self, text: str) -> None:
        """Something the user should know, in a sentence."""


@dataclass(frozen=True)
class Published:
    """A snapshot put in force and how its models were built."""

    snapshot: SnapshotInfo
    build: models.BuildReport


def load_stage(
    store: Store,
    paths: Sequence[Path],
    options: LoadOptions,
    *,
    fresh: bool = False,
    listener: Listener | None = None,
) -> LoadReport:
    """Load files on top of the inputs known so far and keep the result for the next build."""
    listener = listener or Listener()
    with store.building() as path:
        with _open(path, listener) as con:
            report = _load(con, store, paths, options, fresh, listener)
        store.stage(path)
    return report


def build_and_publish(
    store: Store,
    *,
    as_of: date | None = None,
    currency: str | None = None,
    listener: Listener | None = None,
) -> Published:
    """Build every model over the inputs that wait, else over the current snapshot's; publish."""
    listener = listener or Listener()
    base = _inputs(store)
    if base is None:
        raise StoreError(
            "nothing has been loaded yet",
            where=str(store.path),
            remedy="Load exports with `backorders refresh FILES`, or see `backorders demo`",
        )
    with store.building() as path:
        with _open(path, listener) as con:
            with _attached(con, base):
                is_sample = _is_sample(con)
                _carry_over(con)
            report = _build(con, as_of, currency, is_sample, listener)
        published = Published(store.publish(path), report)
    store.discard_staged()
    return published


def refresh(
    store: Store,
    paths: Sequence[Path],
    options: LoadOptions,
    *,
    currency: str | None = None,
    fresh: bool = False,
    listener: Listener | None = None,
) -> tuple[LoadReport, Published]:
    """Load, build and publish in one go; `options.as_of` also is the day figures are shown for."""
    listener = listener or Listener()
    with store.building() as path:
        with _open(path, listener) as con:
            loaded = _load(con, store, paths, options, fresh, listener)
            built = _build(con, options.as_of, currency, _of_sample(paths), listener)
        published = Published(store.publish(path), built)
    store.discard_staged()
    return loaded, published


def _inputs(store: Store) -> Path | None:
    return store.staged if store.staged.exists() else store.current()


def _of_sample(paths: Sequence[Path]) -> bool:
    """Whether the files are the sample business's, which the dashboard says on every page."""
    return all(SAMPLE_DIR in [each.resolve(), *each.resolve().parents] for each in paths)


def _load(
    con: duckdb.DuckDBPyConnection,
    store: Store,
    paths: Sequence[Path],
    options: LoadOptions,
    fresh: bool,
    listener: Listener,
) -> LoadReport:
    sample = _of_sample(paths)
    base = None if fresh else _inputs(store)
    models.create_recorded(con)
    if base is not None:
        with _attached(con, base):
            was_sample = _is_sample(con)
            if sample and not was_sample:
                raise InputError(
                    "the store holds your own data, which the sample business must not mix with",
                    where=str(store.path),
                    remedy="Name another store with --db, or replace your data with --fresh",
                )
            if was_sample and not sample:
                listener.note("The sample business was in the store; your data takes its place.")
            if not was_sample:
                _carry_over(con)
    report = load(con, paths, options, listener.loading)
    con.execute("insert into core.run by name select ? as is_sample, '' as built_version", [sample])
    for text in report.notes:
        listener.note(text)
    return report


def _build(
    con: duckdb.DuckDBPyConnection,
    as_of: date | None,
    currency: str | None,
    is_sample: bool,
    listener: Listener,
) -> models.BuildReport:
    try:
        return models.build(
            con, as_of, currency, is_sample=is_sample, on_progress=listener.building
        )
    except models.ModelError as error:
        raise ModelError(
            str(error), remedy="The snapshot in force is unchanged; mend the data and refresh again"
        ) from error


@contextlib.contextmanager
def _open(path: Path, listener: Listener) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the database being built; close it written out to the last byte."""
    try:
        with duckdb.connect(str(path), config={"storage_compatibility_version": STORAGE}) as con:
            listener.connected(con)
            yield con
            con.execute("checkpoint")
    except (duckdb.IOException, duckdb.OutOfMemoryException) as error:
        raise StoreError(
            f"the database could not be written: {str(error).splitlines()[0]}",
            where=str(path.parent),
            remedy="Free disk space or memory, and run the command again",
        ) from error


@contextlib.contextmanager
def _attached(con: duckdb.DuckDBPyConnection, base: Path) -> Iterator[None]:
    """Have the inputs known so far at hand as the catalog `base`."""
    try:
        con.execute(f"attach '{_quoted(base)}' as base (read_only)")
        yield
        con.execute("detach base")
    except duckdb.Error as error:
        raise StoreError(
            f"what was loaded before cannot be taken over: {str(error).splitlines()[0]}",
            where=str(base),
            remedy="Load all your exports again with --fresh",
        ) from error


def _is_sample(con: duckdb.DuckDBPyConnection) -> bool:
    row = con.execute("select is_sample from base.core.run").fetchone()
    return bool(row and row[0])


def _carry_over(con: duckdb.DuckDBPyConnection) -> None:
    """Copy the inputs in `base`, column by name: it may be another version's work."""
    models.create_recorded(con)
    for model in models.load_models().values():
        if model.recorded and model.schema != "core":
            table = model.full_name
            columns = con.execute(
                "select string_agg('\"' || column_name || '\"', ', ') from ("
                " select column_name from duckdb_columns()"
                " where schema_name = ? and table_name = ?"
                " and database_name in ('base', current_database())"
                " group by column_name having count(*) = 2)",
                [model.schema, model.name],
            ).fetchone()
            if columns and columns[0]:
                con.execute(f"insert into {table} by name select {columns[0]} from base.{table}")


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
