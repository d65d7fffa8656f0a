"""What files are, and what would become of their rows, in a database that is thrown away."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from etl.errors import InputError
from etl.load import Loaded, LoadOptions, LoadReport, load
from etl.profiles import CONTRACT, Match
from etl.read import called, find_files, identifier
from etl.scratch import scratch_folder
from etl.stage import contract_columns

ROWS_SHOWN = 5
REFUSALS_SHOWN = 20


@dataclass(frozen=True)
class Refusal:
    """A record, or a cell of one, that was refused: `column` and `value` where a cell decided."""

    row: int
    table: str
    column: str | None
    value: str | None
    reason: str


@dataclass(frozen=True)
class FilePreview:
    """What one file, or one sheet, was taken for, and the books of its rows.

    `gives` and `lacks` are what a known layout can and cannot tell. `header_row` counts from 1;
    `unused` are headers nothing reads; `absent` are columns the layout
    may have and the file has not. `refusals` and `cells` are the first of many, `reasons` count
    them all.
    """

    file: str
    profile: str
    title: str
    layout: str
    layout_title: str
    gives: str
    lacks: str
    tables: str
    format: str
    header_row: int
    unused: tuple[str, ...]
    absent: tuple[str, ...]
    rows: int
    loaded: int
    refused: int
    superseded: int
    refused_cells: int
    note: str
    reasons: tuple[tuple[str, int], ...]
    refusals: tuple[Refusal, ...]
    cells: tuple[Refusal, ...]


@dataclass(frozen=True)
class TablePreview:
    """A contract table: how many rows it would get, and the first of them as converted."""

    table: str
    rows: int
    columns: tuple[str, ...]
    first: tuple[tuple[Any, ...], ...]


@dataclass(frozen=True)
class Problem:
    """Why a file cannot be used, where, and what would mend it; `file` is "" for all of them."""

    file: str
    what: str
    where: str
    remedy: str


@dataclass(frozen=True)
class Preview:
    """What a refresh would read; files with a problem are left out of the rest."""

    files: tuple[FilePreview, ...]
    tables: tuple[TablePreview, ...]
    problems: tuple[Problem, ...]
    notes: tuple[str, ...]


def preview(paths: Sequence[Path], options: LoadOptions | None = None) -> Preview:
    """Load files (or folders of them) into a temporary database and tell what came of it.

    Unlike a refresh it goes on after a file that cannot be used, and names all of them. Raises
    InputError only where there is nothing to read.
    """
    files, notes = find_files(paths)
    problems: list[Problem] = []
    while files:
        with (
            scratch_folder() as folder,
            duckdb.connect(str(folder / "preview.duckdb")) as con,
        ):
            try:
                report = load(con, files, options)
            except InputError as error:
                culprit = _named(error.where, files)
                name = called(culprit) if culprit else ""
                problems.append(Problem(name, error.what, error.where, error.remedy))
                if culprit is None:
                    break
                files.remove(culprit)
                continue
            return _told(con, report, problems, notes)
    return Preview((), (), tuple(problems), tuple(notes))


def _named(where: str, files: Sequence[Path]) -> Path | None:
    """The file an error is about: `where` is what it is called, with the place in it behind."""
    fitting = [each for each in files if where.startswith(called(each))]
    return max(fitting, key=lambda each: len(called(each)), default=None)


def _told(
    con: duckdb.DuckDBPyConnection,
    report: LoadReport,
    problems: Sequence[Problem],
    notes: Sequence[str],
) -> Preview:
    pairs = zip(report.loads, report.matches, strict=True)
    names = {name for each in report.loads for name in each.tables.split(", ")}
    tables = [name for name in _contract_tables(con) if name in names]
    return Preview(
        files=tuple(_file(con, loaded, match) for loaded, match in pairs),
        tables=tuple(_table(con, name) for name in tables),
        problems=tuple(problems),
        notes=tuple(dict.fromkeys([*notes, *report.notes])),
    )


def _contract_tables(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Names of the contract's tables, those with most rows first."""
    return [
        name
        for (name,) in con.execute(
            "select table_name from duckdb_tables()"
            " where schema_name = ? order by estimated_size desc, table_name",
            [CONTRACT],
        ).fetchall()
    ]


def _file(con: duckdb.DuckDBPyConnection, loaded: Loaded, match: Match) -> FilePreview:
    (file_format,) = con.execute(
        "select format from quality.loads where load_id = ?", [loaded.load_id]
    ).fetchall()[0]
    reasons = con.execute(
        "select reason, count(distinct source_row) as rows from quality.rejected_rows"
        " where load_id = ? group by reason order by rows desc, reason",
        [loaded.load_id],
    ).fetchall()
    header = match.source.header
    bound = set(match.bound.values())
    # A layout that takes the rest of the columns, whatever they are called, leaves none unused.
    unused = () if match.layout.rest else [i for i in range(len(header)) if i not in bound]
    return FilePreview(
        file=loaded.source_file,
        profile=match.profile.name,
        title=match.profile.title,
        layout=match.layout.id,
        layout_title=match.layout.title or match.layout.id,
        gives=match.layout.gives,
        lacks=match.layout.lacks or match.layout.ignore,
        tables=loaded.tables,
        format=file_format,
        header_row=match.source.header_row + 1,
        unused=tuple(header[i].strip() for i in unused if header[i].strip()),
        absent=tuple(c for c in match.layout.columns if c not in match.bound),
        rows=loaded.rows_in,
        loaded=loaded.rows_loaded,
        refused=loaded.rows_refused,
        superseded=loaded.rows_superseded,
        refused_cells=loaded.refused_cells,
        note=loaded.note,
        reasons=tuple((reason, rows) for reason, rows in reasons),
        refusals=_refusals(con, "rejected_rows", loaded.load_id),
        cells=_refusals(con, "rejected_cells", loaded.load_id),
    )


def _refusals(con: duckdb.DuckDBPyConnection, table: str, load_id: int) -> tuple[Refusal, ...]:
    found = con.execute(
        f"select source_row, table_name, column_name, value, reason from quality.{table}"
        f" where load_id = ? order by source_row, table_name, column_name limit {REFUSALS_SHOWN}",
        [load_id],
    ).fetchall()
    return tuple(Refusal(*row) for row in found)


def _table(con: duckdb.DuckDBPyConnection, name: str) -> TablePreview:
    """The table's first rows, without the columns that are empty in all of them."""
    columns = [column.name for column in contract_columns(name)]
    listed = ", ".join(identifier(column) for column in columns)
    rows = con.execute(
        f"select {listed} from {CONTRACT}.{name} order by load_id, source_row limit {ROWS_SHOWN}"
    ).fetchall()
    filled = [i for i in range(len(columns)) if any(row[i] is not None for row in rows)]
    count = con.execute(f"select count(*) from {CONTRACT}.{name}").fetchall()[0][0]
    return TablePreview(
        table=name,
        rows=int(count),
        columns=tuple(columns[i] for i in filled),
        first=tuple(tuple(row[i] for i in filled) for row in rows),
    )
