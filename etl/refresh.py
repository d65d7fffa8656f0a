"""Load, build and publish: the three steps of a refresh, each in a file aside.

Inputs are carried over from what was loaded before, so that a refresh needs only what is new; the
published snapshot is read, never touched. Every function expects the caller to hold the store's
lock.
"""

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from etl.errors import InputError, ModelError, StoreError
from etl.load import LoadOptions, LoadReport, load
from etl.read import find_files
from etl.snapshot import SnapshotInfo, Store
from etl.unload import Unloaded, unload
from sql import models

SAMPLE_DIR = Path(__file__).parent.parent / "sample_data"
# A file of this version opens in the DuckDB release before as well.
STORAGE = "v1.5.0"
# More than this hardly makes a refresh faster; what does not fit waits in a file beside.
ENOUGH_MEMORY_GIB = 4.0


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


@dataclass(frozen=True)
class _Known:
    """The inputs known so far: the database they are in, and whose they are.

    `is_alike` says that its tables of inputs are ours to the letter and its file not half empty, so
    that a copy of the file is the quickest start.
    """

    path: Path
    is_sample: bool
    is_alike: bool


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
        with _loaded(store, path, paths, options, fresh, listener) as (con, report):
            # The build makes good the room of rows that went; here it would double the time.
            con.execute("set max_vacuum_tasks = 0")
        store.stage(path)
    return report


def build_and_publish(
    store: Store,
    *,
    as_of: date | None = None,
    currency: str | None = None,
    assumptions: Mapping[str, str] | None = None,
    listener: Listener | None = None,
) -> Published:
    """Build every model over the inputs that wait, else over the current snapshot's; publish.

    `assumptions` are set from now on; those set before are kept.
    """
    listener = listener or Listener()
    known = _something_known(store)
    overrides = _overrides(store, assumptions)
    with store.building() as path:
        with _begun(store, path, known, listener) as con:
            report = _build(con, as_of, currency, known.is_sample, overrides, listener)
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
    assumptions: Mapping[str, str] | None = None,
    listener: Listener | None = None,
) -> tuple[LoadReport, Published]:
    """Load, build and publish in one go; `options.as_of` also is the day figures are shown for.

    `assumptions` are set from now on; those set before are kept, unless all begins anew (`fresh`).
    """
    listener = listener or Listener()
    overrides = _overrides(store, assumptions, fresh=fresh)
    with store.building() as path:
        with _loaded(store, path, paths, options, fresh, listener) as (con, report):
            built = _build(con, options.as_of, currency, _of_sample(paths), overrides, listener)
        published = Published(store.publish(path), built)
    store.discard_staged()
    return report, published


def unload_and_publish(
    store: Store,
    load_ids: Sequence[int],
    *,
    as_of: date | None = None,
    currency: str | None = None,
    listener: Listener | None = None,
) -> tuple[tuple[Unloaded, ...], Published]:
    """Take loads back, build every model over the inputs that remain, and publish."""
    listener = listener or Listener()
    known = _something_known(store)
    with store.building() as path:
        with _begun(store, path, known, listener) as con:
            gone = unload(con, load_ids)
            overrides = _overrides(store, None)
            report = _build(con, as_of, currency, known.is_sample, overrides, listener)
        published = Published(store.publish(path), report)
    store.discard_staged()
    return gone, published


def _of_sample(paths: Sequence[Path]) -> bool:
    """Whether the files are the sample business's, which the dashboard says on every page."""
    return all(SAMPLE_DIR in [each.resolve(), *each.resolve().parents] for each in paths)


@contextlib.contextmanager
def _loaded(
    store: Store,
    path: Path,
    paths: Sequence[Path],
    options: LoadOptions,
    fresh: bool,
    listener: Listener,
) -> Iterator[tuple[duckdb.DuckDBPyConnection, LoadReport]]:
    """Open the database being built, with the files loaded on top of what was known."""
    sample = _of_sample(paths)
    known = None if fresh else _known(store)
    if known is not None and sample and not known.is_sample:
        raise InputError(
            "the store holds your own data, which the sample business must not mix with",
            where=str(store.path),
            remedy="Name another store with --db, or replace your data with --fresh",
        )
    if known is not None and known.is_sample:
        if not sample:
            listener.note("The sample business was in the store; your data takes its place.")
        known = None
    with _begun(store, path, known, listener) as con:
        report = load(con, paths, options, listener.loading)
        con.execute("delete from core.run")
        con.execute(
            "insert into core.run by name select ? as is_sample, '' as built_version", [sample]
        )
        for text in report.notes:
            listener.note(text)
        yield con, report


def _build(
    con: duckdb.DuckDBPyConnection,
    as_of: date | None,
    currency: str | None,
    is_sample: bool,
    overrides: Mapping[str, str],
    listener: Listener,
) -> models.BuildReport:
    try:
        return models.build(
            con,
            as_of,
            currency,
            is_sample=is_sample,
            overrides=overrides,
            on_progress=listener.building,
        )
    except models.ModelError as error:
        raise ModelError(
            str(error), remedy="The snapshot in force is unchanged; mend the data and refresh again"
        ) from error


def _overrides(
    store: Store, given: Mapping[str, str] | None, *, fresh: bool = False
) -> dict[str, str]:
    """The assumptions the current snapshot sets otherwise, and those given."""
    kept: dict[str, str] = {}
    path = None if fresh else store.current()
    if path is not None:
        with contextlib.suppress(duckdb.Error), duckdb.connect(str(path), read_only=True) as con:
            kept = dict(con.execute(_SET_OTHERWISE).fetchall())
    found = {name: value for name, value in kept.items() if _is_allowed(name, value)}
    for name, value in (given or {}).items():
        try:
            models.check_assumption(name, value)
        except models.ModelError as error:
            raise InputError(
                str(error), where="--set", remedy="See them with `backorders what-if --list`"
            ) from error
        found[name] = value
    return found


_SET_OTHERWISE = "select assumption, value from core.assumptions where value <> default_value"


def _is_allowed(name: str, value: str) -> bool:
    """Whether this version still has the assumption, and allows the value."""
    try:
        models.check_assumption(name, value)
    except models.ModelError:
        return False
    return True


def _known(store: Store) -> _Known | None:
    """The inputs that wait for a build, else those of the snapshot in force."""
    base = store.staged if store.staged.exists() else store.current()
    if base is None:
        return None
    with duckdb.connect() as con, _attached(con, base):
        con.execute("use base")
        run = con.execute("select is_sample from core.run").fetchone()
        size = con.execute(
            "select total_blocks, free_blocks from pragma_database_size()"
            " where database_name = 'base'"
        ).fetchone()
        alike = bool(size and 2 * size[1] <= size[0]) and models.has_recorded(con)
        con.execute("use memory")
    return _Known(base, bool(run and run[0]), alike)


def _something_known(store: Store) -> _Known:
    known = _known(store)
    if known is None:
        raise StoreError(
            "nothing has been loaded yet",
            where=str(store.path),
            remedy="Load exports with `backorders refresh FILES`, or see `backorders demo`",
        )
    return known


@contextlib.contextmanager
def _begun(
    store: Store, path: Path, known: _Known | None, listener: Listener
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the database being built, the inputs known so far in it and nothing else."""
    copied = known is not None and known.is_alike
    if known is not None and copied:
        store.copy(known.path, path)
    with _open(path, listener) as con:
        models.create_recorded(con)
        if copied:
            # Only what is dropped and written out as such is room for what is built next.
            models.drop_models(con)
            con.execute("checkpoint")
        elif known is not None:
            with _attached(con, known.path):
                _carry_over(con)
        yield con


@contextlib.contextmanager
def _open(path: Path, listener: Listener) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the database being built; close it written out to the last byte."""
    try:
        with duckdb.connect(str(path), config={"storage_compatibility_version": STORAGE}) as con:
            _limit_memory(con)
            listener.connected(con)
            yield con
            con.execute("checkpoint")
    except (duckdb.IOException, duckdb.OutOfMemoryException) as error:
        raise StoreError(
            f"the database could not be written: {str(error).splitlines()[0]}",
            where=str(path.parent),
            remedy="Free disk space or memory, and run the command again",
        ) from error


def _limit_memory(con: duckdb.DuckDBPyConnection) -> None:
    """Keep to BACKORDERS_MEMORY (as 2GB), else to DuckDB's own limit and what is enough."""
    asked = os.environ.get("BACKORDERS_MEMORY", "").strip()
    (usual,) = con.execute("select current_setting('memory_limit')").fetchone() or ("",)
    size, unit = usual.split()
    if asked:
        try:
            con.execute("set memory_limit = ?", [asked])
        except duckdb.Error as error:
            raise InputError(
                f"{asked} is no amount of memory: {str(error).splitlines()[0]}",
                where="BACKORDERS_MEMORY",
                remedy="Set a size such as 2GB, or leave it out",
            ) from error
    elif unit == "TiB" or (unit == "GiB" and float(size) > ENOUGH_MEMORY_GIB):
        con.execute("set memory_limit = ?", [f"{ENOUGH_MEMORY_GIB}GiB"])


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


# Columns that a store of an earlier version lacks, and what stands for them.
SINCE_THEN = {
    "quality.loads": {
        "layout": "''",
        "series": "''",
        "exported_at": "loaded_at",
        "is_full": "false",
        "joined_loads": "''",
        "whole_documents": "''",
    }
}


def _carry_over(con: duckdb.DuckDBPyConnection) -> None:
    """Copy the inputs in `base`, column by name: it may be another version's work."""
    for model in models.recorded_models().values():
        if model.schema != "core":
            table = model.full_name
            ours, theirs = (
                con.execute(
                    "select column_name from duckdb_columns()"
                    f" where database_name = {database} and schema_name = ? and table_name = ?"
                    " order by column_index",
                    [model.schema, model.name],
                ).fetchall()
                for database in ("current_database()", "'base'")
            )
            known = {name for (name,) in theirs}
            columns = [f'"{name}"' for (name,) in ours if name in known]
            columns += [
                f"{value} as {name}"
                for name, value in SINCE_THEN.get(table, {}).items()
                if name not in known
            ]
            if known:
                con.execute(
                    f"insert into {table} by name select {', '.join(columns)} from base.{table}"
                )


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
